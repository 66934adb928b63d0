#pragma once

#include "sim/campaign/campaign.hpp"
#include "validation/statistics/reliability_situation.hpp"

namespace lockstep::validation {

// What a campaign is reckoned with beside what its scenario says.
struct CampaignFigures {
  double steps = 0;  // of the whole run
  Seconds step;      // one of them, when nothing is missing
  Seconds write = {};
  Seconds load = {};
  Seconds interval = {};                          // that is due between checkpoints
  std::optional<std::string> varying_steps = {};  // why steps do not all take as long, with figures
};

// A campaign as R04 sees it: its run's time over many replicas is what check_reliability is to be given. Several causes
// are one whose rate is the sum of theirs.
ReliabilitySituation campaign_situation(const sim::CampaignSpec& spec, const sim::CampaignGround& ground,
                                        const CampaignFigures& figures);

}  // namespace lockstep::validation
