#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "validation/form_check.hpp"
#include "validation/pipeline_situation.hpp"

// Closed forms of pipelines as they are held against simulations, each a line of the table of its family.
namespace lockstep::validation {

struct PipelineForm;

// A condition under which they hold.
struct PipelineAssumption {
  std::string_view name;
  std::string_view description;  // one sentence
  // Why it does not hold, in a sentence with figures; nothing where it holds.
  std::optional<std::string> (*violation)(const PipelineSituation&, const PipelineForm&);
  // Makes it hold in a case, so that a simulation tells what it costs; null where no simulation can.
  void (*grant)(PipelineCase&, const PipelineSituation&, const PipelineForm&);
};

struct PipelineForm {
  std::string_view id;
  std::string_view title;
  std::string_view formula;
  std::string_view source;
  FormKind kind = FormKind::exact;
  std::vector<std::string_view> schedules = {};  // any, where empty
  std::vector<const PipelineAssumption*> assumptions = {};
  // Nothing where the form does not speak of the situation. Null for a form that the simulator cannot be held against.
  std::optional<Prediction> (*predict)(const PipelineSituation&) = nullptr;
};

const std::vector<const PipelineAssumption*>& assumptions_of(const PipelineForm& form);
bool speaks_of(const PipelineForm& form, const PipelineSituation& situation);

// All of them, in the order of their ids.
std::span<const PipelineForm> pipeline_forms();

// The families that they come from.
std::vector<PipelineForm> whole_backward_forms();
std::vector<PipelineForm> split_backward_forms();
std::vector<PipelineForm> queue_forms();

// The conditions that they name.
extern const PipelineAssumption equal_stages;
extern const PipelineAssumption equal_microbatches;
extern const PipelineAssumption equal_parts;
extern const PipelineAssumption free_transfers;
extern const PipelineAssumption fixed_transfers;
extern const PipelineAssumption unoccupied_senders;
extern const PipelineAssumption short_transfers;
extern const PipelineAssumption divisible_microbatches;
// All named enough_microbatches: M ≥ P, M ≥ 2P-1, M ≥ 2P, M ≥ P-q.
extern const PipelineAssumption a_microbatch_for_each_stage;
extern const PipelineAssumption microbatches_for_twice_the_warm_up;
extern const PipelineAssumption microbatches_for_both_directions;
extern const PipelineAssumption microbatches_after_the_slow_stage;
extern const PipelineAssumption weight_gradient_shortest;

}  // namespace lockstep::validation
