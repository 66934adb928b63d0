#include "cli/straggler_study.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "cli/output.hpp"
#include "cli/scenario_source.hpp"
#include "cli/straggler_report.hpp"

namespace lockstep::cli {
namespace {

studies::StragglerSweep sweep_of(const StudyRequest& request) {
  studies::StragglerSweep sweep;
  if (!request.fractions.empty()) sweep.fractions = request.fractions;
  if (!request.factors.empty()) sweep.factors = request.factors;
  if (request.replicas > 0) sweep.replicas = request.replicas;
  sweep.jobs = request.jobs;
  for (const double fraction : sweep.fractions) {
    if (fraction > 0 && fraction <= 1) continue;
    throw InputError({.where = "--fractions",
                      .problem = "a share of the devices lies between 0 and 1",
                      .suggestion = "5 % are --fractions 0.05"});
  }
  for (const double factor : sweep.factors) {
    if (factor > 0) continue;
    throw InputError({.where = "--factors",
                      .problem = "a factor says how many times as slow, so it is positive",
                      .suggestion = "half the speed is --factors 2"});
  }
  return sweep;
}

}  // namespace

StudyAnswer study_straggler(const StudyRequest& request, const DrawingStyle&, const Catalog& catalog) {
  const ScenarioDocument document = load_document(request.scenario, request.settings);
  const sim::ScenarioSource source{.catalog = catalog, .file = document.file, .directory = document.directory};
  const studies::StragglerStudy study = studies::study_stragglers({*document.json, source}, sweep_of(request));
  StudyAnswer answer{.text = straggler_text(study), .json = {}};
  Json results = {{"schema_version", 1}, {"lockstep", LOCKSTEP_VERSION}, {"study", "straggler"}};
  results["scenario"] = *document.json;
  results.update(as_json(study));
  answer.json = json_text(results);
  if (!request.report.empty()) {
    const std::string title = document.json->value("name", request.scenario);
    answer.files.emplace_back(request.report, straggler_page(study, title));
  }
  return answer;
}

}  // namespace lockstep::cli
