#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

// The project's table of floors and libraries as data. A new folder or library is a line here and in docs/.
namespace lockstep::architecture {

// The folders from the top floor to the ground: each may include itself and those after it.
std::span<const std::string_view> floors();

// The height of the floor that a path from the root lies on, 0 for the ground; nothing for tests and benchmarks.
std::optional<std::size_t> floor_of(std::string_view path);

struct Library {
  std::string_view name;
  std::vector<std::string_view> includes;  // how the names of its headers begin
  std::vector<std::string_view> targets;   // what CMake calls it
  std::vector<std::string_view> folders;   // where it may be used; tests may use everything
};
std::span<const Library> libraries();

// Headers that only source files include, because small machines compile this project.
std::span<const std::string_view> heavy_headers();

}  // namespace lockstep::architecture
