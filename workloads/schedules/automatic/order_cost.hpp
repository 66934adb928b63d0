#pragma once

#include "workloads/schedules/automatic/schedule_search.hpp"
#include "workloads/schedules/recurrence.hpp"

namespace lockstep::workloads {

// What orders are compared by: the objective, and then the other one.
struct OrderCost {
  double objective = std::numeric_limits<double>::infinity();
  double other = std::numeric_limits<double>::infinity();

  // Shorter by more than rounding.
  bool is_better_than(const OrderCost& that) const {
    if (is_shorter(objective, that.objective)) return true;
    return !is_shorter(that.objective, objective) && is_shorter(other, that.other);
  }
  bool is_no_worse_than(const OrderCost& that) const { return !is_shorter(that.objective, objective); }
  static bool is_shorter(double a, double b) { return a < b - 1e-12 * b; }
};

// Costs of orders for one placement, and how many were asked for.
class OrderJudge {
 public:
  OrderJudge(const ScheduleTimes& times, SearchObjective objective) : times_(times), objective_(objective) {}

  // Absent when the order deadlocks.
  std::optional<OrderCost> cost(const Schedule& schedule);
  const Recurrence& recurrence() const { return recurrence_; }
  const ScheduleTimes& times() const { return times_; }
  SearchObjective objective() const { return objective_; }

 private:
  ScheduleTimes times_;
  SearchObjective objective_;
  Recurrence recurrence_;
};

// What no order of these chunks can beat: a device is busy with all of its tasks, after the first microbatch has come
// to it and, the weight gradients aside, before the last gradient has gone on to the input.
double lower_bound(const Schedule& placement, const ScheduleTimes& times, const ScheduleSearch& search);

}  // namespace lockstep::workloads
