#include <gtest/gtest.h>

#include "tests/workloads/schedules/automatic/random_searches.hpp"
#include "workloads/schedules/automatic/automatic.hpp"
#include "workloads/schedules/recurrence.hpp"

namespace lockstep::workloads {
namespace {

// Every order of a device's tasks in which microbatches, which are alike, stay in order and memory suffices.
class AllOrders {
 public:
  AllOrders(std::uint32_t chunk, std::uint32_t microbatches, const ScheduleSearch& search)
      : chunk_(static_cast<std::uint16_t>(chunk)), microbatches_(microbatches), search_(search) {
    extend(0, 0, 0);
  }
  const std::vector<std::vector<Task>>& orders() const { return orders_; }

 private:
  void extend(std::uint32_t forwards, std::uint32_t gradients, std::uint32_t weights) {
    if (weights == microbatches_) orders_.push_back(tasks_);
    if (forwards < microbatches_) add({forwards, chunk_, Action::forward}, forwards + 1, gradients, weights);
    if (gradients < forwards && search_.backward == BackwardKind::whole) {
      add({gradients, chunk_, Action::backward}, forwards, gradients + 1, weights + 1);
    } else {
      if (gradients < forwards) {
        add({gradients, chunk_, Action::input_gradient}, forwards, gradients + 1, weights);
      }
      if (weights < gradients) add({weights, chunk_, Action::weight_gradient}, forwards, gradients, weights + 1);
    }
  }
  void add(const Task& task, std::uint32_t forwards, std::uint32_t gradients, std::uint32_t weights) {
    tasks_.push_back(task);
    if (search_.limit.allows(peak_activations(tasks_, search_.limit.kept_for_weights))) {
      extend(forwards, gradients, weights);
    }
    tasks_.pop_back();
  }

  std::uint16_t chunk_;
  std::uint32_t microbatches_;
  const ScheduleSearch& search_;
  std::vector<Task> tasks_;
  std::vector<std::vector<Task>> orders_;
};

// The smallest makespan of all combinations of orders.
Seconds shortest_of_all(const ScheduleShape& shape, const DeviceShares& shares, const ScheduleSearch& search) {
  Schedule schedule;
  schedule.microbatches = shape.microbatches;
  schedule.device_of = loop_placement(shape.stages, 1);
  schedule.tasks.resize(shape.stages);
  const ScheduleTimes times = shares.times(schedule);
  std::vector<std::vector<std::vector<Task>>> orders;
  for (std::uint32_t device = 0; device < shape.stages; ++device) {
    orders.push_back(AllOrders(device, shape.microbatches, search).orders());
    schedule.tasks[device] = orders[device].at(0);
  }
  std::vector<std::size_t> at(shape.stages);
  Recurrence recurrence;
  Seconds shortest(std::numeric_limits<double>::infinity());
  while (true) {
    const auto makespan = recurrence.evaluate(schedule, times);
    if (makespan && *makespan < shortest) shortest = *makespan;
    std::size_t device = 0;
    while (device < at.size() && ++at[device] == orders[device].size()) {
      at[device] = 0;
      schedule.tasks[device] = orders[device][0];
      ++device;
    }
    if (device == at.size()) return shortest;
    schedule.tasks[device] = orders[device][at[device]];
  }
}

struct SmallCases {
  ScheduleShape shape;
  BackwardKind backward;
  std::uint64_t count;
};

void expect_the_optimum(const SmallCases& small) {
  for (std::uint64_t i = 0; i < small.count; ++i) {
    RandomStream random(i, "tests/exhaustive", {small.shape.stages, small.shape.microbatches});
    const DeviceShares shares = random_shares(small.shape, random);
    ScheduleSearch search;
    search.times = [&](const Schedule& schedule) { return shares.times(schedule); };
    search.limit = random_limit(small.shape, random);
    search.backward = small.backward;
    search.most_copies = 1;
    SCOPED_TRACE(std::to_string(small.shape.stages) + " stages, " + std::to_string(small.shape.microbatches) +
                 " microbatches, case " + std::to_string(i));
    const FoundSchedule found = find_schedule(small.shape, search);
    EXPECT_TRUE(found.is_optimal);
    EXPECT_NEAR(found.makespan.si(), shortest_of_all(small.shape, shares, search).si(), 1e-12) << found.found_by;
  }
}

// With times that differ from stage to stage in every other case.
TEST(AutomaticScheduleOfSmallCases, IsTheOptimumOfAllOrdersOfTwoStages) {
  expect_the_optimum({{2, 1}, BackwardKind::split, 20});
  expect_the_optimum({{2, 2}, BackwardKind::split, 200});
  expect_the_optimum({{2, 3}, BackwardKind::split, 100});
  expect_the_optimum({{2, 4}, BackwardKind::split, 5});
}

TEST(AutomaticScheduleOfSmallCases, IsTheOptimumOfAllOrdersOfThreeStages) {
  expect_the_optimum({{3, 1}, BackwardKind::split, 20});
  expect_the_optimum({{3, 2}, BackwardKind::split, 200});
  expect_the_optimum({{3, 3}, BackwardKind::split, 12});
}

TEST(AutomaticScheduleOfSmallCases, IsTheOptimumOfAllOrdersWithWholeBackwards) {
  expect_the_optimum({{2, 5}, BackwardKind::whole, 40});
  expect_the_optimum({{3, 3}, BackwardKind::whole, 100});
  expect_the_optimum({{3, 4}, BackwardKind::whole, 40});
  expect_the_optimum({{4, 3}, BackwardKind::whole, 100});
}

}  // namespace
}  // namespace lockstep::workloads
