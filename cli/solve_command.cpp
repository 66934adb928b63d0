#include "cli/solve_command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "base/unit_text.hpp"
#include "cli/output.hpp"
#include "cli/scenario_source.hpp"
#include "cli/table.hpp"
#include "validation/solvers/solvers.hpp"

namespace lockstep::cli {
namespace {

using validation::InputKind;
using validation::Solver;
using validation::SolverInput;
using validation::SolverOutput;
using Entry = NamedEntry<const Solver*>;

std::string kind_of(const SolverInput& input) {
  switch (input.kind) {
    case InputKind::number:
      return "a number";
    case InputKind::count:
      return "a whole number";
    case InputKind::flag:
      return "true or false";
    case InputKind::text:
      return "text";
    case InputKind::choice:
      return std::string(input.choices);
    case InputKind::numbers:
      return "a list of numbers";
    case InputKind::seconds:
      return "a time, \"60 s\"";
    case InputKind::bytes:
      return "bytes, \"64 MiB\"";
    case InputKind::bandwidth:
      return "a bandwidth, \"50 GB/s\"";
    case InputKind::flops:
      return "operations, \"3 TFLOP\"";
    case InputKind::flop_rate:
      return "a rate, \"989 TFLOP/s\"";
    case InputKind::distribution:
      return "a time or a distribution of times";
    case InputKind::model:
      return "a model";
    case InputKind::hardware:
      return "a device";
    case InputKind::fleet:
      return "a cluster or fleet";
    case InputKind::fabric:
      return "a fabric";
    case InputKind::grid:
      return "an electricity grid";
  }
  return "";
}

Json description_of(const Entry& entry) {
  Json inputs = Json::array();
  for (const SolverInput& input : entry.function->inputs) {
    Json line = {{"name", input.name}, {"kind", kind_of(input)}, {"meaning", input.meaning}};
    const bool has_default = !input.otherwise.empty() && input.otherwise != validation::may_be_missing;
    line["default"] = has_default ? Json(input.otherwise) : Json();
    line["required"] = input.otherwise.empty();
    if (!input.plain_name.empty()) line["plain_number"] = input.plain_name;
    if (!input.in_scenario.empty()) line["in_scenario"] = input.in_scenario;
    inputs.push_back(std::move(line));
  }
  Json outputs = Json::array();
  for (const SolverOutput& output : entry.function->outputs) {
    outputs.push_back({{"name", output.name}, {"unit", output.unit}, {"meaning", output.meaning}});
  }
  return {{"name", entry.name},
          {"description", entry.description},
          {"source", entry.function->source},
          {"inputs", std::move(inputs)},
          {"outputs", std::move(outputs)}};
}

std::string listed(std::span<const SolverInput> inputs) {
  std::string text;
  for (const SolverInput& input : inputs) {
    text += (text.empty() ? "" : ", ") + std::string(input.name);
    if (!input.otherwise.empty()) text += "?";
  }
  return text;
}

std::string listed(std::span<const SolverOutput> outputs) {
  std::string text;
  for (const SolverOutput& output : outputs) text += (text.empty() ? "" : ", ") + std::string(output.name);
  return text;
}

SolveAnswer list_solvers() {
  Json json = Json::array();
  std::string text =
      "Analytical solvers, as in lockstep solve NAME SCENARIO; a '?' marks inputs that have a default:\n";
  for (const Entry& entry : validation::solvers()) {
    text += fmt::format("\n  {}\n    {}\n    takes  {}\n    gives  {}\n", entry.name, entry.description,
                        listed(entry.function->inputs), listed(entry.function->outputs));
    json.push_back(description_of(entry));
  }
  return {.text = text, .json = json_text({{"solvers", std::move(json)}}), .warnings = {}};
}

SolveAnswer describe(const Entry& entry) {
  std::ostringstream out;
  out << entry.name << ": " << entry.description << "\nsource: " << entry.function->source << "\n\n";
  Table inputs({{"input"}, {"what"}, {"default"}, {"meaning"}});
  for (const SolverInput& input : entry.function->inputs) {
    inputs.add_row({std::string(input.name), kind_of(input),
                    input.otherwise.empty() ? "(must be stated)" : std::string(input.otherwise),
                    std::string(input.meaning)});
  }
  inputs.print(out, 2);
  out << "\n";
  Table outputs({{"output"}, {"unit"}, {"meaning"}});
  for (const SolverOutput& output : entry.function->outputs) {
    outputs.add_row({std::string(output.name), std::string(output.unit), std::string(output.meaning)});
  }
  outputs.print(out, 2);
  return {.text = out.str(), .json = json_text(description_of(entry)), .warnings = {}};
}

std::string shown(const Json& value, std::string_view unit) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_number()) return value.dump();
  const auto number = value.get<double>();
  if (unit == "s") return to_text(Seconds(number));
  if (unit == "B") return to_text(Bytes(number));
  if (unit == "B/s") return to_text(Bandwidth(number));
  if (unit == "flop/s") return to_text(FlopRate(number));
  return fmt::format("{:.6g}{}{}", number, unit == "1" || unit.empty() ? "" : " ", unit == "1" ? "" : unit);
}

// An object takes a line for each of its values.
void add_rows(Table& table, const SolverOutput& output, const Json& value) {
  const std::string name(output.name);
  if (!value.is_object()) {
    const std::string text =
        value.is_array() ? std::to_string(value.size()) + " items, see --json" : shown(value, output.unit);
    table.add_row({name, text, std::string(output.meaning)});
    return;
  }
  std::string meaning(output.meaning);
  for (const auto& [key, part] : value.items()) {
    const std::string_view unit = name.ends_with("_s") ? "s" : name.ends_with("_B") ? "B" : output.unit;
    table.add_row({std::string(name).append(".").append(key), shown(part, unit), std::exchange(meaning, "")});
  }
}

std::string text_of(const Entry& entry, const Json& answer) {
  std::ostringstream out;
  out << entry.name << ": " << entry.description << "\n";
  Table table({{"output"}, {"value", Align::right}, {"meaning"}});
  for (const SolverOutput& output : entry.function->outputs) {
    const auto value = answer["outputs"].find(std::string(output.name));
    if (value != answer["outputs"].end()) add_rows(table, output, *value);
  }
  table.print(out, 2);
  return out.str();
}

}  // namespace

SolveAnswer answer_solve(const SolveRequest& request, const Catalog& catalog) {
  if (request.solver.empty()) return list_solvers();
  const Entry& entry = find_entry(validation::solvers(), request.solver, "solver", "");
  if (request.scenario.empty()) return describe(entry);
  const ScenarioDocument document = load_document(request.scenario, request.settings);
  validation::SolverAnswer answer = validation::solve(
      request.solver, *document.json, {.catalog = catalog, .file = document.file, .directory = document.directory});
  return {
      .text = text_of(entry, *answer.json), .json = json_text(*answer.json), .warnings = std::move(answer.warnings)};
}

}  // namespace lockstep::cli
