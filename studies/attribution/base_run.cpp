#include "studies/attribution/base_run.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/child_tasks.hpp"
#include "sim/audience.hpp"
#include "studies/attribution/path_watch.hpp"

namespace lockstep::studies {
namespace {

// In the child. CBOR, since there may be a number for each computation.
std::string watched(const sim::Scenario& scenario, const Suspects& suspects) {
  PathWatch path(scenario, suspects);
  ComputeTimesWatch times;
  sim::Audience audience;
  audience.add(path);
  audience.add(times);
  const Seconds step_time = simulate_what_if(scenario, {}, &audience);
  Json on_path = Json::array();
  for (const Suspect& suspect : suspects.all()) {
    on_path.push_back((path.time_on(suspect) / static_cast<double>(scenario.simulated_steps())).si());
  }
  std::string bytes;
  Json::to_cbor({{"step_time", step_time.si()}, {"on_path", std::move(on_path)}, {"times", times.take()}}, bytes);
  return bytes;
}

}  // namespace

BaseRun watch_base_run(const sim::Scenario& scenario, const Suspects& suspects) {
  const ChildTask task = [&] { return watched(scenario, suspects); };
  const Json told = Json::from_cbor(run_in_children({&task, 1}, 1).front().bytes());
  BaseRun run{.step_time = Seconds(told["step_time"].get<double>()), .on_path = {}, .recorded = nullptr};
  for (const Json& seconds : told["on_path"]) run.on_path.emplace_back(seconds.get<double>());
  run.recorded = std::make_shared<const RecordedWork>(scenario.jobs_of_steps(scenario.simulated_steps()),
                                                      scenario.workloads().size(), told["times"].get<ComputeTimes>());
  return run;
}

}  // namespace lockstep::studies
