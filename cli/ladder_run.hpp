#pragma once

#include "cli/run_command.hpp"
#include "cli/scenario_source.hpp"
#include "studies/fidelity_ladder.hpp"

namespace lockstep::cli {

// Adds what `lockstep run SCENARIO --ladder` answers. How long each rung took is in the text alone: the JSON is the
// same from run to run. Throws InputError and Interrupted.
void answer_ladder(const studies::ScenarioText& text, const sim::Scenario& scenario, const Saying& say,
                   RunAnswer& answer);

// A table of the rungs.
std::string ladder_text(const sim::Scenario& scenario, const studies::Ladder& ladder);

}  // namespace lockstep::cli
