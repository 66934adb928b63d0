#pragma once

#include "validation/form_check.hpp"
#include "validation/pipeline_case.hpp"

namespace lockstep::validation {

// Runs the pipeline, unless its time is known, and once more for every assumption that is broken. Throws what the
// simulator throws.
CrossCheck cross_check(const PipelineCase& subject, const Simulator& simulator, std::optional<Seconds> known = {});

}  // namespace lockstep::validation
