#include "studies/sampled_check.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "sim/campaign/scenario_campaign.hpp"
#include "studies/statistics.hpp"
#include "validation/statistics/campaign_situation.hpp"
#include "validation/statistics/straggler_situation.hpp"

namespace lockstep::studies {
namespace {

using validation::FormCheck;
using validation::SampledMean;
using validation::StragglerSituation;
using validation::WaitingProtocol;

SampledMean mean_of(const std::vector<double>& sample) {
  const Summary summary = summary_of(sample);
  return {.mean = Seconds(summary.mean), .stddev = Seconds(summary.stddev.value_or(0)), .count = summary.count};
}

std::string kind_of(const sim::Scenario& scenario) {
  return scenario.workloads().size() == 1 ? scenario.as_run()["workload"]["kind"].get<std::string>() : "";
}

// The whole run, as R02 and R04 reckon it.
std::vector<FormCheck> check_campaign(const sim::Scenario& scenario, const ReplicaRuns& runs, const SampledMean& mean) {
  const Json& campaign = (*runs.first)["campaign"];
  validation::CampaignFigures figures{.steps = static_cast<double>(scenario.run().steps),
                                      .step = Seconds(campaign["undisturbed_step_s"].get<double>()),
                                      .write = Seconds(campaign["checkpoints"]["write_s"].get<double>()),
                                      .load = Seconds(campaign["checkpoints"]["load_s"].get<double>()),
                                      .interval = Seconds(campaign["checkpoints"]["mean_interval_s"].get<double>())};
  const auto& rule = scenario.campaign().checkpoint;
  if (rule && rule->interval == sim::IntervalRule::stated) figures.interval = rule->stated;
  if (!scenario.perturbations().empty()) figures.varying_steps = "perturbations change how long steps take";
  return check_reliability(campaign_situation(scenario.campaign(), ground_of(scenario), figures), mean);
}

// How protocols of updates wait, by their names in scenarios.
struct NamedProtocol {
  const char* name;
  WaitingProtocol protocol;
};
constexpr std::array protocols = {NamedProtocol{"sync", WaitingProtocol::sync},
                                  NamedProtocol{"local_sgd", WaitingProtocol::sync},
                                  NamedProtocol{"k_sync", WaitingProtocol::k_sync},
                                  NamedProtocol{"backup", WaitingProtocol::k_sync},
                                  NamedProtocol{"k_batch_sync", WaitingProtocol::k_batch_sync},
                                  NamedProtocol{"k_async", WaitingProtocol::k_async},
                                  NamedProtocol{"k_batch_async", WaitingProtocol::k_batch_async},
                                  NamedProtocol{"async", WaitingProtocol::async}};

std::string law_of(const Json& stated) {
  return stated.is_object() ? stated["distribution"].get<std::string>() : "constant";
}

std::vector<FormCheck> check_updates(const sim::Scenario& scenario, const SampledMean& mean) {
  const Json& workload = scenario.as_run()["workload"];
  const auto name = workload["protocol"].get<std::string>();
  const auto known =
      std::find_if(protocols.begin(), protocols.end(), [&](const auto& one) { return one.name == name; });
  if (known == protocols.end()) return {};
  const auto workers = workload["workers"].get<std::uint32_t>();
  StragglerSituation at{.rank = {.k = workers, .n = workers}, .protocol = known->protocol, .compute = Seconds(1)};
  if (workload.contains("k")) at.rank.k = workload["k"].get<std::uint32_t>();
  if (workload.contains("backups")) at.rank.k = workers - workload["backups"].get<std::uint32_t>();
  // The factor of one second is the time itself.
  at.factor = read_distribution(JsonFields(workload, "", "workload"), "compute", Dimension::time);
  at.law = law_of(workload["compute"]);
  if (name == "local_sgd") at.local_steps = at.draws_per_update = workload["period"].get<std::uint64_t>();
  at.compute = static_cast<double>(at.local_steps) * at.compute;
  at.updates = workload["updates"].get<std::uint64_t>();
  if (workload.contains("warm_up") && workload["warm_up"].get<std::uint64_t>() > 0) at.updates.reset();
  const JsonFields fields(workload, "", "workload");
  const Bytes payload = fields.value_or("payload", Bytes(0));
  if (payload > Bytes(0)) at.overlapping_exchange = "gradients of " + to_text(payload) + " take their time on the way";
  if (!scenario.perturbations().empty()) at.other_perturbations = "devices or links are disturbed";
  return check_stragglers(at, mean);
}

// The one perturbation that forms speak of: every device has a factor of its own.
const Json* jitter_of(const sim::Scenario& scenario) {
  const Json& as_run = scenario.as_run();
  if (!as_run.contains("perturbations")) return nullptr;
  const Json* jitter = nullptr;
  for (const Json& one : as_run["perturbations"]) {
    if (one["kind"] != "compute_jitter") continue;
    if (jitter != nullptr) return nullptr;
    jitter = &one;
  }
  return jitter;
}

bool is_data_parallel(const Json& workload) {
  const Json& plan = workload["parallel"];
  const auto is_one = [&](const char* degree) { return plan.value(degree, 1) == 1; };
  return plan.value("data", 1) > 1 && is_one("tensor") && is_one("pipeline") && is_one("context") && is_one("expert");
}

// Computations of the first rank in a step.
std::uint64_t computations(const workloads::StepProgram& program) {
  std::uint64_t count = 0;
  workloads::Op op;
  const workloads::RankId rank(0);
  for (std::uint32_t stream = 0; stream < program.stream_count(rank); ++stream) {
    for (std::uint64_t at = 0; at < program.length(rank, workloads::StreamId(stream)); ++at) {
      op.clear();
      program.fetch(rank, workloads::StreamId(stream), at, op);
      if (op.kind == workloads::OpKind::compute) ++count;
    }
  }
  return count;
}

std::vector<FormCheck> check_step(const ScenarioText& text, const sim::Scenario& scenario, const SampledMean& mean) {
  const Json& jitter = *jitter_of(scenario);
  ReplicaPlan once;
  for (const std::string& name : scenario.perturbations().names()) once.healed.perturbations.insert(name);
  const Json undisturbed = *run_replicas(text, once).first;
  const Json& parts = undisturbed["breakdown_s"];
  const double computed = parts["compute"].get<double>() + parts["optimizer"].get<double>();
  const auto workers = scenario.as_run()["workload"]["parallel"]["data"].get<std::uint32_t>();
  const JsonFields fields(jitter, "", "perturbations");
  StragglerSituation at{.rank = {.k = workers, .n = workers}, .compute = Seconds(computed)};
  at.exchange = Seconds(undisturbed["time_s"].get<double>() - computed);
  at.factor = read_distribution(fields, "factor", Dimension::factor);
  at.law = law_of(jitter["factor"]);
  if (jitter.value("each", "operation") == "device") at.each = validation::DrawnEach::run;
  at.correlation = jitter.value("correlation", 0.0);
  at.draws_per_update = computations(*scenario.workloads().front()->job().program);
  if (scenario.as_run()["workload"]["overlap"].value("gradients", true)) {
    at.overlapping_exchange = "gradients are exchanged while others are computed";
  }
  for (const char* target : {"devices", "nodes", "racks", "fraction"}) {
    if (jitter.contains(target)) at.unequal_workers = "only some of the devices vary";
  }
  if (scenario.as_run()["perturbations"].size() > 1) at.other_perturbations = "there are other perturbations";
  return check_stragglers(at, mean);
}

}  // namespace

bool is_sampled(const sim::Scenario& scenario) {
  if (scenario.run().replicas < 2 || scenario.workloads().size() != 1) return false;
  if (scenario.is_campaign()) return !scenario.run().duration && !scenario.campaign().causes.empty();
  const std::string kind = kind_of(scenario);
  if (kind == "updates") return true;
  return kind == "training" && jitter_of(scenario) != nullptr && is_data_parallel(scenario.as_run()["workload"]);
}

SampledCheck check_sample(const ScenarioText& text, const sim::Scenario& scenario, unsigned jobs) {
  SampledCheck answer{.runs = run_replicas(text, plan_of(scenario, jobs)), .checked = {}};
  std::vector<double> sample;
  if (scenario.is_campaign()) {
    sample = answer.runs.sample("campaign.total_s");
  } else if (kind_of(scenario) == "updates") {
    for (const double rate : answer.runs.sample("updates_per_s")) sample.push_back(1 / rate);
  } else {
    sample = answer.runs.sample("time_s");
  }
  if (sample.empty()) throw SimulationError("no replica has come to its end");
  const SampledMean mean = mean_of(sample);
  answer.checked.simulated = mean.mean;
  if (scenario.is_campaign()) {
    answer.checked.forms = check_campaign(scenario, answer.runs, mean);
  } else if (kind_of(scenario) == "updates") {
    answer.checked.forms = check_updates(scenario, mean);
  } else {
    answer.checked.forms = check_step(text, scenario, mean);
  }
  return answer;
}

}  // namespace lockstep::studies
