#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.hpp"

// What comes of holding a closed form against a simulation, whatever was simulated.
namespace lockstep::validation {

// `statistical`: an exact expectation, which means of samples come near.
enum class FormKind : std::uint8_t { exact, bound, statistical };

// A form as people know it.
struct FormText {
  std::string_view id;
  std::string_view title;
  std::string_view formula;
  std::string_view source;
  FormKind kind = FormKind::exact;
};

// What a form says: a time, or the ends of a bracket.
struct Prediction {
  Seconds time;                       // of a bound: its lower end
  std::optional<Seconds> upper = {};  // of a bound, where it has one
};

// How far a form may be off: both sides evaluate the same events, so that only rounding parts them.
inline constexpr double exact_tolerance = 1e-9;

struct BrokenAssumption {
  // Where a cost comes from: a simulation in which this assumption alone holds, or, where none can make it hold, what
  // is left of the difference when all others hold. Nowhere, where simulating again would take too long.
  enum class Basis : std::uint8_t { simulation, remainder, unpriced };

  std::string assumption;
  std::string explanation;  // why it does not hold here, with figures
  Seconds cost;             // how much longer it all takes because of it; negative where it is faster
  Basis basis = Basis::simulation;
};

// What many runs, or many steps, took on average. Samples are independent of each other.
struct SampledMean {
  Seconds mean;
  Seconds stddev;  // of one sample
  std::uint64_t count = 0;

  // Of the mean. Requires count > 0.
  Seconds standard_error() const;
};

struct FormCheck {
  FormText form;
  Prediction prediction;
  double relative_difference = 0;  // of the simulation; of a bound from its lower end
  bool applies = false;            // all assumptions hold
  double tolerance = exact_tolerance;
  bool holds = false;  // the simulation is within tolerance, or in the bracket
  std::vector<BrokenAssumption> broken_assumptions = {};
  // With all assumptions granted that can be, at once; what still parts it from the prediction, no simulation explains.
  std::optional<Seconds> granted = {};
  // What it was held against, if not a single run; the tolerance is then what the samples allow.
  std::optional<SampledMean> sampled = {};
};

// Holds a simulated time against what a form says; of assumptions it knows nothing.
FormCheck compare(const FormText& form, const Prediction& prediction, Seconds simulated);

// The same of a mean of samples: |mean - E| <= 4 s/√N, and 4 s/√N of slack at the ends of a bound. Requires samples.
FormCheck compare_sampled(const FormText& form, const Prediction& prediction, const SampledMean& sample);

// How far a time is from what a form says: nothing inside a bracket.
Seconds distance(Seconds simulated, const Prediction& prediction, FormKind kind);

// A difference of two simulated times; nothing where it is no more than their rounding.
Seconds without_rounding(Seconds cost, Seconds simulated);

// One reason for which a time cannot be shorter.
struct BoundTerm {
  std::string name;
  Seconds time;
};

struct CrossCheck {
  Seconds simulated;
  std::vector<FormCheck> forms = {};

  // Bytes of the collective over its time, and as nccl-tests compares them between collectives; absent without bytes.
  std::optional<Bandwidth> algorithm_bandwidth = {};
  std::optional<Bandwidth> bus_bandwidth = {};
  // The simulation that costs are told against, where it is not the one that was asked for but one of flows.
  std::optional<Seconds> priced_as_flows = {};
  // Costs are told for no form, since simulations of this are too long.
  bool is_unpriced = false;
  // What nothing beats, term by term; empty where nothing is known.
  std::vector<BoundTerm> bound = {};

  Seconds most_bound() const;
  // No form that applies is off.
  bool agrees() const;
  // The same for a run that took `simulated` because something disturbed it, of which no form speaks: of each that is
  // one more assumption that does not hold, and costs what the run took longer.
  void disturb(Seconds simulated);
};

}  // namespace lockstep::validation
