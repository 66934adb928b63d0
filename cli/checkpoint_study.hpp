#pragma once

#include "cli/study_command.hpp"

namespace lockstep::cli {

// The study `checkpoint`: how much work should lie between two checkpoints of a campaign.
StudyAnswer study_checkpoint(const StudyRequest& request, const DrawingStyle& style, const Catalog& catalog);

}  // namespace lockstep::cli
