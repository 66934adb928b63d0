#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "tests/architecture/house.hpp"
#include "tests/architecture/rules.hpp"

namespace lockstep::architecture {
namespace {

struct Word {
  std::string text;
  std::size_t line;
};

// CMake's arguments, with parentheses as words of their own and comments left out.
std::vector<Word> words_of(const SourceFile& file) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::string word;
    const auto finish = [&] {
      if (!word.empty()) words.push_back({word, i + 1});
      word.clear();
    };
    for (const char c : file.lines[i].substr(0, file.lines[i].find('#'))) {
      if (c == ' ' || c == '\t' || c == '(' || c == ')') {
        finish();
        if (c == '(' || c == ')') words.push_back({std::string(1, c), i + 1});
      } else {
        word += c;
      }
    }
    finish();
  }
  return words;
}

bool one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether a folder, or one inside it that it builds along, may use what is allowed in `allowed`.
bool reaches(std::string_view folder, std::string_view allowed) {
  return folder.starts_with(allowed) || allowed.starts_with(folder);
}

std::optional<std::string> problem_with_link(std::string_view folder, const std::string& target) {
  if (target == "lockstep_options" || target.find("$<") != std::string::npos) return std::nullopt;
  if (const auto linked = floor_of(target)) {
    const auto own = floor_of(folder);
    if (own && *linked > *own) return "links '" + target + "', which lies above";
    return std::nullopt;
  }
  bool is_known = false;
  for (const Library& library : libraries()) {
    if (!one_of(target, library.targets)) continue;
    is_known = true;
    for (const std::string_view allowed : library.folders) {
      if (reaches(folder, allowed)) return std::nullopt;
    }
  }
  if (is_known) return "links '" + target + "', which is not for this folder";
  return "links '" + target + "', which is in no table of tests/architecture/house.cpp";
}

}  // namespace

std::vector<Violation> check_links(const SourceFile& file) {
  static constexpr std::array<std::string_view, 5> opening = {"LINKS", "PRIVATE_LINKS", "PUBLIC", "PRIVATE",
                                                              "INTERFACE"};
  static constexpr std::array<std::string_view, 2> closing = {"SOURCES", "HEADERS"};
  static constexpr std::array<std::string_view, 2> commands = {"lockstep_add_library", "target_link_libraries"};
  const std::string folder = file.path.substr(0, file.path.rfind('/'));
  std::vector<Violation> found;
  bool in_command = false;
  bool in_links = false;
  for (const auto& [word, line] : words_of(file)) {
    if (one_of(word, commands)) {
      in_command = true;
    } else if (word == ")") {
      in_command = in_links = false;
    } else if (in_command && one_of(word, opening)) {
      in_links = true;
    } else if (in_command && one_of(word, closing)) {
      in_links = false;
    } else if (in_links) {
      if (auto problem = problem_with_link(folder, word)) found.push_back({file.path, line, *problem});
    }
  }
  return found;
}

std::vector<Violation> check(const SourceFile& file) {
  if (file.is_cmake_list()) return floor_of(file.path) ? check_links(file) : std::vector<Violation>();
  std::vector<Violation> found = check_includes(file);
  const std::vector<Violation> style = check_style(file);
  found.insert(found.end(), style.begin(), style.end());
  return found;
}

}  // namespace lockstep::architecture
