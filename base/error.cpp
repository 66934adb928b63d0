#include "base/error.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace lockstep {
namespace {

constexpr bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// The length of the UTF-8 character at the start of `text`; 0 where there is none. Overlong forms, surrogates and code
// points above U+10FFFF are none (Unicode 15, table 3-7).
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) < 0xc2 ? 0 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : byte(0) < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  const int least = byte(0) == 0xe0 ? 0xa0 : byte(0) == 0xf0 ? 0x90 : 0x80;
  const int most = byte(0) == 0xed ? 0x9f : byte(0) == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < least || byte(1) > most) return 0;
  const bool complete =
      std::all_of(text.begin() + 2, text.begin() + static_cast<std::ptrdiff_t>(length), continues_character);
  return complete ? length : 0;
}

// The control characters of ASCII but line feed, and those of Latin-1, which in UTF-8 are C2 80 to C2 9F.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (first == 0xc2) return static_cast<unsigned char>(character[1]) < 0xa0;
  return (first < 0x20 && first != '\n') || first == 0x7f;
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, length);
    result += length == 0 || is_control(character) ? "?" : character;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

InputError::Text printable(const InputError::Text& text) {
  return {.where = printable(text.where), .problem = printable(text.problem), .suggestion = printable(text.suggestion)};
}

std::string one_message(const InputError::Text& text) {
  std::string message = text.where.empty() ? text.problem : text.where + ": " + text.problem;
  if (!text.suggestion.empty()) message += "; " + text.suggestion;
  return message;
}

// Damerau's edit distance (insert, delete, replace, swap neighbours), blind to case and to '-' against '_'.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  auto fold = [](char c) { return c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  std::iota(cost[0].begin(), cost[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = fold(a[i - 1]) == fold(b[j - 1]);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1])) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

InputError::InputError(const Text& text) : std::runtime_error(one_message(printable(text))), text_(printable(text)) {}

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = 60;
  if (text.size() <= longest) return std::string(text);
  std::size_t end = longest;
  while (end > longest - 4 && continues_character(text[end])) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string suggest_name(const std::string& unknown, const std::vector<std::string>& valid_names) {
  constexpr std::size_t longest_compared = 64;  // the distance takes quadratic time, and no valid name is longer
  const std::string* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(unknown.size() / 3, 1) + 1;
  for (const std::string& name : valid_names) {
    if (unknown.size() > longest_compared) break;
    const std::size_t distance = edit_distance(unknown, name);
    if (distance < least) {
      least = distance;
      nearest = &name;
    }
  }
  if (nearest != nullptr) return "did you mean '" + *nearest + "'?";
  if (valid_names.empty()) return "";
  constexpr std::size_t most_listed = 60;  // every catalogue, but not the vertices of a large fleet
  std::string list = "valid names: ";
  for (std::size_t i = 0; i < std::min(valid_names.size(), most_listed); ++i)
    list += (i == 0 ? "" : ", ") + valid_names[i];
  if (valid_names.size() > most_listed) list += " and " + std::to_string(valid_names.size() - most_listed) + " more";
  return list;
}

}  // namespace lockstep
