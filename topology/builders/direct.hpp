#pragma once

// Topologies whose devices are cabled to each other without switches.
namespace lockstep::topology {

struct Site;

void build_line(Site& site);
void build_ring(Site& site);
// One full mesh, or with "dimensions" one in each row and column.
void build_full_mesh(Site& site);
void build_hypercube(Site& site);

}  // namespace lockstep::topology
