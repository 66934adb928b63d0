#include "cli/check_command.hpp"

#include <nlohmann/json.hpp>

#include "base/child_tasks.hpp"
#include "base/error.hpp"
#include "cli/check_report.hpp"
#include "cli/output.hpp"
#include "cli/run_facts.hpp"
#include "cli/scenario_source.hpp"
#include "sim/isolated_simulation.hpp"
#include "sim/run_scenario.hpp"
#include "validation/scenario_case.hpp"

namespace lockstep::cli {
namespace {

// SimGrid serves one simulation a process, and many are needed.
sim::Timeline simulate_apart(const topology::Fleet& fleet, std::span<const sim::Job> jobs,
                             const sim::EngineOptions& options) {
  if (options.network == "fluid") return sim::simulate_isolated(fleet, jobs, options);
  return sim::simulate(fleet, jobs, options);
}

Json run_apart(const sim::Scenario& scenario) {
  const ChildTask task = [&] { return sim::results_of(scenario, sim::run_scenario(scenario)).dump(); };
  return Json::parse(run_in_children(std::span(&task, 1), 1).front().bytes());
}

// Adds to the answer what one scenario gives; returns its results.
Json check_scenario(const sim::Scenario& scenario, CheckAnswer& answer) {
  const RunFacts facts;
  Json results = run_apart(scenario);
  if (!answer.text.empty()) answer.text += "\n";
  if (const auto subject = validation::collective_case_of(scenario)) {
    const Seconds simulated(results["time_s"].get<double>());
    const validation::CrossCheck checked = validation::cross_check(*subject, simulate_apart, simulated);
    add_closed_forms(checked, results);
    answer.text += check_text(scenario, *subject, checked);
    answer.agrees = answer.agrees && checked.agrees();
  } else {
    results["closed_forms"] = Json::array();
    answer.text += unchecked_text(scenario, results);
  }
  const auto warnings = scenario.fleet().warnings();
  answer.warnings.insert(answer.warnings.end(), warnings.begin(), warnings.end());
  return facts.added_to(std::move(results));
}

}  // namespace

CheckAnswer answer_check(const CheckRequest& request, const Catalog& catalog) {
  if (request.scenarios.empty()) {
    throw InputError({.problem = "there is no scenario to check", .suggestion = "lockstep run lists the bundled ones"});
  }
  // All input is read before anything is simulated.
  std::vector<sim::Scenario> scenarios;
  for (const std::string& name : request.scenarios) {
    scenarios.push_back(load_scenario(name, request.settings, catalog));
  }
  CheckAnswer answer;
  Json checks = Json::array();
  for (const sim::Scenario& scenario : scenarios) checks.push_back(check_scenario(scenario, answer));
  answer.json = json_text(checks.size() == 1 ? checks.front() : Json{{"schema_version", 1}, {"checks", checks}});
  return answer;
}

}  // namespace lockstep::cli
