#pragma once

#include "cli/study_command.hpp"

namespace lockstep::cli {

// The study `straggler`: what slow devices cost, and what helps against them.
StudyAnswer study_straggler(const StudyRequest& request, const DrawingStyle& style, const Catalog& catalog);

}  // namespace lockstep::cli
