#include "sim/steady_steps.hpp"

#include "sim/joined_steps.hpp"

namespace lockstep::sim {
namespace {

// Steps of several workloads drift against each other, and meet in ever other ways. Ports serve messages that come at
// once in an order that roundings choose, which differ from step to step, and may be held beyond the end of a step; so
// do ranks that combine what they receive.
bool may_repeat(const Scenario& scenario, std::span<const Job> jobs) {
  const bool is_alone = scenario.workloads().size() == 1;
  const bool is_ordered = scenario.engine().network != "ports" && !jobs.front().reduction_rate;
  return is_alone && is_ordered && !scenario.run().every_step;
}

// Of which there are so many times as many.
template <class Number>
void multiply(std::vector<Number>& sums, double times) {
  for (Number& sum : sums) sum = times * sum;
}

}  // namespace

SteadySteps::SteadySteps(const Scenario& scenario, const Conditions* conditions, const Observer* watcher)
    : first_(scenario.jobs()),
      steps_(scenario.simulated_steps()),
      may_repeat_(watcher == nullptr && may_repeat(scenario, first_)) {
  const bool is_steady = conditions == nullptr || conditions->is_constant_from(first_.front().start);
  given_ = may_repeat_ && is_steady ? 1 : steps_;
}

std::vector<Job> SteadySteps::jobs() const {
  std::vector<Job> jobs = in_steps(first_, given_);
  for (Job& job : jobs) job.may_repeat = may_repeat_ && job.follows.has_value();
  return jobs;
}

void SteadySteps::complete(Timeline& timeline) const {
  join_steps(first_.size(), timeline);
  if (!may_repeat_ || steps_ == 1) return;
  repeat_last(timeline.jobs.front());
  timeline.end = timeline.jobs.front().end;
  const std::uint64_t more = steps_ / given_;  // which is 1 where all are given, and all where one is
  const auto times = static_cast<double>(more);
  timeline.events *= more;
  timeline.message_bytes = times * timeline.message_bytes;
  multiply(timeline.link_bytes, times);
  multiply(timeline.busy, times);
}

void SteadySteps::repeat_last(JobTimeline& job) const {
  if (job.step_ends.empty()) job.step_ends.push_back(job.end);
  const std::uint64_t simulated = job.step_ends.size();
  const Seconds end = job.end;
  const Seconds step = end - job.last_step_start();
  job.repeated = steps_ - simulated;
  for (std::uint64_t i = 1; i <= job.repeated; ++i) job.step_ends.push_back(end + static_cast<double>(i) * step);
  job.end = job.step_ends.back();
  for (Seconds& rank_end : job.rank_end) rank_end += job.end - end;
  for (Bytes& bytes : job.bytes_of_phase) {
    bytes = static_cast<double>(steps_) * bytes / static_cast<double>(simulated);
  }
}

}  // namespace lockstep::sim
