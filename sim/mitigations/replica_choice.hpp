#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/quantity.hpp"
#include "sim/scenario/replicated_step.hpp"

namespace lockstep::sim {

// Which replicas' gradients a step takes, as a coordinator would decide who hears of each replica when it has its last
// gradient.
class ReplicaChoice {
 public:
  virtual ~ReplicaChoice() = default;
  // `ready` says of each replica how long after the start of the step that is.
  virtual ReplicaDecision decide(std::span<const Seconds> ready) const = 0;
  // Why so many replicas cannot be chosen from; absent where they can.
  virtual std::optional<std::string> problem_with(std::uint32_t replicas) const = 0;
};

}  // namespace lockstep::sim
