#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "topology/formats/formats.hpp"

// Small things that every reader of a text format needs.
namespace lockstep::topology {

// The name that a fleet gets whose file gives it none: the file's own, or `otherwise` for text without a file.
std::string fleet_name_of(const ImportOptions& options, const std::string& otherwise);

// Makes names unique that a foreign file may repeat: the second "spine" becomes "spine (2)".
class UniqueNames {
 public:
  std::string claim(const std::string& wanted);

 private:
  std::unordered_map<std::string, std::size_t> taken_;  // and the number to try next
};

// Walks through text line by line, counting; the lines come without their end.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}
  bool next(std::string_view& line);
  std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

std::string at_line(const std::string& file, std::size_t line);
std::string_view trimmed(std::string_view text);
std::string lower_case(std::string_view text);
// The first character that is neither blank nor a byte order mark; '\0' when there is none.
char first_character(std::string_view text);

// The whole text as a finite number, whatever the locale.
std::optional<double> number_in(std::string_view text);
// The whole text as a whole number of at most `most`. Throws InputError at `where`.
std::uint64_t whole_number_in(std::string_view text, std::uint64_t most, const std::string& where);

}  // namespace lockstep::topology
