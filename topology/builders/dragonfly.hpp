#pragma once

namespace lockstep::topology {

struct Site;

// Groups of switches, all joined inside a group, and groups all joined by global cables (Kim et al., ISCA 2008).
void build_dragonfly(Site& site);

}  // namespace lockstep::topology
