#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "tests/architecture/house.hpp"
#include "tests/architecture/rules.hpp"

namespace lockstep::architecture {
namespace {

constexpr std::size_t longest_file = 600;
constexpr std::string_view home_of_macros = "base/contract.hpp";

// What only the program's own folder may do: everything below returns results or throws.
constexpr std::array<std::string_view, 10> printing_or_ending = {
    "std::cout", "std::cerr", "std::clog", "printf(", "fprintf(", "puts(", "exit(", "quick_exit(", "abort(", "perror("};

std::string_view without_comment(std::string_view line) {
  return line.substr(0, line.find("//"));
}

bool has_word(std::string_view code, std::string_view word) {
  const auto is_name_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (auto at = code.find(word); at != std::string_view::npos; at = code.find(word, at + 1)) {
    if (at == 0 || !is_name_part(code[at - 1])) return true;
  }
  return false;
}

void check_line(const SourceFile& file, std::size_t index, std::vector<Violation>& found) {
  const std::string_view code = without_comment(file.lines[index]);
  const auto report = [&](const std::string& problem) { found.push_back({file.path, index + 1, problem}); };
  if (file.is_header() && has_word(code, "using namespace ")) report("a header must not open a namespace for others");
  if (!floor_of(file.path)) return;
  if (code.find("#define ") != std::string_view::npos && file.path != home_of_macros) {
    report("no macros but the contracts of " + std::string(home_of_macros));
  }
  if (file.path.starts_with("cli/")) return;
  for (const std::string_view word : printing_or_ending) {
    if (has_word(code, word)) report("only cli/ may print or end the process: " + std::string(word));
  }
}

}  // namespace

std::vector<Violation> check_style(const SourceFile& file) {
  std::vector<Violation> found;
  if (file.is_header() && std::find(file.lines.begin(), file.lines.end(), "#pragma once") == file.lines.end()) {
    found.push_back({file.path, 1, "a header begins with #pragma once"});
  }
  if (file.lines.size() > longest_file) {
    found.push_back({file.path, longest_file + 1, "the file is longer than 600 lines: split it"});
  }
  for (std::size_t i = 0; i < file.lines.size(); ++i) check_line(file, i, found);
  return found;
}

}  // namespace lockstep::architecture
