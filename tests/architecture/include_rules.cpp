#include <algorithm>
#include <optional>
#include <string_view>

#include "tests/architecture/house.hpp"
#include "tests/architecture/rules.hpp"

namespace lockstep::architecture {
namespace {

// Boost.Graph's view of the fleet: for the source files of topology/ alone.
constexpr std::string_view graph_header = "topology/fleet_graph.hpp";

struct Include {
  std::string_view name;
  bool is_quoted;
};

std::string_view without_leading_spaces(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

std::optional<Include> include_of(std::string_view line) {
  line = without_leading_spaces(line);
  if (!line.starts_with('#')) return std::nullopt;
  line = without_leading_spaces(line.substr(1));
  if (!line.starts_with("include")) return std::nullopt;
  line = without_leading_spaces(line.substr(7));
  if (!line.starts_with('<') && !line.starts_with('"')) return std::nullopt;
  const bool is_quoted = line.front() == '"';
  return Include{line.substr(1, line.find(is_quoted ? '"' : '>', 1) - 1), is_quoted};
}

std::string between(char open, std::string_view text, char close) {
  return std::string(1, open).append(text).append(1, close);
}

bool lies_in(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
}

bool begins_with_any(std::string_view name, std::span<const std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](auto text) { return name.starts_with(text); });
}

// The standard library's headers are one word without an ending.
bool is_standard(std::string_view name) {
  return name.find_first_of("/.") == std::string_view::npos;
}

std::optional<std::string> problem_with_library(const std::string& path, std::string_view name) {
  if (is_standard(name)) return std::nullopt;
  for (const Library& library : libraries()) {
    if (!begins_with_any(name, library.includes)) continue;
    const auto& folders = library.folders;
    if (std::any_of(folders.begin(), folders.end(), [&](auto folder) { return lies_in(path, folder); })) {
      return std::nullopt;
    }
    return std::string(library.name) + " is not for this folder: <" + std::string(name) + ">";
  }
  return between('<', name, '>') + " belongs to no library of the table in tests/architecture/house.cpp";
}

std::optional<std::string> problem_with_own(const std::string& path, std::string_view name) {
  if (lies_in(path, "bench") && lies_in(name, "bench")) return std::nullopt;
  const auto target = floor_of(name);
  const std::string quoted = between('"', name, '"');
  if (!target) return quoted + " is not a path from the root into a folder of the table";
  if (name == graph_header && !lies_in(path, "topology")) return quoted + " is for topology/ alone";
  const auto own = floor_of(path);
  if (own && *target > *own) {
    return quoted + " lies above: '" + std::string(floors()[floors().size() - 1 - *own]) +
           "' may include only lower floors";
  }
  return std::nullopt;
}

}  // namespace

std::vector<Violation> check_includes(const SourceFile& file) {
  std::vector<Violation> found;
  if (lies_in(file.path, "tests")) return found;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const auto include = include_of(file.lines[i]);
    if (!include) continue;
    const auto problem = include->is_quoted ? problem_with_own(file.path, include->name)
                                            : problem_with_library(file.path, include->name);
    if (problem) found.push_back({file.path, i + 1, *problem});
    if (file.is_header() && file.path != graph_header && begins_with_any(include->name, heavy_headers())) {
      found.push_back({file.path, i + 1, "only source files may include the heavy " + std::string(include->name)});
    }
  }
  return found;
}

}  // namespace lockstep::architecture
