#pragma once

namespace lockstep::topology {

struct Site;

// A random graph in which every device has "degree" cables, drawn from "seed".
void build_random_regular(Site& site);
// The same among switches, with devices on each (Singla et al., "Jellyfish", NSDI 2012).
void build_jellyfish(Site& site);

}  // namespace lockstep::topology
