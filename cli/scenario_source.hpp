#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/embedded_text.hpp"
#include "sim/scenario/scenario.hpp"

// Where the commands find scenarios.
namespace lockstep::cli {

// The bundled scenarios: the files of scenarios/.
std::span<const EmbeddedText> bundled_scenarios();

// One line for each bundled scenario: its name and what its first comment says.
std::string list_of_scenarios();

// A scenario as it is written, with the changes of --set applied.
struct ScenarioDocument {
  std::shared_ptr<const Json> json;
  std::string file;  // for messages
  std::string directory;
};
ScenarioDocument load_document(const std::string& argument, const std::vector<std::string>& settings);

// The scenario that a person names: a file, "-" for standard input, inline JSON, or a bundled one; with the changes of
// --set applied. Throws InputError, also for mitigations: this is for those who look at steps as they are.
sim::Scenario load_scenario(const std::string& argument, const std::vector<std::string>& settings,
                            const Catalog& catalog);
// Throws InputError at `where` for a scenario that has mitigations.
void refuse_mitigations(const sim::Scenario& scenario, const std::string& where);

}  // namespace lockstep::cli
