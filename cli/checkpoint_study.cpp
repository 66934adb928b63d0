#include "cli/checkpoint_study.hpp"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "cli/checkpoint_report.hpp"
#include "cli/output.hpp"
#include "cli/scenario_source.hpp"

namespace lockstep::cli {
namespace {

std::uint32_t replicas_of(const StudyRequest& request, const sim::Scenario& scenario) {
  if (request.replicas == 1) {
    throw InputError({.where = "--replicas",
                      .problem = "one replica does not tell by how much intervals differ",
                      .suggestion = "at least 2, better 30"});
  }
  constexpr std::uint32_t usual = 30;
  if (request.replicas > 0) return request.replicas;
  return scenario.run().replicas > 1 ? scenario.run().replicas : usual;
}

// What is said when it will take more than a few seconds.
std::function<void(std::uint32_t, Seconds)> patience_of(const StudyRequest& request) {
  return [&request](std::uint32_t replicas, Seconds each) {
    constexpr Seconds worth_saying(5);
    const Seconds all = each * (double(replicas) / request.jobs);
    if (!request.say || all < worth_saying) return;
    request.say(fmt::format("{} more replicas of about {:.2g} s, {} at a time; fewer --replicas tell less", replicas,
                            each.si(), request.jobs));
  };
}

}  // namespace

StudyAnswer study_checkpoint(const StudyRequest& request, const DrawingStyle&, const Catalog& catalog) {
  const sim::Scenario scenario = load_scenario(request.scenario, request.settings, catalog);
  const studies::CheckpointStudy study = studies::study_checkpoints(
      scenario, {.replicas = replicas_of(request, scenario), .jobs = request.jobs, .say = patience_of(request)});
  StudyAnswer answer{.text = checkpoint_text(study), .json = {}, .warnings = scenario.warnings()};
  Json results = {{"schema_version", 1}, {"lockstep", LOCKSTEP_VERSION}, {"study", "checkpoint"}};
  results["scenario"] = scenario.as_run();
  results.update(as_json(study));
  answer.json = json_text(results);
  if (!request.svg.empty()) answer.files.emplace_back(request.svg, svg_goodput_curve(study));
  return answer;
}

}  // namespace lockstep::cli
