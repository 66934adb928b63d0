#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "topology/fleet_elements.hpp"

namespace lockstep::topology::simgrid {

// Facts as text: "kind=switch level=2". Values hold no blanks.
class NoteWriter {
 public:
  void add(std::string_view key, const std::string& value);
  template <class Number>
  void add_list(std::string_view key, const std::vector<Number>& numbers) {
    if (numbers.empty()) return;
    std::string list;
    for (const auto number : numbers) list += (list.empty() ? "" : ",") + std::to_string(number);
    add(key, list);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// The facts of one note. All errors are InputError at `where`.
class NoteReader {
 public:
  NoteReader(std::string_view text, std::string where);
  // The value under `key`, or nothing.
  std::optional<std::string> take(const std::string& key);
  std::optional<std::uint64_t> take_count(const std::string& key, std::uint64_t most);
  std::vector<std::uint32_t> take_list(const std::string& key);
  std::vector<bool> take_flags(const std::string& key);
  // Call once every fact has been asked for.
  void reject_unknown() const;
  const std::string& where() const { return where_; }

 private:
  std::map<std::string, std::string> facts_;
  std::string where_;
};

}  // namespace lockstep::topology::simgrid
