#include "base/error.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace lockstep {
namespace {

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

InputError::InputError(Text text) : std::runtime_error(one_message(text)), text_(std::move(text)) {}

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
  std::string list = "valid names: ";
  for (std::size_t i = 0; i < valid_names.size(); ++i) list += (i == 0 ? "" : ", ") + valid_names[i];
  return list;
}

}  // namespace lockstep
