#include "workloads/schedules/automatic/schedule_search.hpp"

#include <algorithm>

namespace lockstep::workloads {

double peak_activations(const std::vector<Task>& tasks, double kept_for_weights) {
  // Whole numbers, so that nothing is lost by adding and taking away a thousand times.
  std::int64_t until_gradient = 0;
  std::int64_t until_weights = 0;
  std::int64_t gradients = 0;
  std::int64_t weights = 0;  // that begin to wait, less those that are over
  double peak = 0;
  for (const Task& task : tasks) {
    if (task.action == Action::forward) ++until_gradient;
    if (gives_gradient(task.action)) ++gradients;
    if (task.action == Action::input_gradient) ++weights;
    if (task.action == Action::weight_gradient) --weights;
    peak = std::max(peak, static_cast<double>(until_gradient) + kept_for_weights * static_cast<double>(until_weights));
    if (task.overlaps_next) continue;
    until_gradient -= gradients;
    until_weights += weights;
    gradients = weights = 0;
  }
  return peak;
}

bool fits(const Schedule& schedule, const ActivationLimit& limit) {
  return std::all_of(schedule.tasks.begin(), schedule.tasks.end(), [&](const std::vector<Task>& tasks) {
    return limit.allows(peak_activations(tasks, limit.kept_for_weights));
  });
}

}  // namespace lockstep::workloads
