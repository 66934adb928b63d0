#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.hpp"

namespace lockstep::workloads {

// Which line of which file is being read, for messages.
struct LinePlace {
  std::string file = {};
  std::uint64_t line = 0;

  std::string text() const { return file + ", line " + std::to_string(line); }
};

// A line as a JSON value. Throws InputError.
Json parse_line(const std::string& line, const LinePlace& place);

// One line of a file of JSON lines, taken apart into memory that the next line uses again. Such files have millions of
// lines, so the usual ones are scanned in place; all others go through the parser that every other file goes through.
class LineJson {
 public:
  enum class Kind : std::uint8_t { object, list, text, number, boolean, null };
  static constexpr std::uint32_t none = UINT32_MAX;
  struct Node {
    Kind kind = Kind::null;
    std::string_view key;   // in its object
    std::string_view text;  // of texts what they say, else what stands in the file
    std::uint32_t first = none;
    std::uint32_t next = none;  // beside it
  };

  // The line must outlive the nodes. Throws InputError for broken JSON.
  void parse(const std::string& line, const LinePlace& place);

  const Node& root() const { return nodes_.front(); }
  const Node& operator[](std::uint32_t node) const { return nodes_[node]; }

 private:
  bool scan_value(std::uint32_t depth);
  bool scan_members(char end, std::uint32_t depth);
  bool scan_text(std::string_view& text);
  bool scan_number();
  bool scan_digits();
  bool scan_word(std::string_view word);
  void skip_space();
  char peek() const { return at_ < line_.size() ? line_[at_] : '\0'; }
  void copy(const Json& value);
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

  std::string_view line_;
  std::size_t at_ = 0;
  std::vector<Node> nodes_;
  std::deque<std::string> kept_;  // texts that the line spells in another way
};

}  // namespace lockstep::workloads
