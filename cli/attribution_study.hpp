#pragma once

#include "cli/study_command.hpp"

namespace lockstep::cli {

// The study `attribution`: who is to blame for what a perturbed step takes longer.
StudyAnswer study_attribution(const StudyRequest& request, const DrawingStyle& style, const Catalog& catalog);

}  // namespace lockstep::cli
