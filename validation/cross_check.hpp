#pragma once

#include <string>
#include <vector>

#include "validation/closed_forms/bounds.hpp"
#include "validation/closed_forms/closed_form.hpp"

// A simulation beside every closed form that speaks of the same quantity.
namespace lockstep::validation {

// How far a form may be off: both sides evaluate the same events, so that only rounding parts them.
inline constexpr double exact_tolerance = 1e-9;

struct BrokenAssumption {
  // Where a cost comes from: a simulation in which this assumption alone holds, or, where none can make it hold, what
  // is left of the difference when all others hold.
  enum class Basis : std::uint8_t { simulation, remainder };

  std::string assumption;
  std::string explanation;  // why it does not hold here, with figures
  Seconds cost;             // how much longer it all takes because of it; negative where it is faster
  Basis basis = Basis::simulation;
};

struct FormCheck {
  const ClosedForm* form = nullptr;
  Prediction prediction;
  double relative_difference = 0;  // of the simulation; of a bound from its lower end
  bool applies = false;            // all assumptions hold
  double tolerance = exact_tolerance;
  bool holds = false;  // the simulation is within tolerance, or in the bracket
  std::vector<BrokenAssumption> broken_assumptions = {};
};

struct CrossCheck {
  Seconds simulated;
  std::vector<FormCheck> forms;

  // Bytes of the collective over its time, and as nccl-tests compares them between collectives; absent without bytes.
  std::optional<Bandwidth> algorithm_bandwidth = {};
  std::optional<Bandwidth> bus_bandwidth = {};
  // What no algorithm beats, unless switches reduce.
  std::optional<LowerBound> bound = {};

  // No form that applies is off.
  bool agrees() const;
};

// Runs the case, unless its time is known, and once more for every assumption that is broken. Throws what the simulator
// throws.
CrossCheck cross_check(const CollectiveCase& subject, const Simulator& simulator, std::optional<Seconds> known = {});

}  // namespace lockstep::validation
