#include "workloads/schedules/handcrafted/dual_pipe_order.hpp"

namespace lockstep::workloads {
namespace {

enum class Weights : bool { at_once, later };

// Writes a list and keeps count of what each way has had.
class DualPipeList {
 public:
  explicit DualPipeList(const DualPipeSeat& seat) : seat_(&seat) { tasks_.reserve(std::size_t{6} * seat.count); }

  void forward(int way) { tasks_.push_back(task(way, forwards_[way]++, Action::forward)); }
  void backward(int way, Weights weights = Weights::at_once) {
    const std::uint32_t number = backwards_[way]++;
    tasks_.push_back(task(way, number, weights == Weights::later ? Action::input_gradient : Action::backward));
    if (weights == Weights::later) owed_.push_back(task(way, number, Action::weight_gradient));
  }
  void forward_over_backward(int forward_way, int backward_way) {
    forward(forward_way);
    tasks_.back().overlaps_next = true;
    backward(backward_way);
  }
  // The oldest weight gradient that is owed.
  void weight_gradient() { tasks_.push_back(owed_[paid_++]); }
  std::vector<Task> take() { return std::move(tasks_); }

 private:
  Task task(int way, std::uint32_t number, Action action) const {
    return {seat_->first_microbatch[way] + number, seat_->chunk[way], action};
  }

  const DualPipeSeat* seat_;
  std::vector<Task> tasks_;
  std::vector<Task> owed_;
  std::size_t paid_ = 0;
  std::uint32_t forwards_[2] = {};
  std::uint32_t backwards_[2] = {};
};

void fill_up(const DualPipeSeat& seat, DualPipeList& list) {
  const std::uint32_t inward = seat.reach - seat.distance - 1;  // devices between this one and the middle
  for (std::uint32_t i = 0; i < 2 * inward; ++i) list.forward(0);
  for (std::uint32_t i = 0; i < seat.distance + 1; ++i) {
    list.forward(0);
    list.forward(1);
  }
  for (std::uint32_t i = 0; i < inward; ++i) {
    list.backward(1, Weights::later);
    list.weight_gradient();
    list.forward(1);
  }
}

void run_full(const DualPipeSeat& seat, DualPipeList& list) {
  const bool is_middle = seat.distance + 1 == seat.reach;
  const std::uint32_t rounds = seat.count - 2 * seat.reach + seat.distance + 1;
  for (std::uint32_t i = 0; i < rounds; ++i) {
    if (i == 0 && is_middle) {
      // The middle's first pair is not overlapped, so that its neighbour gets the forward sooner.
      list.forward(0);
      list.backward(1);
    } else {
      list.forward_over_backward(0, 1);
    }
    list.forward_over_backward(1, 0);
  }
}

void drain(const DualPipeSeat& seat, DualPipeList& list) {
  const std::uint32_t inward = seat.reach - seat.distance - 1;
  for (std::uint32_t i = 0; i < inward; ++i) {
    list.backward(1);
    list.forward_over_backward(1, 0);
  }
  // The second half of these backwards leaves its weight gradients for later; an odd half begins with way 1.
  Weights weights = Weights::at_once;
  const std::uint32_t pairs = seat.distance + 1;
  for (std::uint32_t i = 0; i < pairs; ++i) {
    if (i == pairs / 2 && seat.distance % 2 == 1) weights = Weights::later;
    list.backward(1, weights);
    if (i == pairs / 2 && seat.distance % 2 == 0) weights = Weights::later;
    list.backward(0, weights);
  }
  for (std::uint32_t i = 0; i < inward; ++i) {
    list.weight_gradient();
    list.backward(0, Weights::later);
  }
  for (std::uint32_t i = 0; i < pairs; ++i) list.weight_gradient();
}

}  // namespace

std::vector<Task> dual_pipe_tasks(const DualPipeSeat& seat) {
  DualPipeList list(seat);
  fill_up(seat, list);
  run_full(seat, list);
  drain(seat, list);
  return list.take();
}

}  // namespace lockstep::workloads
