#include "workloads/schedules/automatic/automatic.hpp"

#include "base/unit_text.hpp"
#include "workloads/schedules/automatic/candidates.hpp"
#include "workloads/schedules/automatic/exact_search.hpp"
#include "workloads/schedules/automatic/improve_order.hpp"
#include "workloads/schedules/automatic/list_scheduler.hpp"
#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {
namespace {

// States of the exact search for each order of the budget: a state costs about as much as an order of so many tasks.
constexpr std::uint64_t states_per_order = 250;
// Beyond so many microbatches on all stages together the exact search does not come to an end.
constexpr std::uint64_t most_exact_pairs = 40;

// Those that do best most often come first, for the budget may be small.
std::vector<ListPolicy> policies(const ScheduleShape& shape, const ScheduleSearch& search) {
  const bool is_split = search.backward == BackwardKind::split;
  constexpr double unlimited = std::numeric_limits<double>::infinity();
  std::vector<ListPolicy> all;
  for (const bool deepest_first : {true, false}) {
    if (!deepest_first && shape.virtual_stages == 1) continue;
    for (const double lag : {1.0, unlimited, 0.5, 0.0}) {
      for (const double patience : {1.0, 0.0}) {
        for (const auto preference : {ListPreference::alternate, ListPreference::backward, ListPreference::forward}) {
          for (const double depth : {2.0, unlimited, 1.0, 1.25, 1.5, 3.0}) {
            for (const double hold : {0.0, 1.0}) {
              all.push_back({depth, lag, patience, hold, preference, deepest_first});
            }
          }
        }
      }
      // Without weight gradients there is nothing to put off.
      if (!is_split) break;
    }
  }
  return all;
}

class AutomaticScheduler {
 public:
  AutomaticScheduler(const ScheduleShape& shape, const ScheduleSearch& search)
      : shape_(shape), search_(search), candidates_(shape, search) {}

  FoundSchedule run() {
    place_chunks();
    candidates_.add_handcrafted();
    schedule_lists();
    if (shape_.virtual_stages == 1) search_exactly();
    improve();
    return result();
  }

 private:
  void place_chunks() {
    placements_.push_back(&candidates_.placed(loop_placement(shape_.stages, shape_.virtual_stages), 1));
    if (shape_.virtual_stages == 2 && shape_.stages > 1) {
      placements_.push_back(&candidates_.placed(v_placement(shape_.stages), 1));
    }
  }

  // With half of the budget.
  void schedule_lists() {
    const std::vector<ListPolicy> all = policies(shape_, search_);
    const std::uint64_t share = search_.budget / 2 / placements_.size();
    for (PlacedChunks* placed : placements_) {
      ListScheduler scheduler(placed->empty, placed->judge.times(), search_);
      for (std::uint64_t i = 0; i < all.size() && i < std::max<std::uint64_t>(share, 1); ++i) {
        if (!candidates_.is_promising(*placed)) break;
        if (auto schedule = scheduler.run(all[i])) candidates_.add(std::move(*schedule), "list_scheduling", *placed);
      }
    }
  }

  void search_exactly() {
    PlacedChunks& placed = *placements_.front();
    if (std::uint64_t{shape_.stages} * shape_.microbatches > most_exact_pairs) return;
    if (!candidates_.is_promising(placed) || !ExactSearch::suits(placed.empty, placed.judge.times(), search_)) return;
    ExactSearch search(placed.empty, placed.judge.times(), search_);
    const double shortest = candidates_.best().empty() ? std::numeric_limits<double>::infinity()
                                                       : candidates_.best().front().cost.objective;
    if (auto schedule = search.run(shortest, states_per_order * search_.budget)) {
      candidates_.add(std::move(*schedule), "exact_search", placed);
    }
    is_exact_ = search.is_complete();
  }

  void improve() {
    auto& best = candidates_.best();
    RandomStream random(search_.seed, "workloads/automatic_schedule");
    for (std::size_t i = best.size(); i > 0; --i) {
      Candidate& candidate = best[i - 1];
      if (is_exact(candidate)) continue;
      const std::uint32_t spent = std::min(candidates_.looked_at(), search_.budget);
      // The better half of the orders have more to gain by it.
      const auto share = static_cast<std::uint32_t>((search_.budget - spent) / i);
      OrderImprover improver(search_.limit, candidate.placed->judge, random);
      const OrderCost before = candidate.cost;
      candidates_.count(improver.improve(candidate.schedule, candidate.cost, candidate.placed->bound, share));
      candidate.is_improved = candidate.cost.is_better_than(before);
    }
    candidates_.sort();
  }

  FoundSchedule result() {
    if (candidates_.best().empty()) {
      refuse_shape("memory_limit",
                   "a device has no room for the " + std::to_string(shape_.virtual_stages) +
                       " activations of one microbatch, for it may hold " + shortest_text(search_.limit.most),
                   "allow more");
    }
    Candidate& best = candidates_.best().front();
    const bool is_makespan = search_.objective == SearchObjective::makespan;
    FoundSchedule found{.schedule = std::move(best.schedule),
                        .makespan = Seconds(is_makespan ? best.cost.objective : best.cost.other),
                        .longest_span = Seconds(is_makespan ? best.cost.other : best.cost.objective),
                        .found_by = best.found_by,
                        .is_improved = best.is_improved};
    found.is_optimal = is_exact(best) || !OrderCost::is_shorter(best.placed->bound, best.cost.objective);
    return found;
  }

  bool is_exact(const Candidate& candidate) const {
    return is_exact_ && candidate.placed == placements_.front() && &candidate == &candidates_.best().front();
  }

  ScheduleShape shape_;
  const ScheduleSearch& search_;
  Candidates candidates_;
  std::vector<PlacedChunks*> placements_;
  bool is_exact_ = false;
};

}  // namespace

FoundSchedule find_schedule(const ScheduleShape& shape, const ScheduleSearch& search) {
  return AutomaticScheduler(shape, search).run();
}

Schedule make_automatic(const ScheduleShape& shape) {
  return find_schedule(shape, shape.search ? *shape.search : ScheduleSearch()).schedule;
}

}  // namespace lockstep::workloads
