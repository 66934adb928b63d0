#pragma once

#include <optional>

#include "sim/scenario/scenario.hpp"
#include "validation/collective_case.hpp"
#include "validation/pipeline_case.hpp"
#include "validation/training/training_case.hpp"

namespace lockstep::validation {

// Whether something disturbs the run that its case does not have: links that are slow for the whole run are links of
// the collective's case, and devices that are, stages of the pipeline's.
bool is_disturbed(const sim::Scenario& scenario);

// The collective of a scenario that has one and nothing beside it, with the algorithm that "auto" chose; absent
// otherwise.
std::optional<CollectiveCase> collective_case_of(const sim::Scenario& scenario);
// The same of a pipeline. The scenario must outlive the case.
std::optional<PipelineCase> pipeline_case_of(const sim::Scenario& scenario);
// And of a training step, whose fleet closed forms know from the catalog where it is described there.
std::optional<TrainingCase> training_case_of(const sim::Scenario& scenario, const Catalog& catalog);

}  // namespace lockstep::validation
