#include "workloads/schedules/automatic/order_cost.hpp"

#include <algorithm>

namespace lockstep::workloads {
namespace {

struct Work {
  double forward = 0, gradient = 0, weights = 0;
  double all() const { return forward + gradient + weights; }
};

// The bounds that one microbatch and one device give.
class Bounds {
 public:
  Bounds(const Schedule& placement, const ScheduleTimes& times, const ScheduleSearch& search)
      : placement_(placement), times_(times), is_split_(search.backward == BackwardKind::split) {
    heads_.assign(placement.devices(), std::numeric_limits<double>::infinity());
    tails_ = heads_;
    work_.resize(placement.devices());
    for (std::uint32_t copy = 0; copy < placement.copies; ++copy) add_copy(copy);
  }

  double longest() const {
    double bound = longest_microbatch_;
    for (std::size_t device = 0; device < work_.size(); ++device) {
      const Work& work = work_[device];
      if (work.all() <= 0) continue;
      const double gradients_out = heads_[device] + work.forward + work.gradient + tails_[device];
      bound = std::max({bound, heads_[device] + work.all(), gradients_out});
    }
    return bound;
  }
  double busiest() const {
    double bound = 0;
    for (const Work& work : work_) bound = std::max(bound, work.all());
    return bound;
  }

 private:
  Work of(std::uint32_t chunk, std::uint32_t m) const {
    Work work{.forward = times_.forward.at(chunk, m).si()};
    work.gradient = (is_split_ ? times_.input_gradient : times_.backward).at(chunk, m).si();
    if (is_split_) work.weights = times_.weight_gradient.at(chunk, m).si();
    return work;
  }
  double hop(std::uint32_t from, std::uint32_t to) const {
    return placement_.device_of[from] == placement_.device_of[to] ? 0 : times_.transfer.si();
  }
  void add_copy(std::uint32_t copy) {
    const std::uint32_t first = copy * placement_.stages();
    const std::uint32_t end = first + placement_.stages();
    for (std::uint32_t m = placement_.first_microbatch(first); m < placement_.end_microbatch(first); ++m) {
      double there = 0;
      double back = 0;
      for (std::uint32_t chunk = first; chunk < end; ++chunk) {
        const std::uint32_t device = placement_.device_of[chunk];
        heads_[device] = std::min(heads_[device], there);
        tails_[device] = std::min(tails_[device], back);
        const Work work = of(chunk, m);
        work_[device].forward += work.forward;
        work_[device].gradient += work.gradient;
        work_[device].weights += work.weights;
        const double on = chunk + 1 < end ? hop(chunk, chunk + 1) : 0;
        there += work.forward + on;
        back += work.gradient + on;
      }
      longest_microbatch_ = std::max(longest_microbatch_, there + back + of(first, m).weights);
    }
  }

  const Schedule& placement_;
  const ScheduleTimes& times_;
  bool is_split_;
  double longest_microbatch_ = 0;
  std::vector<double> heads_;  // the earliest start of each device
  std::vector<double> tails_;  // from the last gradient of each device to the end, at least
  std::vector<Work> work_;
};

}  // namespace

std::optional<OrderCost> OrderJudge::cost(const Schedule& schedule) {
  const auto makespan = recurrence_.evaluate(schedule, times_);
  if (!makespan) return std::nullopt;
  double longest_span = 0;
  for (std::uint32_t device = 0; device < schedule.devices(); ++device) {
    const auto spans = recurrence_.spans(device);
    if (!spans.empty()) longest_span = std::max(longest_span, (spans.back().end - spans.front().start).si());
  }
  if (objective_ == SearchObjective::makespan) return OrderCost{makespan->si(), longest_span};
  return OrderCost{longest_span, makespan->si()};
}

double lower_bound(const Schedule& placement, const ScheduleTimes& times, const ScheduleSearch& search) {
  const Bounds bounds(placement, times, search);
  return search.objective == SearchObjective::makespan ? bounds.longest() : bounds.busiest();
}

}  // namespace lockstep::workloads
