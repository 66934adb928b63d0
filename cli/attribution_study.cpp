#include "cli/attribution_study.hpp"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "cli/attribution_report.hpp"
#include "cli/output.hpp"
#include "cli/scenario_source.hpp"
#include "studies/attribution/attribution_json.hpp"

namespace lockstep::cli {

namespace {

// What is said before simulations that take more than a few seconds together.
std::function<void(std::size_t, Seconds)> patience_of(const StudyRequest& request) {
  return [&request](std::size_t simulations, Seconds each) {
    constexpr Seconds worth_saying(5);
    const Seconds all = each * (static_cast<double>(simulations) / request.jobs);
    if (!request.say || all < worth_saying) return;
    request.say(fmt::format("up to {} simulations of about {:.2g} s each, {} at a time; a smaller --top needs fewer",
                            simulations, each.si(), request.jobs));
  };
}

}  // namespace

StudyAnswer study_attribution(const StudyRequest& request, const DrawingStyle& style, const Catalog& catalog) {
  const sim::Scenario scenario = load_scenario(request.scenario, request.settings, catalog);
  const studies::Attribution attribution = studies::attribute(
      scenario, {.most_of_a_kind = request.top, .at_once = request.jobs, .say = patience_of(request)});
  StudyAnswer answer{
      .text = attribution_text(scenario, attribution, style), .json = {}, .warnings = scenario.warnings()};
  Json results = {{"schema_version", 1}, {"lockstep", LOCKSTEP_VERSION}, {"study", "attribution"}};
  results["scenario"] = scenario.as_run();
  results.update(as_json(attribution, scenario.fleet()));
  answer.json = json_text(results);
  if (request.svg.empty()) return answer;
  const auto map = heat_map_of(attribution);
  if (!map) {
    throw InputError({.where = "--svg",
                      .problem = "the workload has neither replicas nor stages, of which a heat map would be",
                      .suggestion = "leave it out, or study a training step or a pipeline"});
  }
  answer.files.emplace_back(request.svg, svg_heat_map(*map));
  return answer;
}

}  // namespace lockstep::cli
