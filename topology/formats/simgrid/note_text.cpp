#include "topology/formats/simgrid/note_text.hpp"

#include "base/error.hpp"
#include "topology/formats/import_text.hpp"
#include "topology/formats/simgrid/platform_numbers.hpp"

namespace lockstep::topology::simgrid {

void NoteWriter::add(std::string_view key, const std::string& value) {
  text_ += (text_.empty() ? "" : " ") + std::string(key) + "=" + value;
}

NoteReader::NoteReader(std::string_view text, std::string where) : where_(std::move(where)) {
  for (const std::string_view fact : split(text, " ")) {
    const auto equals = fact.find('=');
    if (fact.empty()) continue;
    if (equals == fact.npos || !facts_.emplace(fact.substr(0, equals), fact.substr(equals + 1)).second) {
      throw InputError({.where = where_,
                        .problem = "\"" + std::string(text) + "\" is not a note such as \"kind=switch level=2\"",
                        .suggestion = "remove every property named lockstep.… to read a plain platform"});
    }
  }
}

std::optional<std::string> NoteReader::take(const std::string& key) {
  const auto found = facts_.find(key);
  if (found == facts_.end()) return std::nullopt;
  std::string value = std::move(found->second);
  facts_.erase(found);
  return value;
}

std::optional<std::uint64_t> NoteReader::take_count(const std::string& key, std::uint64_t most) {
  const auto value = take(key);
  return value ? std::optional(whole_number_in(*value, most, where_)) : std::nullopt;
}

std::vector<std::uint32_t> NoteReader::take_list(const std::string& key) {
  std::vector<std::uint32_t> numbers;
  const auto value = take(key);
  if (!value) return numbers;
  for (const std::string_view piece : split(*value, ",")) {
    numbers.push_back(static_cast<std::uint32_t>(whole_number_in(piece, UINT32_MAX, where_)));
  }
  return numbers;
}

std::vector<bool> NoteReader::take_flags(const std::string& key) {
  std::vector<bool> flags;
  for (const std::uint32_t number : take_list(key)) flags.push_back(number != 0);
  return flags;
}

void NoteReader::reject_unknown() const {
  if (facts_.empty()) return;
  throw InputError({.where = where_, .problem = "there is no note '" + facts_.begin()->first + "' here"});
}

}  // namespace lockstep::topology::simgrid
