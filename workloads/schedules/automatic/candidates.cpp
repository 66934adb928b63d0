#include "workloads/schedules/automatic/candidates.hpp"

#include <algorithm>

namespace lockstep::workloads {
namespace {

// So many orders are kept to be improved.
constexpr std::size_t most_kept = 4;

ScheduleTimes equal_times(std::uint32_t virtual_stages) {
  const Seconds each(1.0 / virtual_stages);
  ScheduleTimes times;
  times.forward = times.input_gradient = times.weight_gradient = TimeTable(each);
  times.backward = TimeTable(2.0 * each);
  return times;
}

// Optimizer steps and the like take no time here, and an order that is searched for has none.
void keep_computations(Schedule& schedule) {
  for (auto& tasks : schedule.tasks) {
    std::erase_if(tasks, [](const Task& task) { return !is_computation(task.action); });
  }
}

bool splits_backward(const Schedule& schedule) {
  return std::any_of(schedule.tasks.begin(), schedule.tasks.end(), [](const auto& tasks) {
    return std::any_of(tasks.begin(), tasks.end(),
                       [](const Task& task) { return task.action == Action::input_gradient; });
  });
}

// Absent where the schedule cannot have the shape.
std::optional<Schedule> make_if_possible(const NamedEntry<ScheduleMaker>& entry, const ScheduleShape& shape) {
  try {
    return entry.function(shape);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

}  // namespace

PlacedChunks& Candidates::placed(std::vector<std::uint32_t> device_of, std::uint32_t copies) {
  for (const auto& known : placed_) {
    if (known->empty.copies == copies && known->empty.device_of == device_of) return *known;
  }
  Schedule empty;
  empty.microbatches = shape_.microbatches;
  empty.copies = copies;
  empty.device_of = std::move(device_of);
  empty.tasks.resize(shape_.stages);
  const ScheduleTimes times = search_.times ? search_.times(empty) : equal_times(shape_.virtual_stages);
  const double bound = lower_bound(empty, times, search_);
  placed_.push_back(
      std::make_unique<PlacedChunks>(PlacedChunks{std::move(empty), OrderJudge(times, search_.objective), bound}));
  return *placed_.back();
}

void Candidates::add_handcrafted() {
  for (const auto& entry : schedules()) {
    if (entry.name == "auto") continue;
    auto schedule = make_if_possible(entry, shape_);
    if (!schedule || schedule->copies > search_.most_copies) continue;
    if (search_.backward == BackwardKind::whole && splits_backward(*schedule)) continue;
    keep_computations(*schedule);
    if (!fits(*schedule, search_.limit)) continue;
    PlacedChunks& at = placed(schedule->device_of, schedule->copies);
    add(std::move(*schedule), std::string(entry.name), at);
  }
}

void Candidates::add(Schedule schedule, const std::string& found_by, PlacedChunks& placed) {
  ++looked_at_;
  const auto cost = placed.judge.cost(schedule);
  if (!cost) return;
  if (best_.size() == most_kept && !cost->is_better_than(best_.back().cost)) return;
  // Of equal ones the first is kept.
  for (const Candidate& known : best_) {
    if (known.placed == &placed && known.schedule.tasks == schedule.tasks) return;
  }
  best_.push_back({std::move(schedule), *cost, found_by, &placed});
  sort();
  if (best_.size() > most_kept) best_.pop_back();
}

void Candidates::sort() {
  std::stable_sort(best_.begin(), best_.end(),
                   [](const Candidate& a, const Candidate& b) { return a.cost.is_better_than(b.cost); });
}

}  // namespace lockstep::workloads
