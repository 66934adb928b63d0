#include "sim/mitigations/mitigated_run.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/unit_text.hpp"
#include "sim/audience.hpp"
#include "sim/joined_steps.hpp"
#include "sim/mitigations/rebalance.hpp"
#include "sim/mitigations/step_simulations.hpp"
#include "sim/simulate.hpp"

namespace lockstep::sim {
namespace {

double sequences_of(const ReplicatedStep& step, std::span<const std::uint32_t> replicas) {
  const std::vector<std::uint32_t> counts = step.microbatches();
  std::uint64_t sum = 0;
  for (const std::uint32_t replica : replicas) sum += counts[replica];
  return static_cast<double>(sum * step.sequences_of_microbatch());
}

double sequences_of(const ReplicatedStep& step) {
  std::vector<std::uint32_t> all(step.microbatches().size());
  std::iota(all.begin(), all.end(), 0U);
  return sequences_of(step, all);
}

// Links carry what they carry in all steps.
void add_to(std::vector<Bytes>& sums, const std::vector<Bytes>& more) {
  sums.resize(std::max(sums.size(), more.size()));
  for (std::size_t i = 0; i < more.size(); ++i) sums[i] += more[i];
}

// One step more.
void append(const Timeline& step, Timeline& all) {
  all.jobs.push_back(step.jobs.front());
  all.end = step.end;
  all.events += step.events;
  all.simulated += step.simulated;
  all.message_bytes += step.message_bytes;
  add_to(all.link_bytes, step.link_bytes);
  all.busy.resize(step.busy.size());
  for (std::size_t i = 0; i < step.busy.size(); ++i) all.busy[i] += step.busy[i];
}

// The run of one scenario. Whatever is simulated beside the last step is simulated before it, since a process that has
// used SimGrid can have no children who do.
class Run {
 public:
  Run(const Scenario& scenario, const RunChoice& choice)
      : scenario_(scenario), simulations_(scenario), steps_(scenario.simulated_steps()) {
    conditions_ = scenario.perturbations().conditions(scenario.fleet(), scenario.seed(), choice);
  }

  MitigatedRun run() {
    Workload& stated = *scenario_.workloads().front();
    const Timeline without = simulations_.run(scenario_.jobs_of_steps(steps_), conditions_.get());
    run_.time_without = (without.end - without.jobs.front().start) / static_cast<double>(steps_);
    run_.sequences_without = sequences_of(*stated.replicated());
    const Mitigations& mitigations = scenario_.mitigations();
    Workload* workload = &stated;
    std::unique_ptr<Workload> changed;
    if (mitigations.rebalance) {
      changed = rebalanced(*mitigations.rebalance, stated, simulations_, conditions_.get());
      workload = changed.get();
    }
    run_.microbatches = workload->replicated()->microbatches();
    if (mitigations.choice != nullptr) {
      run_choosing(*mitigations.choice, *workload);
    } else {
      run_all(std::move(changed));
    }
    return std::move(run_);
  }

 private:
  void run_all(std::unique_ptr<Workload> workload) {
    run_.workload = std::move(workload);
    run_.sequences = sequences_of(*run_.workload->replicated());
    Audience audience(1);
    const Job job = run_.workload->job();
    audience.add(*run_.workload->watch(job), 0);
    run_.timeline =
        simulate(scenario_.fleet(), in_steps({&job, 1}, steps_), scenario_.engine(), &audience, conditions_.get());
    join_steps(1, run_.timeline);
  }

  // Each step twice: as far as the last gradients, by which replicas are chosen, and then that of the chosen ones.
  void run_choosing(const ReplicaChoice& rule, Workload& workload) {
    const ReplicatedStep& step = *workload.replicated();
    Job up_to_gradients = step.without_exchange();
    const std::vector<std::uint32_t> replica_of_rank = workload.replica_of_rank();
    run_.drops.resize(step.microbatches().size());
    double sequences = 0;
    for (std::uint64_t number = 0; number < steps_; ++number) {
      if (conditions_ != nullptr) conditions_->count_jobs_from(static_cast<std::uint32_t>(number));
      up_to_gradients.start = run_.timeline.end;
      const auto ready = simulations_.readiness(up_to_gradients, replica_of_rank, conditions_.get());
      const ReplicaDecision decision = rule.decide(ready);
      note(decision);
      sequences += sequences_of(step, decision.chosen);
      run_step(step.of(decision), number + 1 == steps_);
      if (conditions_ != nullptr && number + 1 < steps_) skip_draws(workload.job(), *conditions_);
    }
    join_steps(1, run_.timeline);
    run_.decided /= static_cast<double>(steps_);
    run_.sequences = sequences / static_cast<double>(steps_);
    run_.workload->replicated()->count({.time = run_.time(), .sequences = run_.sequences});
  }

  void run_step(std::unique_ptr<Workload> part, bool is_last) {
    Job job = part->job();
    job.start = run_.timeline.end;
    if (!is_last) return append(simulations_.run({&job, 1}, conditions_.get()), run_.timeline);
    Audience audience;
    audience.add(*part->watch(job), 0);
    const Timeline timeline = simulate(scenario_.fleet(), {&job, 1}, scenario_.engine(), &audience, conditions_.get());
    append(timeline, run_.timeline);
    run_.last_step = timeline.jobs.front();
    run_.workload = std::move(part);
  }

  void note(const ReplicaDecision& decision) {
    run_.decided += decision.at;
    for (std::uint32_t replica = 0; replica < run_.drops.size(); ++replica) {
      if (!std::ranges::binary_search(decision.chosen, replica)) ++run_.drops[replica];
    }
  }

  const Scenario& scenario_;
  StepSimulations simulations_;
  std::uint64_t steps_;
  std::unique_ptr<Conditions> conditions_;
  MitigatedRun run_;
};

std::string percent(double share) {
  return shortest_text(std::round(share * 1e4) / 1e2) + " %";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

double dropped_each_step(const MitigatedRun& run) {
  const auto sum = std::accumulate(run.drops.begin(), run.drops.end(), std::uint64_t{0});
  return static_cast<double>(sum) / static_cast<double>(run.timeline.jobs.front().steps());
}

}  // namespace

MitigatedRun run_mitigated(const Scenario& scenario, const RunChoice& choice) {
  return Run(scenario, choice).run();
}

Json mitigation_json(const Scenario& scenario, const MitigatedRun& run) {
  const Mitigations& mitigations = scenario.mitigations();
  Json json = {{"kinds", mitigations.kinds},
               {"time_without_s", run.time_without.si()},
               {"speedup", run.speedup()},
               {"gain", run.gain()},
               {"effective_batch", run.sequences}};
  if (mitigations.choice != nullptr) {
    json["decided_after_s"] = run.decided.si();
    json["dropped_replicas"] = dropped_each_step(run);
    json["drops_of_replicas"] = run.drops;
  }
  if (mitigations.rebalance) json["microbatches_per_replica"] = run.microbatches;
  return json;
}

std::vector<std::pair<std::string, std::string>> summary_of(const Scenario& scenario, const MitigatedRun& run) {
  const Mitigations& mitigations = scenario.mitigations();
  std::vector<std::pair<std::string, std::string>> lines = {
      {"mitigation", joined(mitigations.kinds) + ": " + to_text(run.time_without) + " without, " + percent(run.gain()) +
                         " more sequences a second"}};
  if (mitigations.choice != nullptr) {
    lines.emplace_back("gradients taken", "of " + shortest_text(run.sequences) + " sequences a step, " +
                                              shortest_text(dropped_each_step(run)) + " of " +
                                              counted(run.drops.size(), "replica") + " left out, decided after " +
                                              to_text(run.decided));
  }
  if (mitigations.rebalance) {
    const auto [least, most] = std::ranges::minmax(run.microbatches);
    lines.emplace_back("microbatches", "from " + std::to_string(least) + " to " + std::to_string(most) + " a replica");
  }
  return lines;
}

}  // namespace lockstep::sim
