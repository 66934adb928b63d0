#pragma once

namespace lockstep::topology {

struct Site;

// Folded Clos networks of any number of levels, with radices, oversubscription and cables per level.
void build_fat_tree(Site& site);
// Two levels, by the number of leaves and spines.
void build_leaf_spine(Site& site);
// Leaf switches that each serve one NIC of every node of a scalable unit; spines above join the rails.
void build_rail_optimized(Site& site);

}  // namespace lockstep::topology
