#pragma once

#include <span>
#include <vector>

#include "sim/metrics/critical_path.hpp"

namespace lockstep::sim {

// A stretch of a path that people can take in: what one rank does and sends, or many short steps of several ranks.
struct PathStretch {
  workloads::RankId rank;   // that most of its time is spent on
  std::uint32_t ranks = 1;  // how many take part
  Seconds start = {};
  Seconds end = {};
  std::vector<std::uint16_t> phases;  // of its operations and messages, those that take longest first
};

// A path in at most so many stretches, an odd number: neighbouring steps of a rank are one, and what lies between the
// longest of these is one. They begin and end where the path does, and leave no hole.
std::vector<PathStretch> digest(std::span<const PathStep> path, std::size_t most);

}  // namespace lockstep::sim
