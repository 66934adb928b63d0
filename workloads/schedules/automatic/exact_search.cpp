#include "workloads/schedules/automatic/exact_search.hpp"

#include <algorithm>

namespace lockstep::workloads {
namespace {

bool is_alike(const Schedule& placement, const TimeTable& table) {
  for (std::uint32_t chunk = 0; chunk < placement.chunks(); ++chunk) {
    for (std::uint32_t m = 1; m < placement.microbatches; ++m) {
      if (table.at(chunk, m) != table.at(chunk, 0)) return false;
    }
  }
  return true;
}

}  // namespace

bool ExactSearch::suits(const Schedule& placement, const ScheduleTimes& times, const ScheduleSearch& search) {
  if (search.objective != SearchObjective::makespan || placement.copies != 1) return false;
  if (placement.chunks() != placement.devices() || placement.microbatches > 255) return false;
  if (!is_alike(placement, times.forward)) return false;
  if (search.backward == BackwardKind::whole) return is_alike(placement, times.backward);
  return is_alike(placement, times.input_gradient) && is_alike(placement, times.weight_gradient);
}

ExactSearch::ExactSearch(const Schedule& placement, const ScheduleTimes& times, const ScheduleSearch& search)
    : microbatches_(placement.microbatches),
      transfer_(times.transfer.si()),
      is_sender_kept_(times.occupies == TransferOccupies::sender),
      is_split_(search.backward == BackwardKind::split),
      limit_(search.limit),
      placement_(placement) {
  double there = 0;
  double back = 0;
  for (std::uint32_t chunk = 0; chunk < placement.chunks(); ++chunk) {
    Device device;
    device.forward = times.forward.at(chunk, 0).si();
    device.gradient = (is_split_ ? times.input_gradient : times.backward).at(chunk, 0).si();
    if (is_split_) device.weights = times.weight_gradient.at(chunk, 0).si();
    device.gradient_tail = back;
    back += device.gradient + transfer_;
    there += device.forward + transfer_;
    device.forward_tail = -there;
    device.forward_at.assign(microbatches_, 0);
    device.gradient_at.assign(microbatches_, 0);
    devices_.push_back(std::move(device));
  }
  // One hop too many has been added on the way there and on the way back.
  for (Device& device : devices_) device.forward_tail += there + back - transfer_;
}

std::optional<Schedule> ExactSearch::run(double shortest, std::uint64_t most_states) {
  shortest_ = shortest;
  states_left_ = most_states;
  best_.reset();
  seen_.clear();
  descend();
  if (!best_) return std::nullopt;
  Schedule schedule = placement_;
  schedule.tasks = std::move(*best_);
  return schedule;
}

void ExactSearch::descend() {
  if (states_left_ == 0 || --states_left_ == 0) return;
  const double at_least = bound();
  if (!OrderCost::is_shorter(at_least, shortest_) || is_dominated()) return;
  const std::vector<Step> steps = branches();
  if (steps.empty()) {
    // All is done, or else the devices are stuck for lack of memory.
    double end = 0;
    for (const Device& device : devices_) {
      if (device.gradients < microbatches_ || (is_split_ && device.weight_gradients < microbatches_)) return;
      end = std::max(end, device.free_at);
    }
    if (!OrderCost::is_shorter(end, shortest_)) return;
    shortest_ = end;
    best_.emplace();
    for (const Device& device : devices_) best_->push_back(device.tasks);
    return;
  }
  for (const Step& step : steps) {
    const double was_free_at = devices_[step.device].free_at;
    take(step);
    descend();
    take_back(step, was_free_at);
  }
}

bool ExactSearch::has_room(const Device& device) const {
  const double waiting = is_split_ ? device.gradients - device.weight_gradients : 0;
  return limit_.allows(device.forwards - device.gradients + 1 + limit_.kept_for_weights * waiting);
}

void ExactSearch::add_steps(std::uint32_t index, std::vector<Step>& steps) const {
  const Device& device = devices_[index];
  const bool is_last = index + 1 == devices_.size();
  auto add = [&](Action action, double there_at, double length, double hop_after) {
    const double start = std::max(device.free_at, there_at);
    steps.push_back({index, action, start, start + length + hop_after});
  };
  if (device.gradients < device.forwards && (is_last || device.gradients < devices_[index + 1].gradients)) {
    add(is_split_ ? Action::input_gradient : Action::backward, device.gradient_at[device.gradients], device.gradient,
        index > 0 ? hop() : 0);
  }
  if (device.forwards < microbatches_ && (index == 0 || device.forwards < devices_[index - 1].forwards) &&
      has_room(device)) {
    add(Action::forward, device.forward_at[device.forwards], device.forward, is_last ? 0 : hop());
  }
  if (is_split_ && device.weight_gradients < device.gradients) add(Action::weight_gradient, 0, device.weights, 0);
}

std::vector<ExactSearch::Step> ExactSearch::branches() const {
  std::vector<Step> steps;
  for (std::uint32_t index = 0; index < devices_.size(); ++index) add_steps(index, steps);
  if (steps.empty()) return steps;
  const Step first =
      *std::min_element(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.free_at < b.free_at; });
  std::erase_if(steps, [&](const Step& step) {
    const bool is_first = step.device == first.device && step.action == first.action;
    return !is_first && (step.device != first.device || step.start >= first.free_at);
  });
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.start < b.start; });
  return steps;
}

void ExactSearch::take(const Step& step) {
  Device& device = devices_[step.device];
  Task task{.chunk = static_cast<std::uint16_t>(step.device), .action = step.action};
  device.free_at = step.free_at;
  const double arrival = step.free_at + (is_sender_kept_ ? 0 : transfer_);
  if (step.action == Action::forward) {
    task.microbatch = device.forwards++;
    if (step.device + 1 < devices_.size()) {
      devices_[step.device + 1].forward_at[task.microbatch] = arrival;
    } else {
      device.gradient_at[task.microbatch] = step.free_at;
    }
  } else if (step.action == Action::weight_gradient) {
    task.microbatch = device.weight_gradients++;
  } else {
    task.microbatch = device.gradients++;
    if (step.device > 0) devices_[step.device - 1].gradient_at[task.microbatch] = arrival;
  }
  device.tasks.push_back(task);
}

void ExactSearch::take_back(const Step& step, double was_free_at) {
  Device& device = devices_[step.device];
  device.free_at = was_free_at;
  device.tasks.pop_back();
  if (step.action == Action::forward) {
    --device.forwards;
  } else if (step.action == Action::weight_gradient) {
    --device.weight_gradients;
  } else {
    --device.gradients;
  }
}

// What is left of each device, and what has to follow its last forward and its last gradient.
double ExactSearch::bound() const {
  double at_least = 0;
  double arrival = 0;
  const double last_weights = devices_.front().weights;
  for (std::uint32_t index = 0; index < devices_.size(); ++index) {
    const Device& device = devices_[index];
    const double forwards = (microbatches_ - device.forwards) * device.forward;
    const double gradients = (microbatches_ - device.gradients) * device.gradient;
    const double weights = is_split_ ? (microbatches_ - device.weight_gradients) * device.weights : 0;
    at_least = std::max(at_least, device.free_at + forwards + gradients + weights);
    if (device.gradients < microbatches_) {
      at_least = std::max(at_least, device.free_at + forwards + gradients + device.gradient_tail + last_weights);
    }
    if (device.forwards == microbatches_) continue;
    const bool is_there = index == 0 || device.forwards < devices_[index - 1].forwards;
    const double start = std::max(device.free_at, is_there ? device.forward_at[device.forwards] : arrival);
    at_least = std::max(at_least, start + forwards + gradients + weights);
    at_least = std::max(at_least, start + forwards + device.forward_tail + last_weights);
    arrival = start + device.forward + transfer_;
  }
  return at_least;
}

bool ExactSearch::is_dominated() {
  std::string counts;
  std::vector<double> times;
  for (std::uint32_t index = 0; index < devices_.size(); ++index) {
    const Device& device = devices_[index];
    for (const std::uint32_t count : {device.forwards, device.gradients, device.weight_gradients}) {
      counts.push_back(static_cast<char>(count));
    }
    times.push_back(device.free_at);
    auto add = [&](const std::vector<double>& arrivals, std::uint32_t from, std::uint32_t end) {
      for (std::uint32_t m = from; m < end; ++m) times.push_back(std::max(arrivals[m], device.free_at));
    };
    if (index > 0) add(device.forward_at, device.forwards, devices_[index - 1].forwards);
    const bool is_last = index + 1 == devices_.size();
    add(device.gradient_at, device.gradients, is_last ? device.forwards : devices_[index + 1].gradients);
  }
  auto& front = seen_[counts];
  auto is_no_later = [](const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) { return x <= y; });
  };
  for (const auto& other : front) {
    if (is_no_later(other, times)) return true;
  }
  std::erase_if(front, [&](const auto& other) { return is_no_later(times, other); });
  front.push_back(std::move(times));
  return false;
}

}  // namespace lockstep::workloads
