// How the executor leaves out jobs that would go just like the one before.
#include "sim/executor/executor.hpp"

namespace lockstep::sim {
namespace {

// Once more, so many times, what has come to the sums since they were as before.
template <class Number>
void add_again(std::vector<Number>& sums, std::vector<Number> before, double times) {
  before.resize(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += times * (sums[i] - before[i]);
}

}  // namespace

// Whether those that follow the job, which begins now, would do at the same times after their own beginnings what it
// does.
bool Executor::is_repeated(std::uint32_t job) const {
  if (followers_[job].empty() || !jobs_[followers_[job].front()].may_repeat) return false;
  return conditions_ == nullptr || conditions_->is_constant_from(network_->now());
}

void Executor::leave_out_followers(std::uint32_t job) {
  const std::size_t begun = job + std::size_t{1};
  const std::size_t left_out = jobs_.size() - begun;
  const auto times = static_cast<double>(left_out);
  timeline_.events += left_out * (timeline_.events - before_repeats_->events);
  add_again(timeline_.busy, std::move(before_repeats_->busy), times);
  add_again(route_bytes_, std::move(before_repeats_->route_bytes), times);
  timeline_.jobs.resize(begun);
}

}  // namespace lockstep::sim
