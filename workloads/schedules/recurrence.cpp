#include "workloads/schedules/recurrence.hpp"

#include <algorithm>

namespace lockstep::workloads {
namespace {

constexpr double never = -1;
constexpr std::size_t nothing = SIZE_MAX;

}  // namespace

void Recurrence::prepare() {
  const std::size_t slots = std::size_t{schedule_->chunks()} * schedule_->microbatches;
  ready_.assign(2 * slots, never);
  posted_.assign(schedule_->transfers == TransferListing::listed ? 2 * slots : 0, 0);
  for (std::uint32_t chunk = 0; chunk < schedule_->chunks(); chunk += schedule_->stages()) {
    std::fill_n(ready_.begin() + static_cast<std::ptrdiff_t>(forward_slot(chunk, 0)), schedule_->microbatches, 0.0);
  }
  const std::uint32_t devices = schedule_->devices();
  first_.assign(1, 0);
  for (const auto& tasks : schedule_->tasks) first_.push_back(first_.back() + tasks.size());
  spans_.resize(first_.back());
  position_.assign(devices, 0);
  clock_.assign(devices, 0);
  blocked_on_.assign(devices, nothing);
  runnable_.clear();
  for (std::uint32_t device = devices; device > 0; --device) runnable_.push_back(device - 1);
}

std::optional<Seconds> Recurrence::evaluate(const Schedule& schedule, const ScheduleTimes& times) {
  schedule_ = &schedule;
  times_ = &times;
  transfer_ = times.transfer.si();
  prepare();
  while (!runnable_.empty()) {
    const std::uint32_t device = runnable_.back();
    runnable_.pop_back();
    advance(device);
  }
  double makespan = 0;
  for (std::uint32_t device = 0; device < schedule.devices(); ++device) {
    if (position_[device] < schedule.tasks[device].size()) return std::nullopt;
    makespan = std::max(makespan, clock_[device]);
  }
  return Seconds(makespan);
}

// Runs a device up to its end or to something that is not there yet.
void Recurrence::advance(std::uint32_t device) {
  const std::vector<Task>& tasks = schedule_->tasks[device];
  TaskSpan* const spans = spans_.data() + first_[device];
  std::uint32_t& position = position_[device];
  while (position < tasks.size()) {
    const Task& task = tasks[position];
    double start = clock_[device];
    if (!is_ready(device, task, start)) return;
    if (!task.overlaps_next) {
      const double end = start + times_->of(task).si();
      clock_[device] = end;
      spans[position++] = {Seconds(start), Seconds(end)};
      finish(device, task, end);
      continue;
    }
    const Task& other = tasks[position + 1];
    if (!is_ready(device, other, start)) return;
    const double end = start + times_->of_pair(task, other).si();
    clock_[device] = end;
    spans[position] = spans[position + 1] = {Seconds(start), Seconds(end)};
    position += 2;
    finish(device, task, end);
    finish(device, other, end);
  }
}

// Whether what the task needs from elsewhere is on its way; delays `start` to its arrival.
bool Recurrence::is_ready(std::uint32_t device, const Task& task, double& start) {
  if (task.action > Action::input_gradient) return true;
  const std::size_t slot = task.action == Action::forward ? forward_slot(task.chunk, task.microbatch)
                                                          : backward_slot(task.chunk, task.microbatch);
  const double ready = ready_[slot];
  if (ready == never) {
    blocked_on_[device] = slot;
    return false;
  }
  start = std::max(start, ready);
  if (!posted_.empty()) start = std::max(start, posted_[slot]);
  return true;
}

void Recurrence::finish(std::uint32_t device, const Task& task, double end) {
  switch (task.action) {
    case Action::forward:
      if (schedule_->is_last(task.chunk)) {
        set_ready(backward_slot(task.chunk, task.microbatch), device, end);
      } else {
        hand_on(device, forward_slot(task.chunk + 1U, task.microbatch), schedule_->device_of[task.chunk + 1U], end);
      }
      break;
    case Action::backward:
    case Action::input_gradient:
      if (schedule_->is_first(task.chunk)) break;
      hand_on(device, backward_slot(task.chunk - 1U, task.microbatch), schedule_->device_of[task.chunk - 1U], end);
      break;
    case Action::send_forward:
    case Action::send_backward: {
      const std::uint32_t to = schedule_->other_end(task);
      if (times_->occupies == TransferOccupies::sender) clock_[device] += transfer_;
      set_ready(
          task.action == Action::send_forward ? forward_slot(to, task.microbatch) : backward_slot(to, task.microbatch),
          schedule_->device_of[to], end + transfer_);
      break;
    }
    // What is received late starts late, too.
    case Action::receive_forward:
      posted_[forward_slot(task.chunk, task.microbatch)] = end + transfer_;
      break;
    case Action::receive_backward:
      posted_[backward_slot(task.chunk, task.microbatch)] = end + transfer_;
      break;
    default:
      break;
  }
}

// Gives a result to the chunk that continues with it.
void Recurrence::hand_on(std::uint32_t device, std::size_t slot, std::uint32_t to, double end) {
  if (to == device) return set_ready(slot, to, end);
  if (schedule_->transfers == TransferListing::listed) return;
  if (times_->occupies == TransferOccupies::nobody) return set_ready(slot, to, end + transfer_);
  // The device is kept by one transfer after the other.
  clock_[device] += transfer_;
  set_ready(slot, to, clock_[device]);
}

void Recurrence::set_ready(std::size_t slot, std::uint32_t device, double at) {
  ready_[slot] = at;
  if (blocked_on_[device] != slot) return;
  blocked_on_[device] = nothing;
  runnable_.push_back(device);
}

// The device that makes what a slot waits for, and the task that does.
std::uint32_t Recurrence::maker_of(std::size_t slot, Task& task) const {
  const std::size_t chunk_number = slot / schedule_->microbatches;
  const bool is_forward = chunk_number < schedule_->chunks();
  const auto chunk = static_cast<std::uint32_t>(is_forward ? chunk_number : chunk_number - schedule_->chunks());
  const bool is_turn = !is_forward && schedule_->is_last(chunk);
  const std::uint32_t maker = is_turn ? chunk : is_forward ? chunk - 1 : chunk + 1;
  task = {.microbatch = static_cast<std::uint32_t>(slot % schedule_->microbatches),
          .chunk = static_cast<std::uint16_t>(maker),
          .action = is_forward || is_turn ? Action::forward : Action::backward};
  return schedule_->device_of[maker];
}

std::string Recurrence::deadlock() const {
  std::uint32_t device = 0;
  while (device < schedule_->devices() && blocked_on_[device] == nothing) ++device;
  if (device == schedule_->devices()) return "";
  // Every blocked device waits for one that is blocked, so this gets into the circle, and then around it.
  Task awaited;
  for (std::uint32_t i = 0; i < schedule_->devices(); ++i) device = maker_of(blocked_on_[device], awaited);
  const std::uint32_t begin = device;
  std::string text;
  do {
    const std::uint32_t maker = maker_of(blocked_on_[device], awaited);
    text += std::string(text.empty() ? "" : ";\n") + "device " + std::to_string(device) + " at position " +
            std::to_string(position_[device]) + " (" + entry_text(schedule_->tasks[device], position_[device]) +
            ") waits for " + task_text(awaited) + " of device " + std::to_string(maker);
    device = maker;
  } while (device != begin);
  return text;
}

}  // namespace lockstep::workloads
