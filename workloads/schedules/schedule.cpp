#include "workloads/schedules/schedule.hpp"

#include <algorithm>

namespace lockstep::workloads {
namespace {

const char* action_text(Action action) {
  switch (action) {
    case Action::forward:
      return "F";
    case Action::backward:
      return "B";
    case Action::input_gradient:
      return "I";
    case Action::weight_gradient:
      return "W";
    case Action::send_forward:
      return "SEND_F";
    case Action::receive_forward:
      return "RECV_F";
    case Action::send_backward:
      return "SEND_B";
    case Action::receive_backward:
      return "RECV_B";
    case Action::gather:
      return "UNSHARD";
    case Action::release:
      return "RESHARD";
    case Action::reduce_gradients:
      return "REDUCE_GRAD";
    case Action::optimizer:
      return "OPTIMIZER";
  }
  return "";
}

}  // namespace

bool has_microbatch(Action action) {
  return action < Action::gather;
}

bool is_transfer(Action action) {
  return action >= Action::send_forward && action <= Action::receive_backward;
}

bool is_computation(Action action) {
  return action <= Action::weight_gradient;
}

std::uint32_t Schedule::chunks_per_device() const {
  std::vector<std::uint32_t> held(tasks.size());
  for (const std::uint32_t device : device_of) ++held[device];
  return held.empty() ? 0 : *std::max_element(held.begin(), held.end());
}

std::uint64_t Schedule::task_count() const {
  std::uint64_t count = 0;
  for (const auto& list : tasks) count += list.size();
  return count;
}

std::vector<std::uint32_t> loop_placement(std::uint32_t devices, std::uint32_t chunks_per_device) {
  std::vector<std::uint32_t> device_of(std::size_t{devices} * chunks_per_device);
  for (std::uint32_t chunk = 0; chunk < device_of.size(); ++chunk) device_of[chunk] = chunk % devices;
  return device_of;
}

std::vector<std::uint32_t> v_placement(std::uint32_t devices) {
  std::vector<std::uint32_t> device_of(std::size_t{2} * devices);
  for (std::uint32_t device = 0; device < devices; ++device) {
    device_of[device] = device_of[2 * devices - 1 - device] = device;
  }
  return device_of;
}

std::vector<std::uint32_t> mirrored_placement(std::uint32_t devices) {
  // The numbers are those of a V: what differs is that a copy ends where the V turns.
  return v_placement(devices);
}

std::string task_text(const Task& task) {
  const std::string text = std::to_string(task.chunk) + action_text(task.action);
  return has_microbatch(task.action) ? text + std::to_string(task.microbatch) : text;
}

std::string entry_text(const std::vector<Task>& tasks, std::size_t position) {
  const bool is_second = position > 0 && tasks[position - 1].overlaps_next;
  const std::size_t first = is_second ? position - 1 : position;
  if (!tasks[first].overlaps_next || first + 1 >= tasks.size()) return task_text(tasks[position]);
  return "(" + task_text(tasks[first]) + ";" + task_text(tasks[first + 1]) + ")OVERLAP_F_B";
}

}  // namespace lockstep::workloads
