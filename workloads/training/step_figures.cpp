#include "workloads/training/step_figures.hpp"

#include "workloads/costs/chunks.hpp"

namespace lockstep::workloads {

StepFigures figures_of(const TrainingSpec& spec, Seconds step, FlopRate peak, std::optional<double> counted) {
  if (!(step > Seconds(0))) return {};
  const double sequences = counted.value_or(static_cast<double>(spec.global_batch));
  const auto devices = static_cast<double>(spec.execution.plan.ranks());
  const Flops needed = sequences * model_flops(spec.model, spec.execution.sequence_length, spec.flops).training();
  const Flops executed = executed_flops(spec.model, spec.execution, spec.microbatches());
  StepFigures figures;
  figures.sequences_per_s = sequences / step.si();
  figures.tokens_per_s = sequences * static_cast<double>(spec.execution.sequence_length) / step.si();
  figures.tokens_per_s_per_device = figures.tokens_per_s / devices;
  figures.model_flops_per_device = needed / step / devices;
  figures.mfu = utilization(needed, step, 1, peak);
  figures.hfu = utilization(executed, step, 1, peak);
  return figures;
}

}  // namespace lockstep::workloads
