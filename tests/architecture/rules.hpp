#pragma once

#include <string>
#include <vector>

#include "tests/architecture/source_file.hpp"

// What the house rules forbid, found by reading the sources line by line.
namespace lockstep::architecture {

struct Violation {
  std::string path;
  std::size_t line;  // counted from 1
  std::string problem;

  std::string text() const { return path + ":" + std::to_string(line) + ": " + problem; }
};

// Includes that climb a floor, a library outside its folder, a heavy header in a header.
std::vector<Violation> check_includes(const SourceFile& file);

// `#pragma once`, `using namespace` in headers, macros, printing and ending the process below cli/, length.
std::vector<Violation> check_style(const SourceFile& file);

// Targets that a folder's CMakeLists.txt links against the table.
std::vector<Violation> check_links(const SourceFile& file);

// All of them that apply to the file.
std::vector<Violation> check(const SourceFile& file);

}  // namespace lockstep::architecture
