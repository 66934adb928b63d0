#include <algorithm>

#include "validation/closed_forms/pipeline_form.hpp"

namespace lockstep::validation {
namespace {

std::vector<PipelineForm> make_table() {
  std::vector<PipelineForm> table;
  for (const auto family : {whole_backward_forms, split_backward_forms, queue_forms}) {
    for (PipelineForm& form : family()) table.push_back(std::move(form));
  }
  std::stable_sort(table.begin(), table.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return table;
}

}  // namespace

std::span<const PipelineForm> pipeline_forms() {
  static const std::vector<PipelineForm> table = make_table();
  return table;
}

const std::vector<const PipelineAssumption*>& assumptions_of(const PipelineForm& form) {
  return form.assumptions;
}

bool speaks_of(const PipelineForm& form, const PipelineSituation& situation) {
  if (form.predict == nullptr) return false;
  const auto& names = form.schedules;
  return names.empty() || std::find(names.begin(), names.end(), situation.subject().name) != names.end();
}

}  // namespace lockstep::validation
