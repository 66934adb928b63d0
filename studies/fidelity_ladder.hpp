#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "studies/replicas.hpp"
#include "validation/nearest_form.hpp"

// One scenario at every fidelity that it has, to see what the coarser ones are worth and what the finer ones cost.
namespace lockstep::studies {

// A rung that was not reached has no time but a reason.
struct Rung {
  std::string fidelity;  // "closed_form", or as scenarios name it
  std::optional<Seconds> time = {};
  std::optional<double> error = {};                 // relative to the finest rung with a time, which has none itself
  std::optional<std::uint64_t> events = {};         // of a simulation
  Seconds took = {};                                // on this machine: no two runs agree in it
  std::string reason = {};                          // why there is no time
  std::optional<validation::FormAnswer> form = {};  // which closed form it is
  bool has_failed = false;                          // the simulation could not go on
};

struct Ladder {
  std::vector<Rung> rungs;  // from coarse to fine
  bool is_interrupted = false;
};

// Whether to go on, given what there is so far: a rung that is under way, or was not begun, has neither time nor
// reason. Asked several times a second.
using LadderWatch = std::function<bool(const Ladder& so_far)>;

// Climbs from coarse to fine, since the finest may take long, whichever fidelity the scenario states; one rung at a
// time, each in a process of its own. Steps are simulated as the scenario perturbs them, the first replica and of a
// campaign the first step. Throws InputError where there are no two rungs to compare. The process must not have
// simulated on `fluid` itself.
Ladder climb(const ScenarioText& text, const LadderWatch& goes_on = {});

Json as_json(const Ladder& ladder);

}  // namespace lockstep::studies
