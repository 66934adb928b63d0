#include "studies/attribution/what_ifs.hpp"

#include <cstring>

#include "base/child_tasks.hpp"
#include "sim/engines/flow_sharing.hpp"
#include "sim/symmetry/simulate_folded.hpp"

namespace lockstep::studies {
namespace {

// Equal for what-ifs that heal the same; empty where it is not worth knowing.
std::string key_of(const WhatIf& what_if) {
  if (what_if.retimed) return "";
  std::string key = "healed:";
  for (const std::string& name : what_if.healed.perturbations) key += name + '\n';
  for (const topology::VertexId device : what_if.healed.devices) key += " d" + std::to_string(device.value());
  for (const topology::ChannelId channel : what_if.healed.channels) key += " c" + std::to_string(channel.value());
  return key;
}

std::string bytes_of(Seconds time) {
  const double seconds = time.si();
  return {reinterpret_cast<const char*>(&seconds), sizeof seconds};
}

Seconds time_of(const std::string& bytes) {
  double seconds = 0;
  std::memcpy(&seconds, bytes.data(), sizeof seconds);
  return Seconds(seconds);
}

}  // namespace

WhatIfs::WhatIfs(const sim::Scenario& scenario, unsigned at_once) : scenario_(&scenario), at_once_(at_once) {
  if (scenario.engine().network == "fluid") sim::preload_flow_sharing();
}

std::vector<Seconds> WhatIfs::step_times(std::span<const WhatIf> what_ifs) {
  std::map<std::string, std::size_t> task_of;
  std::vector<ChildTask> tasks;
  std::vector<std::size_t> own_task(what_ifs.size());
  for (std::size_t i = 0; i < what_ifs.size(); ++i) {
    const std::string key = key_of(what_ifs[i]);
    if (known_.contains(key)) continue;
    const auto [entry, is_new] = task_of.try_emplace(key.empty() ? std::to_string(i) : key, tasks.size());
    own_task[i] = entry->second;
    if (!is_new) continue;
    tasks.emplace_back([this, &what_if = what_ifs[i]] { return bytes_of(simulate_what_if(*scenario_, what_if)); });
  }
  const std::vector<ChildAnswer> answers = run_in_children(tasks, at_once_);
  simulated_ += tasks.size();
  std::vector<Seconds> times;
  for (std::size_t i = 0; i < what_ifs.size(); ++i) {
    const std::string key = key_of(what_ifs[i]);
    const auto known = known_.find(key);
    times.push_back(known != known_.end() ? known->second : time_of(answers[own_task[i]].bytes()));
  }
  // Not before: what is known now was not when tasks were numbered.
  for (std::size_t i = 0; i < what_ifs.size(); ++i) {
    const std::string key = key_of(what_ifs[i]);
    if (!key.empty()) known_.emplace(key, times[i]);
  }
  return times;
}

Seconds simulate_what_if(const sim::Scenario& scenario, const WhatIf& what_if, sim::Observer* observer) {
  std::vector<sim::Job> jobs = scenario.jobs_of_steps(scenario.simulated_steps());
  sim::RunChoice choice{.healed = what_if.healed};
  if (what_if.retimed) {
    what_if.retimed->apply_to(jobs);
    // What devices made of the computations is part of the times that they are given.
    const auto devices = scenario.fleet().devices();
    choice.healed.devices.assign(devices.begin(), devices.end());
  }
  const auto conditions = scenario.perturbations().conditions(scenario.fleet(), scenario.seed(), choice);
  const sim::Timeline timeline = sim::simulate_folded(
      {.fleet = scenario.fleet(), .jobs = jobs, .options = scenario.engine(), .conditions = conditions.get()},
      {.listener = [observer](std::span<const sim::Job>) { return observer; }, .to_every_rank = observer != nullptr});
  return timeline.end / static_cast<double>(scenario.simulated_steps());
}

}  // namespace lockstep::studies
