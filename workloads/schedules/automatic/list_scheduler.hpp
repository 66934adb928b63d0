#pragma once

#include <queue>

#include "workloads/schedules/automatic/schedule_search.hpp"

namespace lockstep::workloads {

enum class ListPreference : std::uint8_t { alternate, backward, forward };

// How a device chooses among what it could do next.
struct ListPolicy {
  double depth = 1;     // forwards ahead, in those that keep a device busy until a gradient comes back: 1 as in 1F1B
  double lag = 0;       // weight gradients put off, in those that fill the pipeline's ends: 1 as in ZB-H2, 0.5 in ZB-H1
  double patience = 0;  // a weight gradient begins where this part of it fits before something else can
  double hold = 0;      // no forward begins when the first gradient is due before this part of it is over
  ListPreference preference = ListPreference::alternate;
  bool deepest_first = true;  // of the chunks that a forward could be of
};

// Greedy list scheduling with weight gradients as filling (the heuristic of Qi et al. 2024, "Zero Bubble Pipeline
// Parallelism", section 3.1, driven by events): a device that is free takes the forward, gradient or weight gradient
// that the policy likes best of those that are there and that memory has room for. Microbatches stay in order.
class ListScheduler {
 public:
  // `placement` has no tasks. All must live as long as this does.
  ListScheduler(const Schedule& placement, const ScheduleTimes& times, const ScheduleSearch& search);

  // Absent when devices end up waiting for one another.
  std::optional<Schedule> run(const ListPolicy& policy);

 private:
  // A chunk of a device, and how far it has come.
  struct Lane {
    std::uint32_t chunk = 0;
    std::uint32_t after = 0;  // chunks of the same copy that the microbatch still has to find room for on this device
    std::uint32_t end = 0;    // of its microbatches
    std::uint32_t forwards = 0, gradients = 0, weights = 0;  // the next of each
    bool owes_weights() const { return weights < gradients; }
  };
  struct Device {
    std::vector<Lane> lanes;
    double in_flight_cap = 0;  // of a policy of depth 1
    double lag_unit = 0;
    double cap = 0;
    double lag = 0;
    double free_at = 0;
    std::uint32_t in_flight = 0;     // until the gradient
    std::uint32_t weights_owed = 0;  // gradients without weight gradient
    std::uint32_t forwards_left = 0;
    bool last_was_forward = false;
    bool has_gradient = false;  // at least one is done
  };
  struct Wake {
    double at;
    std::uint32_t device;
    bool operator>(const Wake& other) const { return at != other.at ? at > other.at : device > other.device; }
  };
  struct Choice {
    Lane* lane = nullptr;
    Action action = Action::forward;
  };
  enum class Room : std::uint8_t { there, after_weights, none };

  void add_lanes();
  double both_times(std::uint32_t chunk, std::uint32_t microbatch) const;
  double round_trip(std::uint32_t chunk, std::uint32_t last) const;
  double most_useful_lag(const Device& device) const;
  std::uint32_t last_of_copy(std::uint32_t chunk) const {
    return (chunk / placement_->stages() + 1) * placement_->stages() - 1;
  }
  void reset(const ListPolicy& policy);
  Choice choose(Device& device, double now) const;
  Choice fill(Device& device, double now) const;
  Room room(const Device& device, const Lane& lane) const;
  bool holds_for_gradient(const Device& device, const Lane& lane, double now) const;
  Lane* arrived_forward(Device& device, double now, Room& best) const;
  Lane* arrived_gradient(Device& device, double now) const;
  static Lane* owed_weights(Device& device);
  void start(std::uint32_t device_index, const Choice& choice, double now);
  void hand_on(std::uint32_t device_index, std::vector<double>& arrivals, std::uint32_t chunk, std::uint32_t microbatch,
               double end);
  std::size_t slot(std::uint32_t chunk, std::uint32_t microbatch) const {
    return std::size_t{chunk} * placement_->microbatches + microbatch;
  }

  const Schedule* placement_;
  const ScheduleTimes* times_;
  const ScheduleSearch* search_;
  double transfer_;
  ListPolicy policy_;
  std::vector<Device> devices_;
  std::vector<double> forward_at_;  // when the input of each chunk's forward is there, of each microbatch
  std::vector<double> gradient_at_;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;
  Schedule schedule_;
};

}  // namespace lockstep::workloads
