#pragma once

#include <string>

#include "studies/checkpoint_study.hpp"

namespace lockstep::cli {

// A table of all intervals, and which is best.
std::string checkpoint_text(const studies::CheckpointStudy& study);
// Goodput over the interval: simulated with error bars, and what R04 says as a line.
std::string svg_goodput_curve(const studies::CheckpointStudy& study);

}  // namespace lockstep::cli
