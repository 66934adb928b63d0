#include "sim/campaign/failure_clocks.hpp"

#include <limits>

#include "base/contract.hpp"

namespace lockstep::sim {
namespace {

std::uint32_t units_in(FailureScope scope, const NodeUnits& units) {
  switch (scope) {
    case FailureScope::device:
      return units.nodes * units.devices_of_node;
    case FailureScope::node:
      return units.nodes;
    case FailureScope::rack:
      return units.racks;
    case FailureScope::job:
      break;
  }
  return 1;
}

}  // namespace

FailureClocks::FailureClocks(std::span<const FailureCause> causes, const NodeUnits& units, std::uint64_t seed,
                             std::uint64_t replica)
    : causes_(causes), units_(units), lives_(causes.size()) {
  for (std::uint32_t cause = 0; cause < causes.size(); ++cause) {
    const std::string name = "perturbations/" + causes[cause].name + "/lifetime";
    for (std::uint32_t unit = 0; unit < units_in(causes[cause].scope, units); ++unit) {
      lives_[cause].push_back({.stream = RandomStream(seed, name, {replica, unit})});
    }
  }
}

void FailureClocks::renew(std::uint32_t cause, std::uint32_t unit, const Time& now) {
  Unit& one = lives_[cause][unit];
  const FailureCause& why = causes_[cause];
  const double begin = why.ages_idle ? now.wall.si() : now.job.si();
  const Entry entry{.time = begin + why.lifetime.sample(one.stream), .cause = cause, .unit = unit, .life = ++one.life};
  (why.ages_idle ? by_wall_ : by_job_).push(entry);
}

template <class Do>
void FailureClocks::for_units_of_node(std::uint32_t node, Do act) {
  for (std::uint32_t cause = 0; cause < causes_.size(); ++cause) {
    if (causes_[cause].scope == FailureScope::node) act(cause, node);
    if (causes_[cause].scope != FailureScope::device) continue;
    for (std::uint32_t i = 0; i < units_.devices_of_node; ++i) act(cause, node * units_.devices_of_node + i);
  }
}

void FailureClocks::renew_node(std::uint32_t node, const Time& now) {
  for_units_of_node(node, [&](std::uint32_t cause, std::uint32_t unit) { renew(cause, unit, now); });
}

void FailureClocks::stop_node(std::uint32_t node) {
  for_units_of_node(node, [&](std::uint32_t cause, std::uint32_t unit) { ++lives_[cause][unit].life; });
}

void FailureClocks::drop_outdated(Queue& queue) {
  while (!queue.empty() && queue.top().life != lives_[queue.top().cause][queue.top().unit].life) queue.pop();
}

Seconds FailureClocks::next(const Time& now, bool is_running) {
  drop_outdated(by_job_);
  drop_outdated(by_wall_);
  constexpr double never = std::numeric_limits<double>::infinity();
  const double on_wall = by_wall_.empty() ? never : by_wall_.top().time - now.wall.si();
  const double on_job = by_job_.empty() || !is_running ? never : by_job_.top().time - now.job.si();
  soonest_ = on_wall <= on_job ? &by_wall_ : &by_job_;
  return Seconds(std::max(0.0, std::min(on_wall, on_job)));
}

FailureClocks::Failure FailureClocks::take() {
  LOCKSTEP_REQUIRE(soonest_ != nullptr && !soonest_->empty());
  const Entry entry = soonest_->top();
  soonest_->pop();
  ++lives_[entry.cause][entry.unit].life;
  return {.cause = entry.cause, .unit = entry.unit};
}

}  // namespace lockstep::sim
