#pragma once

#include <memory>
#include <vector>

#include "base/json_text.hpp"
#include "sim/scenario/scenario.hpp"

namespace lockstep::sim {

// The steps of a scenario with its mitigations, and what they would have been without.
struct MitigatedRun {
  Timeline timeline;                   // of the only workload, its steps as one
  std::unique_ptr<Workload> workload;  // as it ran; where steps differ in who takes part, the last
  // The last step, where that alone is what the workload was told of.
  std::optional<JobTimeline> last_step = {};

  Seconds time_without;  // of a step
  double sequences = 0;  // that count, of a step
  double sequences_without = 0;
  Seconds decided;                          // after the start of a step; only where replicas are chosen
  std::vector<std::uint32_t> drops = {};    // of each replica: in how many steps it was left out; the same
  std::vector<std::uint32_t> microbatches;  // of each replica

  Seconds time() const { return timeline.jobs.front().step_time(); }
  // How many times as fast steps are, and how many more sequences a second count, as a share.
  double speedup() const { return time_without / time(); }
  double gain() const { return sequences / sequences_without * speedup() - 1; }
  // What its workload has to say of the run.
  const JobTimeline& told() const { return last_step ? *last_step : timeline.jobs.front(); }
};

// Requires that the scenario has mitigations. The workload that ran is watched by nobody but itself.
MitigatedRun run_mitigated(const Scenario& scenario, const RunChoice& choice = {});

Json mitigation_json(const Scenario& scenario, const MitigatedRun& run);
// The same for people: lines of name and value.
std::vector<std::pair<std::string, std::string>> summary_of(const Scenario& scenario, const MitigatedRun& run);

}  // namespace lockstep::sim
