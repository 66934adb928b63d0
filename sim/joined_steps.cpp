#include "sim/joined_steps.hpp"

#include <algorithm>

namespace lockstep::sim {

void join_steps(std::size_t workloads, Timeline& timeline) {
  if (timeline.jobs.size() == workloads) return;
  std::vector<JobTimeline> joined(timeline.jobs.begin(),
                                  timeline.jobs.begin() + static_cast<std::ptrdiff_t>(workloads));
  for (std::size_t number = 0; number < timeline.jobs.size(); ++number) {
    JobTimeline& step = timeline.jobs[number];
    JobTimeline& all = joined[number % workloads];
    all.end = step.end;
    all.step_ends.push_back(step.end);
    if (number < workloads) continue;
    all.rank_end = std::move(step.rank_end);
    all.bytes_of_phase.resize(std::max(all.bytes_of_phase.size(), step.bytes_of_phase.size()));
    for (std::size_t i = 0; i < step.bytes_of_phase.size(); ++i) all.bytes_of_phase[i] += step.bytes_of_phase[i];
  }
  timeline.jobs = std::move(joined);
}

}  // namespace lockstep::sim
