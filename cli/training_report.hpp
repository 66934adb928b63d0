#pragma once

#include <iosfwd>

#include "base/json_text.hpp"
#include "cli/drawing_style.hpp"

namespace lockstep::cli {

// What the results of a training step say of its time and memory, as tables with bars beside them; nothing where
// `results` are those of another workload.
void print_training(const Json& results, const DrawingStyle& style, std::ostream& out);

}  // namespace lockstep::cli
