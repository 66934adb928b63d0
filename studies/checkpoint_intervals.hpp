#pragma once

#include <span>
#include <vector>

#include "sim/campaign/scenario_campaign.hpp"
#include "validation/form_check.hpp"
#include "validation/statistics/campaign_situation.hpp"

// What closed forms say of the intervals between the checkpoints of a campaign.
namespace lockstep::studies {

struct IntervalFormula {
  const char* name;  // of the rule
  sim::IntervalRule rule;
  Seconds (*interval)(Seconds mtbf, Seconds cost);
};
// Young's, Daly's, and the exact one.
std::span<const IntervalFormula> interval_formulas();

// Throws InputError where there is no interval to choose.
void require_checkpoints(const sim::CampaignSpec& spec);

class CheckpointIntervals {
 public:
  // Requires checkpoints. Throws InputError for a run in which no interval is better than another.
  CheckpointIntervals(const sim::Scenario& scenario, sim::SimulatedSteps& steps);

  Seconds mtbf() const { return mtbf_; }
  const validation::CampaignFigures& figures() const { return figures_; }
  // What a checkpoint holds the steps up for.
  Seconds cost() const { return is_asynchronous() ? spec_.checkpoint->snapshot : figures_.write; }
  // The work between two of them, as a campaign takes it under the rule.
  Seconds due(const IntervalFormula& rule) const;
  Seconds optimum() const { return due(interval_formulas().back()); }

  // R04 of the goodput: whole segments and the rest, by R02.
  double goodput_by_form(Seconds interval) const;
  // What that takes for granted, but is not so here.
  std::vector<validation::BrokenAssumption> broken() const;

 private:
  bool is_asynchronous() const { return spec_.checkpoint->is_asynchronous; }
  validation::ReliabilitySituation situation(Seconds interval) const;
  void check() const;

  sim::CampaignSpec spec_;
  sim::CampaignGround ground_;
  validation::CampaignFigures figures_;
  Seconds mtbf_;
};

}  // namespace lockstep::studies
