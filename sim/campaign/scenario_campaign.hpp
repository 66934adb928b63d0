#pragma once

#include <vector>

#include "base/json_text.hpp"
#include "sim/campaign/campaign_results.hpp"
#include "sim/campaign/simulated_steps.hpp"
#include "sim/scenario/scenario.hpp"

// Campaigns of scenarios.
namespace lockstep::sim {

// Throws InputError for what a campaign cannot be of.
void check_campaign(const Scenario& scenario, const JsonFields& fields);
// The scenario on one, two, … replicas less, for each number of them that its campaign may go on without.
std::vector<Json> smaller_documents(const Scenario& scenario, const JsonFields& fields);

// Whether everything that a campaign has to know of steps is what its first step takes.
bool needs_first_step_alone(const Scenario& scenario);

// Requires that the scenario is a campaign. `first_step` is what its first step takes, if that is known.
CampaignOutcome run_campaign(const Scenario& scenario, const RunChoice& choice = {},
                             std::optional<Seconds> first_step = {});

// The same in parts, for campaigns that have their steps in common. Steps of a scenario that draws each of them are
// drawn anew where the campaign before left off.
SimulatedSteps steps_of(const Scenario& scenario, const RunChoice& choice);
CampaignGround ground_of(const Scenario& scenario);
CampaignOutcome run_campaign(const Scenario& scenario, const CampaignSpec& spec, SimulatedSteps& steps,
                             const RunChoice& choice);

}  // namespace lockstep::sim
