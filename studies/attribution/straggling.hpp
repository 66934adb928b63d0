#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "studies/attribution/seating.hpp"
#include "studies/attribution/what_ifs.hpp"

// How much longer a step takes than if all work that ought to take equally long did: the slowdown of "Understanding
// Stragglers in Large Model Training Using What-if Analysis" (OSDI 2025, arXiv 2505.05713, section 3). Its names stand
// in brackets. What computations took is replaced by its mean; messages are not replaced but simulated again, over
// links that nothing disturbs.
namespace lockstep::studies {

struct TypeSlowdown {
  std::string type;     // of work
  double slowdown = 1;  // if all other work were ideal [S_t]
};

struct WorkerSlowdown {
  std::uint32_t workload = 0;
  Seat seat;
  double slowdown = 1;  // if the work of all other workers were ideal [S_w]
};

struct Straggling {
  Seconds time = {};    // of a step [T]
  Seconds ideal = {};   // if all work were ideal [T_ideal]
  double slowdown = 1;  // [S]
  std::vector<TypeSlowdown> types = {};
  std::vector<WorkerSlowdown> workers = {};  // empty where there are too many to simulate each
  // Which part of the slowdown goes if the work of the slowest 3 % of the workers, one at least, were ideal [M_W]; of
  // the last stage [M_S]. Absent where nothing is slowed down, or where there is one stage only.
  std::optional<double> of_slowest_workers = {};
  std::vector<Seat> slowest_workers = {};
  std::optional<double> of_last_stage = {};
};

// What is asked: of each workload who works where, and how many workers may be simulated each. Of more the slowest are
// those whose own work takes longest compared with its mean.
struct StragglingPlan {
  std::span<const Seating> seatings;
  std::size_t most_workers = 16;
};
Straggling straggling_of(const std::shared_ptr<const RecordedWork>& recorded, const StragglingPlan& plan,
                         WhatIfs& what_ifs);

}  // namespace lockstep::studies
