#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json_fields.hpp"
#include "sim/campaign/campaign.hpp"

namespace lockstep::sim {

// A campaign as it was run, and what its figures are measured by.
struct CampaignOutcome {
  CampaignRecord record;
  std::uint32_t devices = 1;
  Seconds undisturbed_step;
  std::uint64_t simulated_steps = 0;
  bool draws_steps = false;  // from those that were simulated

  // The time that its steps would have taken if nothing ever disturbed them, as a share of what it took.
  double goodput() const;
  // The share of the time in which steps ran that count.
  double effective_training_time_ratio() const;
};

Json as_json(const CampaignOutcome& outcome);
std::vector<std::pair<std::string, std::string>> summary_of(const CampaignOutcome& outcome);

}  // namespace lockstep::sim
