#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/timeline.hpp"

namespace lockstep::sim {

class Workload;

// Which replicas' gradients a step takes, in order of their numbers, and how long after its start that is known.
struct ReplicaDecision {
  Seconds at;
  std::vector<std::uint32_t> chosen;
};

// What several steps come to.
struct MeanStep {
  Seconds time;
  double sequences = 0;  // that count
};

// A step of replicas that need not all take part in it, nor have equally much to do.
class ReplicatedStep {
 public:
  virtual ~ReplicatedStep() = default;

  // Of each replica.
  virtual std::vector<std::uint32_t> microbatches() const = 0;
  virtual std::uint64_t sequences_of_microbatch() const = 0;
  // Of each replica's pipeline.
  virtual std::uint32_t stages() const = 0;

  // Why no replica can be missing; absent where some can.
  virtual std::optional<std::string> ties() const = 0;
  // The step up to the last gradient of each rank.
  virtual Job without_exchange() const = 0;
  // The step of the chosen replicas alone, which sum their gradients after the decision.
  virtual std::unique_ptr<Workload> of(const ReplicaDecision& decision) const = 0;

  // Why replicas cannot have these numbers of microbatches; absent where they can.
  virtual std::optional<std::string> problem_with(const std::vector<std::uint32_t>& microbatches) const = 0;
  // Throws InputError where the schedule has no such shape.
  virtual std::unique_ptr<Workload> with_microbatches(const std::vector<std::uint32_t>& microbatches) const = 0;

  // Its figures are to be those of several steps.
  virtual void count(const MeanStep& mean) = 0;
};

}  // namespace lockstep::sim
