#include "topology/formats/import_text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "base/error.hpp"

namespace lockstep::topology {
namespace {

constexpr std::string_view blanks = " \t\r\n\f\v";

}  // namespace

std::string fleet_name_of(const ImportOptions& options, const std::string& otherwise) {
  const std::string stem = std::filesystem::path(options.file).stem().string();
  return stem.empty() || stem == "-" ? otherwise : stem;
}

std::string UniqueNames::claim(const std::string& wanted) {
  if (taken_.try_emplace(wanted, 2).second) return wanted;
  while (true) {
    // A look-up each time round, because claiming may move what the map holds.
    std::string name = wanted + " (" + std::to_string(taken_[wanted]++) + ")";
    if (taken_.try_emplace(name, 2).second) return name;
  }
}

bool LineReader::next(std::string_view& line) {
  if (rest_.empty()) return false;
  const std::size_t end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++number_;
  return true;
}

std::string at_line(const std::string& file, std::size_t line) {
  return (file.empty() ? "" : file + ": ") + "line " + std::to_string(line);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

char first_character(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? '\0' : text[first];
}

std::optional<double> number_in(std::string_view text) {
  const std::string_view digits = trimmed(text);
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::uint64_t whole_number_in(std::string_view text, std::uint64_t most, const std::string& where) {
  const std::string_view digits = trimmed(text);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc() && end == digits.data() + digits.size() && number <= most) return number;
  constexpr std::size_t longest_quoted = 60;
  throw InputError({.where = where,
                    .problem = "'" + std::string(text.substr(0, longest_quoted)) +
                               "' is not a whole number from 0 to " + std::to_string(most)});
}

}  // namespace lockstep::topology
