#include "studies/straggler_methods.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"

namespace lockstep::studies {
namespace {

using Document = std::function<Json(const Json& document, double fraction)>;

Json as_it_is(const Json& document, double) {
  return document;
}

Document with_protocol(const std::string& protocol, const std::function<Json(double fraction)>& settings) {
  return [protocol, settings](const Json& document, double fraction) {
    Json changed = document;
    Json& workload = changed["workload"];
    for (const char* key : {"k", "backups", "staleness", "period", "timeout"}) workload.erase(key);
    workload["protocol"] = protocol;
    workload.update(settings(fraction));
    return changed;
  };
}

std::uint32_t at_least_one(double count) {
  return static_cast<std::uint32_t>(std::max(1.0, std::ceil(count - 1e-9)));
}

std::vector<MethodVariant> protocols_for(const Json& workload) {
  const auto workers = workload["workers"].get<double>();
  const auto nothing = [](double) { return Json::object(); };
  const auto backups = [workers](double fraction) {
    return Json{{"backups", std::min(at_least_one(fraction * workers), static_cast<std::uint32_t>(workers) - 1)}};
  };
  std::vector<MethodVariant> methods = {
      {.name = "sync", .meaning = "every update waits for all workers", .document = with_protocol("sync", nothing)}};
  if (workers > 1) {
    methods.push_back({.name = "backup",
                       .meaning = "as many workers as are slow are spare: an update takes the first of the others",
                       .document = with_protocol("backup", backups)});
  }
  methods.push_back({.name = "ssp",
                     .meaning = "workers are at most 4 gradients ahead of the slowest",
                     .document = with_protocol("ssp", [](double) {
                       return Json{{"staleness", 4}};
                     })});
  methods.push_back({.name = "local SGD",
                     .meaning = "8 local steps between updates that wait for all",
                     .document = with_protocol("local_sgd", [](double) {
                       return Json{{"period", 8}};
                     })});
  methods.push_back({.name = "async", .meaning = "nobody waits", .document = with_protocol("async", nothing)});
  return methods;
}

// The first replica alone, which has nobody to exchange gradients with.
Json one_replica(const sim::Scenario& read) {
  Json document = read.as_run();
  Json& workload = document["workload"];
  const auto replicas = workload["parallel"]["data"].get<std::uint32_t>();
  const sim::Job job = read.workloads().front()->job();
  workload["parallel"]["data"] = 1;
  workload["global_batch"] = workload["global_batch"].get<std::uint64_t>() / replicas;
  workload["devices"] = Json::array();
  const std::vector<std::uint32_t> replica = read.workloads().front()->replica_of_rank();
  for (std::size_t rank = 0; rank < replica.size(); ++rank) {
    if (replica[rank] == 0) workload["devices"].push_back(read.fleet().vertex(job.placement[rank]).name);
  }
  document["engine"]["memory"] = "report";
  document.erase("perturbations");
  return document;
}

// Workers that are replicas of the job, each with the time that one takes alone.
Json as_updates(const Json& document, const sim::Scenario& read, double step) {
  // What else disturbs the job is about devices and links that workers do not have.
  Json perturbations = Json::array();
  for (const Json& one : document["perturbations"]) {
    if (one.value("name", "") == stragglers_name) perturbations.push_back(one);
  }
  const Json& workload = read.as_run()["workload"];
  const auto workers = workload["parallel"]["data"].get<std::uint32_t>();
  return {{"workload",
           {{"kind", "updates"},
            {"protocol", "async"},
            {"workers", workers},
            {"compute", to_exact_text(Seconds(step))},
            {"samples", workload["global_batch"].get<double>() / workers},
            {"warm_up", 20 * workers},
            {"updates", 220 * workers}}},
          {"perturbations", perturbations},
          {"engine", {{"network", "contention_free"}}},
          {"run", {{"seed", read.seed()}}}};
}

// With the time that one replica takes alone, where it can be alone: experts may need the others.
Document asynchronously(const ScenarioText& scenario, const sim::Scenario& read) {
  try {
    const Json alone = one_replica(read);
    const double step = run_replicas({alone, scenario.source}, {.jobs = 1}).sample("time_s").front();
    return [&read, step](const Json& document, double) { return as_updates(document, read, step); };
  } catch (const InputError& error) {
    return [text = error.text()](const Json&, double) -> Json { throw InputError(text); };
  }
}

std::vector<MethodVariant> methods_for_training(const ScenarioText& scenario, const sim::Scenario& read) {
  const Json& plan = read.as_run()["workload"]["parallel"];
  const auto replicas = plan["data"].get<std::uint32_t>();
  std::vector<MethodVariant> methods = {
      {.name = "sync", .meaning = "every step waits for all replicas", .document = as_it_is}};
  if (replicas < 2) return methods;
  const auto with = [](const std::function<Json(double fraction)>& mitigation) -> Document {
    return [mitigation](const Json& document, double fraction) {
      Json changed = document;
      changed["mitigations"] = Json::array({mitigation(fraction)});
      return changed;
    };
  };
  const double all_devices = static_cast<double>(read.workloads().front()->job().placement.size());
  methods.push_back(
      {.name = "drop slowest",
       .meaning = "steps do without as many replicas as devices are slow, and have smaller batches",
       .document = with([replicas, all_devices](double fraction) {
         return Json{{"kind", "drop_slowest"}, {"count", std::min(at_least_one(fraction * all_devices), replicas - 1)}};
       })});
  methods.push_back({.name = "rebalance",
                     .meaning = "slow replicas have fewer microbatches, fast ones more",
                     .document = with([](double) {
                       return Json{{"kind", "rebalance"}};
                     })});
  const double devices = all_devices / replicas;
  methods.push_back(
      {.name = "async",
       .meaning = "replicas send their gradients to a parameter server that is reached for free, and " +
                  std::string("wait for nobody; one is slow where any of its devices is, and nothing else disturbs it"),
       .document = asynchronously(scenario, read),
       .devices_each = devices});
  return methods;
}

}  // namespace

std::string samples_headline(const std::string& kind) {
  if (kind == "updates") return "samples_per_s";
  return kind == "training" ? "throughput.sequences_per_s" : "";
}

std::vector<MethodVariant> methods_for(const ScenarioText& scenario, const sim::Scenario& read) {
  const Json& workload = read.as_run()["workload"];
  return workload["kind"] == "updates" ? protocols_for(workload) : methods_for_training(scenario, read);
}

}  // namespace lockstep::studies
