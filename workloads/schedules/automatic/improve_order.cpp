#include "workloads/schedules/automatic/improve_order.hpp"

#include <algorithm>

namespace lockstep::workloads {
namespace {

bool is_plain(const Schedule& schedule) {
  std::vector<std::uint32_t> next(std::size_t{4} * schedule.chunks());
  for (std::uint32_t chunk = 0; chunk < schedule.chunks(); ++chunk) {
    std::fill_n(next.begin() + 4 * static_cast<std::ptrdiff_t>(chunk), 4, schedule.first_microbatch(chunk));
  }
  for (const auto& tasks : schedule.tasks) {
    for (const Task& task : tasks) {
      if (task.overlaps_next || !is_computation(task.action)) return false;
      if (next[std::size_t{4} * task.chunk + static_cast<std::size_t>(task.action)]++ != task.microbatch) return false;
    }
  }
  return true;
}

bool is_same_kind(const Task& a, const Task& b) {
  return a.chunk == b.chunk && a.action == b.action;
}

}  // namespace

std::uint32_t OrderImprover::improve(Schedule& schedule, OrderCost& cost, double bound, std::uint32_t budget) {
  if (!is_plain(schedule) || !judge_.cost(schedule)) return 0;
  Schedule current = schedule;
  OrderCost current_cost = cost;
  index(current);
  find_critical(current);
  std::uint32_t looked_at = 0;
  std::vector<Task> kept;
  // Moves that are impossible cost little, but there may be no others.
  for (std::uint64_t tries = 0; looked_at < budget && tries < std::uint64_t{8} * budget; ++tries) {
    if (!OrderCost::is_shorter(bound, cost.objective) || critical_.empty()) break;
    const Place place = critical_[random_.below(critical_.size())];
    std::vector<Task>& tasks = current.tasks[place.device];
    const std::uint32_t target = target_of(tasks, place.position);
    if (target == place.position) continue;
    kept = tasks;
    const auto from = tasks.begin() + place.position;
    const auto to = tasks.begin() + target;
    if (target > place.position) {
      std::rotate(from, from + 1, to + 1);
    } else {
      std::rotate(to, from, from + 1);
    }
    std::optional<OrderCost> moved;
    if (is_possible(current, tasks)) {
      moved = judge_.cost(current);
      ++looked_at;
    }
    if (!moved || !moved->is_no_worse_than(current_cost)) {
      tasks.swap(kept);
      continue;
    }
    current_cost = *moved;
    if (moved->is_better_than(cost)) {
      cost = *moved;
      schedule.tasks = current.tasks;
    }
    index(current);
    find_critical(current);
  }
  return looked_at;
}

// Far for a weight gradient, which hardly anything waits for; near for others.
std::uint32_t OrderImprover::target_of(const std::vector<Task>& tasks, std::uint32_t position) {
  const auto count = static_cast<std::uint32_t>(tasks.size());
  if (tasks[position].action == Action::weight_gradient && random_.below(2) == 0) {
    return position + static_cast<std::uint32_t>(random_.below(count - position));
  }
  const auto reach = static_cast<std::uint32_t>(1 + random_.below(random_.below(2) == 0 ? 1 : 6));
  const std::uint32_t target =
      random_.below(2) == 0 ? position - std::min(position, reach) : std::min(position + reach, count - 1);
  return is_same_kind(tasks[target], tasks[position]) ? position : target;
}

// Puts the microbatches of a list in order again; false when a task then comes before what it needs on this device, or
// memory runs out.
bool OrderImprover::is_possible(const Schedule& schedule, std::vector<Task>& tasks) {
  counts_.resize(schedule.chunks());
  for (const Task& task : tasks) {
    const std::uint32_t first = schedule.first_microbatch(task.chunk);
    counts_[task.chunk] = {first, first, first};
  }
  for (Task& task : tasks) {
    Count& count = counts_[task.chunk];
    if (task.action == Action::forward) {
      task.microbatch = count.forwards++;
      continue;
    }
    if (task.action == Action::weight_gradient) {
      if (count.weights == count.gradients) return false;
      task.microbatch = count.weights++;
      continue;
    }
    if (count.gradients == count.forwards) return false;
    task.microbatch = count.gradients++;
  }
  return limit_.allows(peak_activations(tasks, limit_.kept_for_weights));
}

void OrderImprover::index(const Schedule& schedule) {
  const std::size_t slots = std::size_t{schedule.chunks()} * schedule.microbatches;
  forward_places_.resize(slots);
  gradient_places_.resize(slots);
  for (const auto& tasks : schedule.tasks) {
    for (std::uint32_t i = 0; i < tasks.size(); ++i) {
      const std::size_t slot = std::size_t{tasks[i].chunk} * schedule.microbatches + tasks[i].microbatch;
      if (tasks[i].action == Action::forward) forward_places_[slot] = i;
      if (gives_gradient(tasks[i].action)) gradient_places_[slot] = i;
    }
  }
}

// What gives a task its input; absent for the first forwards and for weight gradients.
std::optional<OrderImprover::Place> OrderImprover::maker_of(const Schedule& schedule, const Place& place) const {
  const Task& task = schedule.tasks[place.device][place.position];
  auto slot = [&](std::uint32_t chunk) { return std::size_t{chunk} * schedule.microbatches + task.microbatch; };
  auto at = [&](std::uint32_t chunk, const std::vector<std::uint32_t>& places) {
    return Place{schedule.device_of[chunk], places[slot(chunk)]};
  };
  if (task.action == Action::weight_gradient) return std::nullopt;
  if (task.action == Action::forward) {
    if (schedule.is_first(task.chunk)) return std::nullopt;
    return at(task.chunk - 1U, forward_places_);
  }
  if (schedule.is_last(task.chunk)) return at(task.chunk, forward_places_);
  return at(task.chunk + 1U, gradient_places_);
}

// The tasks that follow each other without a pause up to the end of the step, or of the device with the longest span.
void OrderImprover::find_critical(const Schedule& schedule) {
  critical_.clear();
  const Recurrence& recurrence = judge_.recurrence();
  Place place;
  double longest = -1;
  for (std::uint32_t device = 0; device < schedule.devices(); ++device) {
    const auto spans = recurrence.spans(device);
    if (spans.empty()) continue;
    const Seconds from = judge_.objective() == SearchObjective::makespan ? Seconds(0) : spans.front().start;
    const double length = (spans.back().end - from).si();
    if (length <= longest) continue;
    longest = length;
    place = {device, static_cast<std::uint32_t>(spans.size() - 1)};
  }
  if (longest < 0) return;
  while (true) {
    critical_.push_back(place);
    const auto spans = recurrence.spans(place.device);
    const auto maker = maker_of(schedule, place);
    const bool follows_at_once = place.position > 0 && !(spans[place.position - 1].end < spans[place.position].start);
    if (follows_at_once || (!maker && place.position > 0)) {
      --place.position;
    } else if (maker) {
      place = *maker;
    } else {
      return;
    }
  }
}

}  // namespace lockstep::workloads
