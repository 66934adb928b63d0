#pragma once

#include <unordered_map>

#include "workloads/schedules/automatic/order_cost.hpp"

namespace lockstep::workloads {

// The smallest makespan of all orders, by branch and bound, for one chunk a device and microbatches that are alike
// (they may then stay in order). Branches as Giffler and Thompson 1960, "Algorithms for Solving Production-Scheduling
// Problems": of the device that could be done with its next task first, on each task that it could begin before then.
// Putting another first would only let the device idle; and with the next forward at the front nothing that follows up
// to its old place needs more memory. A state whose counts another has reached with all times no later is left out.
class ExactSearch {
 public:
  ExactSearch(const Schedule& placement, const ScheduleTimes& times, const ScheduleSearch& search);

  // Whether the method applies.
  static bool suits(const Schedule& placement, const ScheduleTimes& times, const ScheduleSearch& search);

  // A schedule shorter than `shortest`, if there is one and `most_states` suffice to find it.
  std::optional<Schedule> run(double shortest, std::uint64_t most_states);
  // Whether the last run left nothing out.
  bool is_complete() const { return states_left_ > 0; }

 private:
  struct Device {
    double forward = 0, gradient = 0, weights = 0;  // the time of each
    double forward_tail = 0;                        // after a forward: on to the loss and all the way back
    double gradient_tail = 0;                       // after a gradient: the way back
    std::uint32_t forwards = 0, gradients = 0, weight_gradients = 0;  // done
    double free_at = 0;
    std::vector<double> forward_at;  // when the input of each microbatch's forward is there
    std::vector<double> gradient_at;
    std::vector<Task> tasks;
  };
  struct Step {
    std::uint32_t device = 0;
    Action action = Action::forward;
    double start = 0;
    double free_at = 0;
  };

  void descend();
  void take(const Step& step);
  void take_back(const Step& step, double was_free_at);
  void add_steps(std::uint32_t index, std::vector<Step>& steps) const;
  std::vector<Step> branches() const;
  double bound() const;
  bool is_dominated();
  bool has_room(const Device& device) const;
  double hop() const { return is_sender_kept_ ? transfer_ : 0; }

  std::uint32_t microbatches_;
  double transfer_;
  bool is_sender_kept_;
  bool is_split_;
  ActivationLimit limit_;
  std::vector<Device> devices_;
  double shortest_ = 0;
  std::uint64_t states_left_ = 0;
  std::optional<std::vector<std::vector<Task>>> best_;
  std::unordered_map<std::string, std::vector<std::vector<double>>> seen_;
  Schedule placement_;
};

}  // namespace lockstep::workloads
