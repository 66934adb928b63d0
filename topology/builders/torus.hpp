#pragma once

namespace lockstep::topology {

struct Site;

// A grid of any dimensions whose sides close to rings; "wrap": false, or one value a dimension, leaves them open.
void build_torus(Site& site);
// A grid whose sides are all open.
void build_mesh(Site& site);

}  // namespace lockstep::topology
