#pragma once

#include <functional>
#include <vector>

#include "studies/attribution/straggling.hpp"
#include "studies/attribution/suspects.hpp"

// Who is to blame for what a perturbed step takes longer: the step simulated again with each of those that are
// disturbed healed, and with it alone disturbed.
namespace lockstep::studies {

struct Blame {
  Suspect suspect;
  Seconds saved = {};    // by healing it
  Seconds alone = {};    // that it costs if nothing else is disturbed
  Seconds on_path = {};  // of the critical path
};

// Of one kind: those that were simulated, the costliest first.
struct BlameTable {
  SuspectKind kind = {};
  std::vector<Blame> rows = {};
  // Others that something disturbs. None of them is longer on the critical path than those that were simulated.
  std::size_t left_out = 0;
  Seconds most_left_out = {};  // how long one of them is on the critical path

  Seconds saved_by_each() const;  // the sum of the rows
};

struct Attribution {
  Seconds time;   // of a step
  Seconds ideal;  // with nothing disturbed
  std::vector<BlameTable> tables = {};
  Straggling straggling = {};
  std::vector<Seating> seatings = {};  // of each workload
  std::size_t simulations = 0;

  Seconds lost() const { return time - ideal; }
  const BlameTable* table(SuspectKind kind) const;
};

struct AttributionPlan {
  // So many of each kind are simulated: those that are on the critical path longest.
  std::size_t most_of_a_kind = 16;
  unsigned at_once = 1;  // processes
  // Is told once how many simulations there are about to be, and how long one takes.
  std::function<void(std::size_t simulations, Seconds each)> say = {};
};

// The scenario must not have been simulated in this process, nor may the process have other threads.
Attribution attribute(const sim::Scenario& scenario, const AttributionPlan& plan);

}  // namespace lockstep::studies
