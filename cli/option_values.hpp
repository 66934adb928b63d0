#pragma once

#include <string>

// Values of options that the parser takes as text, so that what is wrong with them is said as of a scenario.
namespace lockstep::cli {

// The seed as it was stated. Throws InputError where it is none.
std::string checked_seed(const std::string& text);
// A number of processes. Throws InputError where it is none.
unsigned checked_jobs(const std::string& text);

}  // namespace lockstep::cli
