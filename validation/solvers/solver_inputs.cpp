#include "validation/solvers/solver_inputs.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/json_fields.hpp"
#include "base/json_value.hpp"
#include "base/unit_text.hpp"

namespace lockstep::validation {
namespace {

// What a scenario holds besides a solver's inputs.
constexpr std::array<std::string_view, 8> scenario_keys = {"name",          "fleet",  "workload", "workloads",
                                                           "perturbations", "engine", "run",      "solve"};

const Json* at_path(const Json& document, std::string_view path) {
  const Json* place = &document;
  while (true) {
    if (!place->is_object()) return nullptr;
    const std::size_t dot = path.find('.');
    const auto found = place->find(std::string(path.substr(0, dot)));
    if (found == place->end()) return nullptr;
    place = &*found;
    if (dot == std::string_view::npos) return place;
    path.remove_prefix(dot + 1);
  }
}

std::vector<std::string> split(std::string_view choices) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t bar = choices.find('|');
    names.emplace_back(choices.substr(0, bar));
    if (bar == std::string_view::npos) return names;
    choices.remove_prefix(bar + 1);
  }
}

// "is 'modle' meant to be it?" where a key that nobody knows is near enough.
std::string misspelt(const Json& document, const SolverInput& input) {
  for (const auto& [key, value] : document.items()) {
    if (key != input.name && suggest_name(key, {std::string(input.name)}).starts_with("did you mean")) {
      return "is '" + key + "' meant to be it?";
    }
  }
  return "it is " + std::string(input.meaning);
}

Json exact_text_of(const SolverInput& input, const Json& value, const std::string& where) {
  switch (input.kind) {
    case InputKind::seconds:
      return to_exact_text(read_value<Seconds>(value, where));
    case InputKind::bytes:
      return to_exact_text(read_value<Bytes>(value, where));
    case InputKind::bandwidth:
      return to_exact_text(read_value<Bandwidth>(value, where));
    case InputKind::flops:
      return to_exact_text(read_value<Flops>(value, where));
    case InputKind::flop_rate:
      return to_exact_text(read_value<FlopRate>(value, where));
    default:
      return value;
  }
}

Json exact_text_of(const SolverInput& input, double si) {
  switch (input.kind) {
    case InputKind::seconds:
      return to_exact_text(Seconds(si));
    case InputKind::bytes:
      return to_exact_text(Bytes(si));
    case InputKind::bandwidth:
      return to_exact_text(Bandwidth(si));
    case InputKind::flops:
      return to_exact_text(Flops(si));
    case InputKind::flop_rate:
      return to_exact_text(FlopRate(si));
    default:
      return si;
  }
}

bool is_quantity(InputKind kind) {
  return kind == InputKind::seconds || kind == InputKind::bytes || kind == InputKind::bandwidth ||
         kind == InputKind::flops || kind == InputKind::flop_rate;
}

// A default of the table in the form in which a scenario would state it.
Json default_of(const SolverInput& input) {
  switch (input.kind) {
    case InputKind::number:
    case InputKind::count:
    case InputKind::flag:
    case InputKind::numbers:
      return Json::parse(input.otherwise);
    default:
      return std::string(input.otherwise);
  }
}

}  // namespace

SolverInputs::SolverInputs(const Json& document, std::span<const SolverInput> table, const SolverSource& source)
    : document_(&document), table_(table), source_(&source) {
  if (!document.is_object()) wrong_kind(document, source.file, "an object {…}");
  reject_unknown();
}

void SolverInputs::reject_unknown() const {
  std::vector<std::string> names;
  names.reserve(table_.size());
  for (const SolverInput& input : table_) names.emplace_back(input.name);
  const auto known = [&](const std::string& key) {
    return std::any_of(table_.begin(), table_.end(),
                       [&](const SolverInput& input) { return key == input.name || key == input.plain_name; });
  };
  for (const auto& [key, value] : document_->items()) {
    if (known(key) || std::find(scenario_keys.begin(), scenario_keys.end(), key) != scenario_keys.end()) continue;
    throw InputError({.where = in_file(key),
                      .problem = "unknown key, neither an input of this solver nor a part of a scenario",
                      .suggestion = suggest_name(key, names)});
  }
  const auto own = document_->find("solve");
  if (own == document_->end()) return;
  if (!own->is_object()) wrong_kind(*own, in_file("solve"), "an object {…} with inputs of the solver");
  for (const auto& [key, value] : own->items()) {
    if (known(key)) continue;
    throw InputError({.where = in_file("solve." + key),
                      .problem = "unknown key, this solver has no such input",
                      .suggestion = suggest_name(key, names)});
  }
}

std::string SolverInputs::in_file(const std::string& path) const {
  return source_->file.empty() ? path : source_->file + ": " + path;
}

const SolverInput& SolverInputs::entry(std::string_view name) const {
  const auto found =
      std::find_if(table_.begin(), table_.end(), [&](const SolverInput& input) { return input.name == name; });
  LOCKSTEP_REQUIRE(found != table_.end());
  return *found;
}

SolverInputs::Found SolverInputs::find(const SolverInput& input) const {
  for (const std::string place : {"solve.", ""}) {
    const Json* named = at_path(*document_, place + std::string(input.name));
    const Json* plain = input.plain_name.empty() ? nullptr : at_path(*document_, place + std::string(input.plain_name));
    if (named != nullptr && plain != nullptr) {
      throw InputError({.where = in_file(place + std::string(input.plain_name)),
                        .problem = "'" + std::string(input.name) + "' already states this"});
    }
    if (named != nullptr) return {named, place + std::string(input.name), false};
    if (plain != nullptr) return {plain, place + std::string(input.plain_name), true};
  }
  for (const std::string& path : split(input.in_scenario)) {
    if (const Json* value = at_path(*document_, path); value != nullptr && !path.empty()) return {value, path};
  }
  return {};
}

bool SolverInputs::stated(std::string_view name) const {
  const Found found = find(entry(name));
  return found.value != nullptr && !found.value->is_null();
}

bool SolverInputs::stated_in_table(std::string_view name) const {
  return std::any_of(table_.begin(), table_.end(), [&](const SolverInput& input) { return input.name == name; }) &&
         stated(name);
}

std::string SolverInputs::where(std::string_view name) const {
  const Found found = find(entry(name));
  return in_file(found.value == nullptr ? std::string(name) : found.path);
}

// The value that holds: what is stated, or the default; null where it may be missing and is.
Json SolverInputs::value(const SolverInput& input) const {
  const Found found = find(input);
  if (found.value != nullptr && !found.value->is_null()) {
    const bool has_unit = is_quantity(input.kind);
    if (!found.is_plain && has_unit && found.value->is_number() && !input.plain_name.empty()) {
      wrong_kind(*found.value, in_file(found.path), "text with a number and its unit",
                 "write the unit, or state the plain number as '" + std::string(input.plain_name) + "'");
    }
    if (!found.is_plain || !has_unit) return *found.value;
    const double plain = read_value<double>(*found.value, in_file(found.path));
    if (!(plain >= 0)) throw InputError({.where = in_file(found.path), .problem = "must not be negative"});
    return exact_text_of(input, plain * input.plain_unit);
  }
  if (input.otherwise.empty()) {
    throw InputError({.where = source_->file,
                      .problem = "the input '" + std::string(input.name) + "' is missing",
                      .suggestion = misspelt(*document_, input)});
  }
  return input.otherwise == may_be_missing ? Json() : default_of(input);
}

double SolverInputs::checked_number(const SolverInput& input, const Json& value) const {
  const auto number = read_value<double>(value, where(input.name));
  if (!(number >= input.least && number <= input.most)) {
    const std::string most = input.most >= 1e300 ? "" : " and at most " + shortest_text(input.most);
    throw InputError({.where = where(input.name),
                      .problem = std::string(input.name) + " must be at least " + shortest_text(input.least) + most +
                                 ", not " + shortest_text(number)});
  }
  return number;
}

double SolverInputs::number(std::string_view name) const {
  const SolverInput& input = entry(name);
  return checked_number(input, value(input));
}

std::optional<double> SolverInputs::maybe_number(std::string_view name) const {
  const SolverInput& input = entry(name);
  const Json stated = value(input);
  if (stated.is_null()) return std::nullopt;
  return checked_number(input, stated);
}

std::uint32_t SolverInputs::count(std::string_view name) const {
  const SolverInput& input = entry(name);
  const Json stated = value(input);
  const auto whole = static_cast<double>(read_value<std::int64_t>(stated, where(name)));
  constexpr double most = 4e9;
  if (whole > most) throw InputError({.where = where(name), .problem = "must be below 4 billion"});
  return static_cast<std::uint32_t>(checked_number(input, whole));
}

std::optional<std::uint32_t> SolverInputs::maybe_count(std::string_view name) const {
  if (value(entry(name)).is_null()) return std::nullopt;
  return count(name);
}

bool SolverInputs::flag(std::string_view name) const {
  const Json stated = value(entry(name));
  // A training scenario says which way activations are recomputed.
  if (stated.is_string()) {
    const auto way = stated.get<std::string>();
    if (way == "none") return false;
    if (way == "selective" || way == "full") return true;
  }
  return read_value<bool>(stated, where(name));
}

std::string SolverInputs::text(std::string_view name) const {
  const SolverInput& input = entry(name);
  auto stated = read_value<std::string>(value(input), where(name));
  if (input.choices.empty()) return stated;
  const std::vector<std::string> names = split(input.choices);
  if (std::find(names.begin(), names.end(), stated) == names.end()) {
    throw InputError({.where = where(name),
                      .problem = "there is no '" + excerpt(stated) + "' here",
                      .suggestion = suggest_name(stated, names)});
  }
  return stated;
}

std::vector<double> SolverInputs::numbers(std::string_view name) const {
  const SolverInput& input = entry(name);
  auto items = read_value<std::vector<double>>(value(input), where(name));
  for (const double item : items) checked_number(input, item);
  return items;
}

template <class AnyQuantity>
AnyQuantity SolverInputs::quantity(std::string_view name) const {
  const SolverInput& input = entry(name);
  return read_value<AnyQuantity>(value(input), where(name));
}

template Seconds SolverInputs::quantity<Seconds>(std::string_view) const;
template Bytes SolverInputs::quantity<Bytes>(std::string_view) const;
template Bandwidth SolverInputs::quantity<Bandwidth>(std::string_view) const;
template Flops SolverInputs::quantity<Flops>(std::string_view) const;
template FlopRate SolverInputs::quantity<FlopRate>(std::string_view) const;

Distribution SolverInputs::distribution(std::string_view name) const {
  const SolverInput& input = entry(name);
  const Found found = find(input);
  // Readers name the place as "path" and key, so that a message points into the file.
  const std::string path = found.value == nullptr ? std::string(name) : found.path;
  const std::size_t dot = path.rfind('.');
  const std::string key = dot == std::string::npos ? path : path.substr(dot + 1);
  const Json object = {{key, value(input)}};
  const JsonFields fields(object, source_->file, dot == std::string::npos ? "" : path.substr(0, dot));
  return read_distribution(fields, key, Dimension::time);
}

Precision SolverInputs::precision(std::string_view name) const {
  const std::string stated = text(name);
  const auto found = std::find(precision_names.begin(), precision_names.end(), stated);
  LOCKSTEP_REQUIRE(found != precision_names.end());
  return static_cast<Precision>(found - precision_names.begin());
}

void SolverInputs::warn(const std::string& text) const {
  warnings_->push_back(text);
}

Json SolverInputs::as_solved() const {
  Json json = Json::object();
  for (const SolverInput& input : table_) {
    const Json stated = value(input);
    json[std::string(input.name)] = stated.is_null() ? stated : exact_text_of(input, stated, where(input.name));
  }
  return json;
}

}  // namespace lockstep::validation
