#include "cli/check_command.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/child_tasks.hpp"
#include "base/error.hpp"
#include "cli/check_report.hpp"
#include "cli/output.hpp"
#include "cli/run_facts.hpp"
#include "cli/scenario_source.hpp"
#include "sim/isolated_simulation.hpp"
#include "sim/run_scenario.hpp"
#include "sim/symmetry/simulate_folded.hpp"
#include "studies/replica_results.hpp"
#include "studies/sampled_check.hpp"
#include "validation/cross_check.hpp"
#include "validation/pipeline_cross_check.hpp"
#include "validation/scenario_case.hpp"
#include "validation/training/persistent_step.hpp"
#include "validation/training/training_cross_check.hpp"

namespace lockstep::cli {
namespace {

// SimGrid serves one simulation a process, and many are needed.
sim::Timeline simulate_apart(const topology::Fleet& fleet, std::span<const sim::Job> jobs,
                             const sim::EngineOptions& options) {
  if (options.network == "fluid") return sim::simulate_isolated(fleet, jobs, options);
  return sim::simulate(fleet, jobs, options);
}

// As many steps at once as there are processors.
std::vector<validation::KnownStep> simulate_steps(std::span<const validation::TrainingCase> steps) {
  std::vector<ChildTask> tasks;
  tasks.reserve(steps.size());
  for (const validation::TrainingCase& step : steps) {
    tasks.emplace_back([&step] {
      const sim::Job job = validation::job_of(step);
      const sim::Timeline timeline =
          sim::simulate_folded({.fleet = *step.fleet, .jobs = {&job, 1}, .options = step.engine});
      return Json{timeline.jobs.front().end.si(), timeline.events}.dump();
    });
  }
  std::vector<validation::KnownStep> known;
  known.reserve(steps.size());
  for (const ChildAnswer& answer : run_in_children(tasks, std::max(1U, std::thread::hardware_concurrency()))) {
    const Json told = Json::parse(answer.bytes());
    known.push_back({Seconds(told[0].get<double>()), told[1].get<std::uint64_t>()});
  }
  return known;
}

// What a run gives: its results, and what its workload says of it to people.
struct RunAnswer {
  Json results;
  NamedLines lines;
};

RunAnswer run_apart(const sim::Scenario& scenario, const sim::RunChoice& choice = {}) {
  const ChildTask task = [&] {
    const sim::Timeline timeline = sim::run_scenario(scenario, nullptr, choice);
    const NamedLines lines = scenario.workloads().front()->summary(timeline.jobs.front());
    return Json{{"results", sim::results_of(scenario, timeline)}, {"lines", lines}}.dump();
  };
  Json answer = Json::parse(run_in_children(std::span(&task, 1), 1).front().bytes());
  return {.results = std::move(answer["results"]), .lines = answer["lines"].get<NamedLines>()};
}

// How an undisturbed run is checked.
struct CheckTerms {
  std::optional<validation::KnownStep> known;  // what it gave, if it has been simulated
  validation::Pricing pricing;
};

// Absent where no closed form speaks of such a scenario.
std::optional<validation::CrossCheck> cross_checked(const sim::Scenario& scenario, const Catalog& catalog,
                                                    const CheckTerms& terms, NamedLines& lines) {
  const auto time = terms.known ? std::optional(terms.known->time) : std::nullopt;
  if (const auto collective = validation::collective_case_of(scenario)) {
    if (!collective->workload.is_send()) {
      lines.emplace_back("algorithm", algorithm_text(collective->workload.request));
    }
    return validation::cross_check(*collective, simulate_apart, time);
  }
  if (const auto pipeline = validation::pipeline_case_of(scenario)) {
    return validation::cross_check(*pipeline, simulate_apart, time);
  }
  if (const auto step = validation::training_case_of(scenario, catalog)) {
    return validation::cross_check(*step, simulate_steps, terms.known, terms.pricing);
  }
  return std::nullopt;
}

validation::KnownStep step_of(const Json& results) {
  return {Seconds(results["time_s"].get<double>()), results["events"].get<std::uint64_t>()};
}

// Held against a run that nothing disturbs, and then against the disturbed one.
std::optional<validation::CrossCheck> disturbed_step(const sim::Scenario& scenario,
                                                     const validation::TrainingCase& step, validation::Pricing pricing,
                                                     Seconds simulated) {
  const auto names = scenario.perturbations().names();
  const Json healed = run_apart(scenario, {.healed = {.perturbations = {names.begin(), names.end()}}}).results;
  const validation::KnownStep undisturbed = step_of(healed);
  auto checked = validation::cross_check(step, simulate_steps, undisturbed, pricing);
  checked.disturb(simulated);
  const Json& parts = healed["breakdown_s"];
  const Seconds compute(parts["compute"].get<double>() + parts["optimizer"].get<double>());
  if (const auto slow = validation::persistent_situation(step, scenario, {undisturbed.time, compute})) {
    std::ranges::move(validation::check_stragglers(*slow, {.mean = simulated, .stddev = {}, .count = 1}),
                      std::back_inserter(checked.forms));
  }
  return checked;
}

std::optional<validation::CrossCheck> cross_checked(const sim::Scenario& scenario, const Catalog& catalog,
                                                    validation::Pricing pricing, RunAnswer& run) {
  const validation::KnownStep simulated = step_of(run.results);
  if (!validation::is_disturbed(scenario)) return cross_checked(scenario, catalog, {simulated, pricing}, run.lines);
  if (const auto step = validation::training_case_of(scenario, catalog)) {
    return disturbed_step(scenario, *step, pricing, simulated.time);
  }
  auto checked = cross_checked(scenario, catalog, {std::nullopt, pricing}, run.lines);
  if (checked) checked->disturb(simulated.time);
  return checked;
}

void append(const std::vector<std::string>& sentences, std::vector<std::string>& all) {
  all.insert(all.end(), sentences.begin(), sentences.end());
}

// The same of a scenario that is run again and again.
Json check_sample(const sim::Scenario& scenario, const ScenarioDocument& document, const Catalog& catalog,
                  CheckAnswer& answer) {
  const RunFacts facts;
  const sim::ScenarioSource source{.catalog = catalog, .file = document.file, .directory = document.directory};
  const unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  const studies::SampledCheck sampled = studies::check_sample({*document.json, source}, scenario, jobs);
  Json results = studies::results_of(sampled.runs);
  add_closed_forms(sampled.checked, results);
  const std::string what = scenario.is_campaign()              ? "a whole run"
                           : results.contains("updates_per_s") ? "an update"
                                                               : "a step";
  const NamedLines lines = {
      {"replicas", std::to_string(sampled.runs.rows.size()) + "; held against their mean, of " + what}};
  answer.text += check_text(scenario, lines, sampled.checked);
  answer.agrees = answer.agrees && sampled.checked.agrees();
  append(scenario.warnings(), answer.warnings);
  append(studies::warnings_of(sampled.runs), answer.warnings);
  append(scenario.refusals(), answer.refusals);
  return facts.added_to(std::move(results));
}

// What a check of one step says nothing of, though the scenario has it.
std::vector<std::string> left_out(const sim::Scenario& scenario) {
  std::vector<std::string> all;
  if (!scenario.campaign().causes.empty()) {
    all.emplace_back(
        "what is checked is the first step: failures are left out. With a number of \"steps\" and \"replicas\" the "
        "mean of whole runs is checked");
  }
  if (scenario.run().replicas > 1) {
    all.emplace_back(
        "what is checked is the first replica: no closed form is known of the mean of what varies between these");
  }
  return all;
}

// Adds to the answer what one scenario gives; returns its results.
Json check_scenario(const sim::Scenario& scenario, const Catalog& catalog, validation::Pricing pricing,
                    CheckAnswer& answer) {
  const RunFacts facts;
  RunAnswer run = run_apart(scenario);
  Json& results = run.results;
  if (!answer.text.empty()) answer.text += "\n";
  if (const auto checked = cross_checked(scenario, catalog, pricing, run)) {
    add_closed_forms(*checked, results);
    answer.text += check_text(scenario, run.lines, *checked);
    answer.agrees = answer.agrees && checked->agrees();
  } else {
    results["closed_forms"] = Json::array();
    answer.text += unchecked_text(scenario, results);
  }
  append(scenario.warnings(), answer.warnings);
  append(left_out(scenario), answer.warnings);
  append(scenario.refusals(), answer.refusals);
  return facts.added_to(std::move(results));
}

}  // namespace

CheckAnswer answer_check(const CheckRequest& request, const Catalog& catalog) {
  if (request.scenarios.empty()) {
    throw InputError({.problem = "there is no scenario to check", .suggestion = "lockstep run lists the bundled ones"});
  }
  // All input is read before anything is simulated.
  std::vector<ScenarioDocument> documents;
  std::vector<sim::Scenario> scenarios;
  scenarios.reserve(request.scenarios.size());
  for (const std::string& name : request.scenarios) {
    const ScenarioDocument& document = documents.emplace_back(load_document(name, request.settings));
    scenarios.push_back(sim::read_scenario(
        *document.json, {.catalog = catalog, .file = document.file, .directory = document.directory}));
    refuse_mitigations(scenarios.back(), "mitigations");
  }
  CheckAnswer answer;
  Json checks = Json::array();
  const auto pricing = request.all_prices ? validation::Pricing::always : validation::Pricing::of_short_steps;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    if (!studies::is_sampled(scenarios[i])) {
      checks.push_back(check_scenario(scenarios[i], catalog, pricing, answer));
      continue;
    }
    if (!answer.text.empty()) answer.text += "\n";
    checks.push_back(check_sample(scenarios[i], documents[i], catalog, answer));
  }
  answer.json = json_text(checks.size() == 1 ? checks.front() : Json{{"schema_version", 1}, {"checks", checks}});
  return answer;
}

}  // namespace lockstep::cli
