#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lockstep {

// Texts that occur again and again, each kept once and known by a number, in the order of their first occurrence.
class TextTable {
 public:
  std::uint32_t number_of(std::string_view text) {
    const auto known = numbers_.find(text);
    if (known != numbers_.end()) return known->second;
    const auto number = static_cast<std::uint32_t>(texts_.size());
    // The deque's strings stay where they are, so that the map may refer to them.
    numbers_.emplace(texts_.emplace_back(text), number);
    return number;
  }
  const std::string& operator[](std::uint32_t number) const { return texts_[number]; }
  std::size_t size() const { return texts_.size(); }

 private:
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

}  // namespace lockstep
