#pragma once

namespace lockstep::topology {

struct Site;

// All devices on one switch.
void build_switch(Site& site);
// Workers and parameter servers on one switch; the servers are the last devices and may have links of their own.
void build_parameter_server(Site& site);
// A thin tree: every switch has "radix" children and one cable up, devices are the leaves.
void build_tree(Site& site);

}  // namespace lockstep::topology
