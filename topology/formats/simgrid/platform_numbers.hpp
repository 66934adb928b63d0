#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.hpp"

// Numbers as SimGrid reads them from platform files: "59.904us", "2.25GBps", "98.095Mf", and plain numbers in s, B/s
// and flop/s. Unit tables: SimGrid 3.32, documentation of the platform DTD.
namespace lockstep::topology::simgrid {

// Nothing where the text is not such a number.
std::optional<Seconds> seconds_from(std::string_view text);
std::optional<Bandwidth> bandwidth_from(std::string_view text);
std::optional<FlopRate> flop_rate_from(std::string_view text);
// Digits, optionally followed by a fraction that is dropped ("0.0" is how the DTD itself writes the first p-state).
std::optional<std::uint32_t> count_from(std::string_view text);

// The pieces between separators, blanks around them removed.
std::vector<std::string_view> split(std::string_view text, std::string_view separators);

// The numbers "0-3,7" of a cluster's hosts, kept as the ranges of the text.
class Radical {
 public:
  // Nothing where the text is not a list of ranges.
  static std::optional<Radical> from(std::string_view text);
  std::uint64_t size() const { return size_; }
  // The first `most` numbers in the order of the text.
  std::vector<std::uint32_t> first(std::uint64_t most) const;

 private:
  struct Range {
    std::uint32_t first, last;
  };
  std::vector<Range> ranges_;
  std::uint64_t size_ = 0;
};

}  // namespace lockstep::topology::simgrid
