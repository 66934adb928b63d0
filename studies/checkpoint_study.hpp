#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "studies/statistics.hpp"
#include "validation/form_check.hpp"

// How much work should lie between two checkpoints of a campaign: many intervals, each run with the same failures, and
// the rules for it beside them.
namespace lockstep::studies {

struct CheckpointSweep {
  std::uint32_t replicas = 30;
  unsigned jobs = 1;  // processes at once
  // Is told, when the first are done, how many replicas are left and what each took; may be null.
  std::function<void(std::uint32_t, Seconds)> say = {};
};

struct IntervalPoint {
  std::string name = {};                 // of the rule; empty of one that is only tried
  std::optional<Seconds> interval = {};  // that is due; none where it follows the failures there were
  Seconds between_saves = {};            // what came of it in steps, on average
  Summary goodput = {};
  Summary behind = {};              // the best point's goodput less its own, replica by replica
  std::optional<double> form = {};  // the goodput by R04
  double checkpoint = 0;            // mean shares of the time
  double lost = 0;
  double recovery = 0;
  std::uint32_t endless = 0;  // replicas that never get to their end, and whose goodput counts as 0

  // Whether the replicas leave it possible that it is as good as the best.
  bool may_be_best() const { return !behind.ci95 || behind.ci95->low <= 0; }
};

struct CheckpointStudy {
  std::uint32_t replicas = 0;
  Seconds mtbf;  // of all that may stop the job
  Seconds cost;  // what a checkpoint holds the steps up for
  Seconds step;
  Seconds write;
  Seconds load;
  std::vector<IntervalPoint> points = {};  // from the shortest interval on; last the one that varies
  std::size_t best = 0;
  std::vector<validation::BrokenAssumption> broken = {};    // what R04 takes for granted, but is not so here
  std::vector<std::pair<Seconds, double>> form_curve = {};  // goodput over the interval

  const IntervalPoint& best_point() const { return points[best]; }
  // Requires that there is one of the name.
  const IntervalPoint& rule(const std::string& name) const;
};

// Throws InputError for a scenario in which no interval is better than another, and SimulationError when no replica
// comes to its end. The process must not have simulated on `fluid` itself.
CheckpointStudy study_checkpoints(const sim::Scenario& scenario, const CheckpointSweep& sweep);

Json as_json(const CheckpointStudy& study);

}  // namespace lockstep::studies
