#pragma once

#include <optional>
#include <string>
#include <vector>

#include "studies/replicas.hpp"
#include "studies/statistics.hpp"

// Two scenarios with the same draws, so that the difference is not lost in what varies in both (common random numbers:
// Law, "Simulation Modeling and Analysis", section 11.2).
namespace lockstep::studies {

// One headline of both: each replica of the one is held against that replica of the other.
struct HeadlineDifference {
  std::string name;
  double mean_before = 0;
  double mean_after = 0;
  Summary difference = {};           // after less before
  std::optional<double> ratio = {};  // of the means, after to before; absent where that is 0
  // How many times as many replicas independent draws would need for as narrow an interval; absent where the difference
  // does not vary at all.
  std::optional<double> replicas_saved = {};
};

struct Comparison {
  ReplicaRuns before;
  ReplicaRuns after;
  std::vector<HeadlineDifference> headlines;  // that both have

  // Absent where it was not compared.
  const HeadlineDifference* find(const std::string& name) const;
};

// Runs as many replicas of both; the plan's precision is of no account. A scenario with nothing random runs once, and
// that run stands beside each of the other's. Throws as run_replicas() does.
Comparison compare(const ScenarioText& before, const ScenarioText& after, ReplicaPlan plan);

}  // namespace lockstep::studies
