#include <algorithm>

#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {
namespace {

// The list of one device, whose chunks are on the way down the V (0) and up again (1). Microbatches from `count` on are
// counted but left out, for the pattern needs 2 * stages - 1 of them.
class VList {
 public:
  VList(const ScheduleShape& shape, std::uint32_t device, std::vector<Task>& tasks)
      : chunks_{static_cast<std::uint16_t>(device), static_cast<std::uint16_t>(2 * shape.stages - 1 - device)},
        count_(shape.microbatches),
        tasks_(&tasks) {}

  void forward(int leg) { add(leg, forwards_[leg]++, Action::forward); }
  void input_gradient(int leg) { add(leg, gradients_[leg]++, Action::input_gradient); }
  void weight_gradient(int leg) { add(leg, weights_[leg]++, Action::weight_gradient); }
  void backward(int leg) {
    input_gradient(leg);
    weight_gradient(leg);
  }
  std::uint32_t forwards(int leg) const { return forwards_[leg]; }
  bool owes_weights(int leg) const { return weights_[leg] < gradients_[leg]; }

 private:
  void add(int leg, std::uint32_t microbatch, Action action) {
    if (microbatch < count_) tasks_->push_back({microbatch, chunks_[leg], action});
  }

  std::uint16_t chunks_[2];
  std::uint32_t count_;
  std::vector<Task>* tasks_;
  std::uint32_t forwards_[2] = {};
  std::uint32_t gradients_[2] = {};
  std::uint32_t weights_[2] = {};
};

void fill(const ScheduleShape& shape, std::uint32_t device, std::vector<Task>& tasks) {
  const std::uint32_t after = shape.stages - device;  // this device and those after it
  const std::uint32_t count = std::max(shape.microbatches, 2 * shape.stages - 1);
  VList list(shape, device, tasks);
  // Warm-up: down, until the first microbatch comes up again; then both legs; then the first backwards.
  for (std::uint32_t i = 0; i < 2 * after - 1; ++i) list.forward(0);
  for (std::uint32_t i = 0; i < device; ++i) {
    list.forward(1);
    list.forward(0);
  }
  for (std::uint32_t i = 0; i < after; ++i) {
    list.forward(1);
    list.backward(1);
  }
  while (list.forwards(1) < list.forwards(0) || list.forwards(0) < count) {
    if (list.forwards(0) < count) list.forward(0);
    list.backward(0);
    list.forward(1);
    list.backward(1);
  }
  // Drain: weight gradients wait, so that others get theirs.
  for (std::uint32_t i = 0; i < device; ++i) {
    list.input_gradient(0);
    list.input_gradient(1);
  }
  for (std::uint32_t i = 0; i < after; ++i) {
    list.input_gradient(0);
    list.weight_gradient(0);
  }
  while (list.owes_weights(1)) list.weight_gradient(1);
  while (list.owes_weights(0)) list.weight_gradient(0);
}

}  // namespace

// Qi et al. 2024, "Pipeline Parallelism with Controllable Memory", ZB-V; with few microbatches what is left of the
// pattern of 2 * stages - 1, as in PyTorch.
Schedule make_zero_bubble_v(const ScheduleShape& shape) {
  require_virtual_stages(shape, 2, "zb_v");
  Schedule schedule;
  schedule.microbatches = shape.microbatches;
  schedule.device_of = v_placement(shape.stages);
  schedule.tasks.resize(shape.stages);
  for (std::uint32_t device = 0; device < shape.stages; ++device) {
    schedule.tasks[device].reserve(std::size_t{6} * shape.microbatches);
    fill(shape, device, schedule.tasks[device]);
  }
  return schedule;
}

}  // namespace lockstep::workloads
