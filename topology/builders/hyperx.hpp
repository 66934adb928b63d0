#pragma once

namespace lockstep::topology {

struct Site;

// Switches on a grid, each joined to all others of its row in every dimension, with devices on each switch.
void build_hyperx(Site& site);

}  // namespace lockstep::topology
