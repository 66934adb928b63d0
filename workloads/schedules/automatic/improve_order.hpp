#pragma once

#include "base/random_stream.hpp"
#include "workloads/schedules/automatic/order_cost.hpp"

namespace lockstep::workloads {

// Local search: takes a task on the critical path, puts it elsewhere in its device's list and keeps that unless the
// order gets worse. Only the kinds of tasks change places; microbatches stay in order.
class OrderImprover {
 public:
  OrderImprover(const ActivationLimit& limit, OrderJudge& judge, RandomStream& random)
      : limit_(limit), judge_(judge), random_(random) {}

  // Looks at `budget` orders, fewer where one reaches `bound`; leaves the best. Returns how many it looked at. What is
  // overlapped or out of order stays as it is.
  std::uint32_t improve(Schedule& schedule, OrderCost& cost, double bound, std::uint32_t budget);

 private:
  struct Place {
    std::uint32_t device = 0;
    std::uint32_t position = 0;
  };
  struct Count {
    std::uint32_t forwards = 0, gradients = 0, weights = 0;
  };

  void find_critical(const Schedule& schedule);
  std::optional<Place> maker_of(const Schedule& schedule, const Place& place) const;
  void index(const Schedule& schedule);
  std::uint32_t target_of(const std::vector<Task>& tasks, std::uint32_t position);
  bool is_possible(const Schedule& schedule, std::vector<Task>& tasks);

  ActivationLimit limit_;
  OrderJudge& judge_;
  RandomStream& random_;
  std::vector<Place> critical_;
  std::vector<std::uint32_t> forward_places_;   // where the forward of each chunk and microbatch is in its list
  std::vector<std::uint32_t> gradient_places_;  // likewise
  std::vector<Count> counts_;                   // of each chunk
};

}  // namespace lockstep::workloads
