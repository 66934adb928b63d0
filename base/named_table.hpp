#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace lockstep {

// One line of a catalogue: a family of things found by name (topology builders, import formats, …) is one explicit
// table of these, so that `--help` can list it and an unknown name is answered with the valid ones.
template <class Function>
struct NamedEntry {
  std::string_view name;
  std::string_view description;  // one sentence
  Function function;
};

template <class Function>
std::vector<std::string> names_of(std::span<const NamedEntry<Function>> table) {
  std::vector<std::string> names;
  for (const auto& entry : table) names.emplace_back(entry.name);
  return names;
}

// The entry called `name`; throws InputError with the nearest or all valid names. `what` says what was looked for.
template <class Function>
const NamedEntry<Function>& find_entry(std::span<const NamedEntry<Function>> table, const std::string& name,
                                       const std::string& what, const std::string& where) {
  for (const auto& entry : table) {
    if (entry.name == name) return entry;
  }
  throw InputError({.where = where,
                    .problem = "there is no " + what + " '" + name + "'",
                    .suggestion = suggest_name(name, names_of(table))});
}

}  // namespace lockstep
