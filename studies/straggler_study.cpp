#include "studies/straggler_study.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "studies/straggler_methods.hpp"
#include "studies/summary_json.hpp"

namespace lockstep::studies {
namespace {

// Beside whatever disturbs the scenario anyway; drawn anew in each replica.
Json with_stragglers(Json document, double fraction, double factor) {
  if (!document.contains("perturbations")) document["perturbations"] = Json::array();
  if (fraction > 0) {
    document["perturbations"].push_back(
        {{"kind", "slow_devices"}, {"name", stragglers_name}, {"fraction", fraction}, {"factor", factor}});
  }
  return document;
}

class Sweep {
 public:
  Sweep(const ScenarioText& scenario, const StragglerSweep& sweep) : scenario_(scenario), sweep_(sweep) {}

  // Throws InputError where it cannot be run like this.
  void read(const MethodVariant& method, double fraction) const {
    const Json document = method.document(with_stragglers(scenario_.document, fraction, 2), fraction);
    sim::read_scenario(document, scenario_.source);
  }

  // Samples a second of a job that is run like this.
  Summary measure(const MethodVariant& method, double fraction, double factor) const {
    // A share of what has several devices is slow as soon as one of them is.
    const double of_units = 1 - std::pow(1 - fraction, method.devices_each);
    const Json document = method.document(with_stragglers(scenario_.document, of_units, factor), fraction);
    ReplicaPlan plan;
    plan.replicas = fraction > 0 ? sweep_.replicas : 1;
    plan.jobs = sweep_.jobs;
    const std::vector<double> sample = run_replicas({document, scenario_.source}, plan).sample(headline_of(document));
    if (sample.empty()) throw InputError({.problem = "it gets through no samples at all"});
    return summary_of(sample);
  }

 private:
  static std::string headline_of(const Json& document) {
    return samples_headline(document["workload"]["kind"].get<std::string>());
  }

  ScenarioText scenario_;
  StragglerSweep sweep_;
};

void check_workload(const sim::Scenario& read) {
  if (read.is_campaign()) {
    throw InputError({.where = "run",
                      .problem = "this study is about single steps, and the scenario about a run with failures, "
                                 "checkpoints or thousands of steps",
                      .suggestion = "take \"failures\" out of its perturbations, and \"duration\" out of its run"});
  }
  const bool has_one = read.workloads().size() == 1;
  const std::string kind = has_one ? read.as_run()["workload"]["kind"].get<std::string>() : "several workloads";
  if (has_one && !samples_headline(kind).empty()) return;
  throw InputError({.where = "workload.kind",
                    .problem = "this study compares samples a second, which '" + kind + "' does not have",
                    .suggestion = "study a workload of kind training or updates"});
}

std::string percent(double share) {
  return shortest_text(std::round(share * 1e3) / 10) + " %";
}

}  // namespace

StragglerStudy study_stragglers(const ScenarioText& scenario, const StragglerSweep& sweep) {
  const sim::Scenario read = sim::read_scenario(scenario.document, scenario.source);
  check_workload(read);
  const Sweep measured(scenario, sweep);
  StragglerStudy study;
  study.devices = static_cast<std::uint32_t>(read.fleet().device_count());
  std::vector<MethodVariant> possible;
  for (const MethodVariant& method : methods_for(scenario, read)) {
    StragglerMethod told{.name = method.name, .meaning = method.meaning};
    try {
      told.undisturbed = measured.measure(method, 0, 1);
      // What it does about stragglers may be what cannot be.
      for (const double fraction : sweep.fractions) measured.read(method, fraction);
      possible.push_back(method);
    } catch (const InputError& error) {
      told.refusal = error.what();
    }
    study.methods.push_back(std::move(told));
  }
  for (const double fraction : sweep.fractions) {
    for (const double factor : sweep.factors) {
      StragglerCell cell{.fraction = fraction, .factor = factor};
      cell.slow_devices = static_cast<std::uint32_t>(std::llround(fraction * study.devices));
      for (const MethodVariant& method : possible) {
        cell.samples_per_s.push_back(measured.measure(method, fraction, factor));
      }
      study.cells.push_back(std::move(cell));
    }
  }
  return study;
}

std::string answer_of(const StragglerStudy& study, const StragglerCell& cell) {
  std::string text = "In a fleet with " + percent(cell.fraction) + " stragglers, " + shortest_text(cell.factor) +
                     " times as slow, synchronous training keeps " +
                     percent(cell.samples_per_s.front().mean / study.methods.front().undisturbed.mean) +
                     " of its samples a second";
  std::size_t at = 0;
  for (const StragglerMethod& method : study.methods) {
    if (!method.refusal.empty()) continue;
    const Summary& own = cell.samples_per_s[at++];
    if (at == 1) continue;
    text += "; " + method.name + " " + percent(own.mean / method.undisturbed.mean) + " of its own, " +
            shortest_text(std::round(own.mean / cell.samples_per_s.front().mean * 1000) / 1000) + " times as many";
  }
  return text + ".";
}

Json as_json(const StragglerStudy& study) {
  Json methods = Json::array();
  for (const StragglerMethod& method : study.methods) {
    Json one = {{"name", method.name}, {"meaning", method.meaning}};
    if (method.refusal.empty()) {
      one["undisturbed_samples_per_s"] = mean_json(method.undisturbed);
    } else {
      one["refusal"] = method.refusal;
    }
    methods.push_back(std::move(one));
  }
  Json cells = Json::array();
  for (const StragglerCell& cell : study.cells) {
    Json own = Json::object();
    std::size_t at = 0;
    for (const StragglerMethod& method : study.methods) {
      if (!method.refusal.empty()) continue;
      const Summary& summary = cell.samples_per_s[at++];
      own[method.name] = mean_json(summary);
      own[method.name]["of_undisturbed"] = summary.mean / method.undisturbed.mean;
      own[method.name]["of_sync"] = summary.mean / cell.samples_per_s.front().mean;
    }
    cells.push_back({{"fraction", cell.fraction},
                     {"factor", cell.factor},
                     {"slow_devices", cell.slow_devices},
                     {"samples_per_s", std::move(own)}});
  }
  return {{"devices", study.devices}, {"methods", std::move(methods)}, {"cells", std::move(cells)}};
}

}  // namespace lockstep::studies
