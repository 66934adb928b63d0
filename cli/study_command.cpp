#include "cli/study_command.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "cli/attribution_study.hpp"
#include "cli/checkpoint_study.hpp"
#include "cli/output.hpp"
#include "cli/straggler_study.hpp"

namespace lockstep::cli {
namespace {

constexpr std::array table = {
    NamedEntry<Study>{"attribution",
                      "Which cause, stage, replica, device or link costs how much of a perturbed step, by healing it.",
                      study_attribution},
    NamedEntry<Study>{"checkpoint", "How much work should lie between two checkpoints of a run that fails.",
                      study_checkpoint},
    NamedEntry<Study>{"straggler",
                      "What slow devices cost as they become more and slower, and what helps against them.",
                      study_straggler},
};

StudyAnswer list_studies() {
  std::string text = "Studies, as in lockstep study NAME SCENARIO:\n";
  Json listed = Json::array();
  for (const auto& entry : table) {
    text += fmt::format("  {:<14}{}\n", entry.name, entry.description);
    listed.push_back({{"name", entry.name}, {"description", entry.description}});
  }
  return {.text = text, .json = json_text({{"studies", std::move(listed)}})};
}

}  // namespace

std::span<const NamedEntry<Study>> studies_of_program() {
  return table;
}

StudyAnswer answer_study(const StudyRequest& request, const DrawingStyle& style, const Catalog& catalog) {
  if (request.study.empty()) return list_studies();
  const auto& entry = find_entry(studies_of_program(), request.study, "study", "");
  if (request.scenario.empty()) {
    throw InputError({.where = "SCENARIO",
                      .problem = "there is no scenario to study",
                      .suggestion = "name one, as in lockstep study " + request.study +
                                    " straggling_step; lockstep run lists the bundled ones"});
  }
  return entry.function(request, style, catalog);
}

}  // namespace lockstep::cli
