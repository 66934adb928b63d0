#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

// The same scenario again and again, each time with other draws.
namespace lockstep::studies {

// A scenario as it is written. Every replica reads it anew, since what a workload watches adds up.
struct ScenarioText {
  const Json& document;
  const sim::ScenarioSource& source;
};

// How far replicas have come, those before the first that is not done.
struct ReplicaProgress {
  std::uint32_t done = 0;
  std::uint32_t most = 0;                // that there may be
  std::optional<double> precision = {};  // half of the 95 % interval of the judged mean, as a share of it
};

struct ReplicaPlan {
  std::uint32_t replicas = 1;
  // Ends early when the mean time, or of campaigns the mean goodput, is known as well as this. Asked after every
  // `batch` replicas, however many processes there are.
  std::optional<double> precision = {};
  unsigned jobs = 1;  // processes at once
  sim::Healing healed = {};
  // Asked several times a second; where it says no, what is done by then is kept.
  std::function<bool(const ReplicaProgress&)> goes_on = {};

  static constexpr std::uint32_t batch = 8;
};

struct FailedReplica {
  std::uint32_t replica = 0;
  std::string error;
};

// What replicas gave, in their order. With fewer replicas the same scenario gives the first of these.
struct ReplicaRuns {
  struct Row {
    std::uint32_t replica = 0;
    std::vector<std::optional<double>> values;  // of each headline
  };
  bool is_random = true;  // otherwise one run stands for all
  std::uint32_t stated = 0;
  std::vector<std::string> headlines;
  std::string judged =
      "time_s";           // the headline whose precision counts; of campaigns their goodput, as steps may not vary
  std::vector<Row> rows;  // of those that came to an end
  std::vector<FailedReplica> failed;   // that have no results
  std::vector<FailedReplica> refused;  // that have, but of which the answer is no
  std::shared_ptr<const Json> first;   // all that the first row's replica gave; null where there is none
  std::optional<double> wanted_precision = {};
  bool is_precise = false;      // as wanted
  bool is_interrupted = false;  // before all was done

  // The values that there are of a headline.
  std::vector<double> sample(const std::string& headline) const;
};

// Runs the replicas in child processes; several in each, where they are short and the network can be used more than
// once a process. The answer does not depend on `jobs`. Throws InputError, and SimulationError when no replica came to
// its end. The process must not have simulated on `fluid` itself, nor have other threads.
ReplicaRuns run_replicas(const ScenarioText& scenario, const ReplicaPlan& plan);

// As the scenario's "run" says.
ReplicaPlan plan_of(const sim::Scenario& scenario, unsigned jobs);

}  // namespace lockstep::studies
