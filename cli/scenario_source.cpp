#include "cli/scenario_source.hpp"

#include <fmt/format.h>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json_setting.hpp"
#include "base/text_file.hpp"

namespace lockstep::cli {
namespace {

struct FoundText {
  std::string text;
  std::string file;  // for messages; empty for inline JSON, whose paths speak for themselves
  std::string directory = ".";
};

FoundText find_text(const std::string& argument) {
  const std::size_t start = argument.find_first_not_of(" \t\r\n");
  if (argument == "-") {
    return {{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()}, "standard input"};
  }
  if (start != std::string::npos && (argument[start] == '{' || argument.compare(start, 2, "//") == 0)) {
    return {argument, ""};
  }
  std::error_code error;
  if (!std::filesystem::exists(argument, error)) {
    std::vector<std::string> names;
    for (const EmbeddedText& scenario : bundled_scenarios()) {
      if (scenario.file_stem == argument) return {std::string(scenario.text), "scenarios/" + argument + ".json"};
      names.emplace_back(scenario.file_stem);
    }
    throw InputError({.problem = "there is neither a file nor a bundled scenario called '" + excerpt(argument) + "'",
                      .suggestion = suggest_name(argument, names)});
  }
  FoundText found{read_text_file(argument), argument, std::filesystem::path(argument).parent_path().string()};
  if (found.directory.empty()) found.directory = ".";
  return found;
}

// The sentence that a scenario opens with: "// A ring all-reduce on 8 devices."
std::string opening_comment(std::string_view text) {
  if (!text.starts_with("//")) return "";
  text = text.substr(2, text.find('\n') - 2);
  return std::string(text.substr(std::min(text.find_first_not_of(' '), text.size())));
}

}  // namespace

std::string list_of_scenarios() {
  std::string text = "Bundled scenarios, as in lockstep run NAME (or give a file, '-', or JSON):\n";
  for (const EmbeddedText& scenario : bundled_scenarios()) {
    text += fmt::format("  {:<28}{}\n", scenario.file_stem, opening_comment(scenario.text));
  }
  return text;
}

ScenarioDocument load_document(const std::string& argument, const std::vector<std::string>& settings) {
  const FoundText found = find_text(argument);
  Json document = parse_json(found.text, found.file);
  for (const std::string& setting : settings) apply_setting(document, setting);
  return {std::make_shared<const Json>(std::move(document)), found.file, found.directory};
}

void refuse_mitigations(const sim::Scenario& scenario, const std::string& where) {
  if (scenario.mitigations().empty()) return;
  throw InputError({.where = where,
                    .problem = "this takes steps as they are without mitigations, and the scenario has some",
                    .suggestion = "leave them out: --set mitigations=[]"});
}

sim::Scenario load_scenario(const std::string& argument, const std::vector<std::string>& settings,
                            const Catalog& catalog) {
  const ScenarioDocument document = load_document(argument, settings);
  sim::Scenario scenario =
      sim::read_scenario(*document.json, {.catalog = catalog, .file = document.file, .directory = document.directory});
  refuse_mitigations(scenario, "mitigations");
  return scenario;
}

}  // namespace lockstep::cli
