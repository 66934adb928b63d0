#pragma once

#include <string>

#include "studies/straggler_study.hpp"

namespace lockstep::cli {

// What a sweep of stragglers found, as tables for a terminal.
std::string straggler_text(const studies::StragglerStudy& study);
// The same as one page that needs nothing beside it: the answer, a chart of each method, the tables.
std::string straggler_page(const studies::StragglerStudy& study, const std::string& title);

}  // namespace lockstep::cli
