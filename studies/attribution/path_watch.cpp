#include "studies/attribution/path_watch.hpp"

#include <algorithm>

namespace lockstep::studies {

using sim::PathStep;
using sim::PathWhat;
using topology::ChannelId;
using topology::VertexId;

namespace {

bool is_computing(const PathStep& step) {
  return step.what == PathWhat::queueing ||
         (step.what == PathWhat::operation && step.kind == workloads::OpKind::compute);
}

// Where routes are spread over several ways, a message takes that of its tag.
topology::FlowLabel flow_of(const sim::MessageSpan& span, workloads::Op& op) {
  op.clear();
  span.from.program->fetch(span.from.member, span.from.stream, span.from.position, op);
  for (const workloads::Send& send : op.sends) {
    if (send.peer == span.to.member) return send.tag;
  }
  return 0;
}

bool is_communicating(const PathStep& step) {
  return step.what == PathWhat::message || (step.what == PathWhat::operation && !is_computing(step));
}

}  // namespace

PathWatch::PathWatch(const sim::Scenario& scenario, const Suspects& suspects)
    : fleet_(&scenario.fleet()),
      jobs_(scenario.jobs_of_steps(scenario.simulated_steps())),
      paths_(scenario.workloads().size()),
      watched_(suspects.channels().begin(), suspects.channels().end()) {}

void PathWatch::job_begun(std::uint32_t job, Seconds now) {
  WorkloadPath& path = path_of(job);
  if (path.current != nullptr) {
    const std::vector<PathStep> steps = path.current->path();
    path.before.insert(path.before.end(), steps.begin(), steps.end());
  }
  jobs_[job].start = now;
  path.job = job;
  path.current = std::make_unique<sim::CriticalPath>(jobs_[job]);
}

void PathWatch::op_begun(const sim::OpSpan& span) {
  if (span.place.depth == 0) path_of(span.place.job).current->op_begun(span);
}

void PathWatch::op_done(const sim::OpSpan& span) {
  if (span.place.depth > 0) return;
  path_of(span.place.job).current->op_done(span);
  last_ = span.place.job % paths_.size();
}

void PathWatch::message_begun(std::uint32_t message, const sim::OpPlace& from, const sim::OpPlace& cause) {
  if (from.depth == 0) path_of(from.job).current->message_begun(message, from, cause);
}

void PathWatch::message_done(const sim::MessageSpan& span) {
  WorkloadPath& path = path_of(span.from.job);
  if (span.from.depth == 0) path.current->message_done(span);
  if (watched_.empty() || span.from.vertex == span.to.vertex) return;
  route_.clear();
  fleet_->append_route(span.from.vertex, span.to.vertex, flow_of(span, op_), route_);
  for (const topology::LinkId link : route_) {
    const ChannelId channel = fleet_->link(link).channel;
    if (!watched_.contains(channel)) continue;
    // Messages come in the order of their ends: what reaches back over others is one with them.
    std::vector<Interval>& use = path.use[channel];
    Interval latest{span.start, span.end};
    while (!use.empty() && use.back().second >= latest.first) {
      latest.first = std::min(latest.first, use.back().first);
      use.pop_back();
    }
    use.push_back(latest);
  }
}

std::vector<PathStep> PathWatch::last_path() const {
  const WorkloadPath& path = paths_[last_];
  std::vector<PathStep> steps = path.before;
  if (path.current == nullptr) return steps;
  const std::vector<PathStep> last = path.current->path();
  steps.insert(steps.end(), last.begin(), last.end());
  return steps;
}

// In order, none touching another.
std::vector<PathWatch::Interval> PathWatch::use_of(const std::vector<ChannelId>& channels) const {
  std::vector<Interval> all;
  for (const ChannelId channel : channels) {
    const auto found = paths_[last_].use.find(channel);
    if (found != paths_[last_].use.end()) all.insert(all.end(), found->second.begin(), found->second.end());
  }
  std::sort(all.begin(), all.end());
  std::vector<Interval> joined;
  for (const Interval& one : all) {
    if (joined.empty() || joined.back().second < one.first) {
      joined.push_back(one);
    } else {
      joined.back().second = std::max(joined.back().second, one.second);
    }
  }
  return joined;
}

Seconds PathWatch::time_on(const Suspect& suspect) const {
  const std::vector<Interval> use = use_of(suspect.channels);
  const std::vector<VertexId>& placement = jobs_[paths_[last_].job].placement;
  Seconds time;
  for (const PathStep& step : last_path()) {
    if (is_computing(step) && step.rank.value() < placement.size()) {
      const VertexId device = placement[step.rank.value()];
      if (std::binary_search(suspect.devices.begin(), suspect.devices.end(), device)) time += step.end - step.start;
    }
    if (!is_communicating(step)) continue;
    auto overlap = std::lower_bound(use.begin(), use.end(), step.start,
                                    [](const Interval& one, Seconds start) { return one.second <= start; });
    for (; overlap != use.end() && overlap->first < step.end; ++overlap) {
      time += std::min(overlap->second, step.end) - std::max(overlap->first, step.start);
    }
  }
  return time;
}

}  // namespace lockstep::studies
