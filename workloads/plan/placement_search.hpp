#pragma once

#include <cstdint>
#include <vector>

#include "topology/fleet.hpp"
#include "workloads/plan/placement.hpp"

// Finding a placement with little traffic times distance: the quadratic assignment problem, which is hard, so what is
// found is a good placement and, up to 8 devices, the best.
namespace lockstep::workloads {

// Bytes between two ranks in a step, both ways together.
struct Traffic {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  double bytes = 0;
};

// Bytes that each rank sends into one group of that kind in a step.
struct TrafficVolumes {
  Bytes tensor = {};
  Bytes context = {};
  Bytes gradients = {};         // data_context
  Bytes expert_gradients = {};  // expert_data
  Bytes expert = {};
  Bytes pipeline = {};  // to the next stage, and as much back
};

// Rings in every group, all pairs among experts, chains through the pipeline.
std::vector<Traffic> traffic_of(const RankLayout& layout, const TrafficVolumes& volumes);

// distances[a * count + b]: the seconds that a byte occupies the links of the route from a to b.
std::vector<double> distances_between(const topology::Fleet& fleet, const std::vector<topology::VertexId>& devices);

// The sum that is minimised.
double cost_of(const Placement& placement, const std::vector<Traffic>& traffic, const std::vector<double>& distances);

// Swaps of two ranks, then of three, until none helps, from each of `starts` (at least one; each a permutation of all
// devices, ranks beyond those of the plan being idle), and from the best with a few ranks shuffled. Deterministic.
Placement improve_placement(const std::vector<Placement>& starts, const std::vector<Traffic>& traffic,
                            const std::vector<double>& distances);

// Starts from the best of spread and of packed with the ranks counted through their axes in every order. Throws
// InputError for more than 2,048 devices.
Placement optimize_placement(const RankLayout& layout, const TrafficVolumes& volumes, const topology::Fleet& fleet,
                             const std::vector<topology::VertexId>& devices);

}  // namespace lockstep::workloads
