#pragma once

#include "sim/symmetry/folded_fleet.hpp"
#include "sim/timeline.hpp"

namespace lockstep::sim {

// Of each class of scenes, whether its runs take equally long: collectives that one actor plays alone, over channels
// that nothing else goes over while it does. That is what the collectives within a node mostly are.
std::vector<bool> steady_scenes(const FoldingGround& ground, std::span<const Job> jobs);

}  // namespace lockstep::sim
