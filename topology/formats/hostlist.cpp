#include "topology/formats/hostlist.hpp"

#include <charconv>
#include <cstdint>

#include "base/error.hpp"
#include "topology/formats/import_text.hpp"

namespace lockstep::topology {
namespace {

// A full domain name has at most 253 characters (RFC 1035).
constexpr std::size_t longest_name = 253;

class Expansion {
 public:
  Expansion(std::string_view text, const std::string& where, std::size_t most)
      : text_(text), where_(where), most_(most) {}

  std::vector<std::string> run() {
    while (at_ <= text_.size()) {
      std::vector<std::string> names = one_expression();
      require_at_most(names_.size() + names.size());
      for (std::string& name : names) {
        if (name.empty()) fail("there is an empty name");
        names_.push_back(std::move(name));
      }
      ++at_;  // the comma
    }
    return std::move(names_);
  }

 private:
  // Up to the next comma outside brackets.
  std::vector<std::string> one_expression() {
    std::vector<std::string> names = {""};
    while (at_ < text_.size() && text_[at_] != ',') {
      if (text_[at_] == ']') fail("there is a ']' without its '['");
      if (text_[at_] == '[') {
        names = product(names, bracket());
      } else {
        const std::size_t end = std::min(text_.find_first_of(",[]", at_), text_.size());
        names = product(names, {std::string(text_.substr(at_, end - at_))});
        at_ = end;
      }
    }
    return names;
  }

  std::vector<std::string> bracket() {
    const std::size_t close = text_.find(']', at_);
    if (close == std::string_view::npos) fail("a '[' is not closed");
    std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
    if (inside.find('[') != std::string_view::npos) fail("brackets stand inside brackets");
    at_ = close + 1;
    std::vector<std::string> values;
    while (true) {
      const std::size_t comma = inside.find(',');
      add_range(trimmed(inside.substr(0, comma)), values);
      if (comma == std::string_view::npos) return values;
      inside.remove_prefix(comma + 1);
    }
  }

  // "7" or "001-016".
  void add_range(std::string_view range, std::vector<std::string>& values) const {
    const std::size_t dash = range.find('-');
    const std::string_view first = range.substr(0, dash);
    const std::uint64_t low = number(first);
    const std::uint64_t high = dash == std::string_view::npos ? low : number(range.substr(dash + 1));
    if (high < low) fail("the range '" + std::string(range) + "' runs backwards");
    if (high - low >= most_) require_at_most(most_ + 1);
    require_at_most(values.size() + static_cast<std::size_t>(high - low) + 1);
    for (std::uint64_t value = low; value <= high; ++value) {
      const std::string digits = std::to_string(value);
      values.push_back(std::string(first.size() > digits.size() ? first.size() - digits.size() : 0, '0') + digits);
    }
  }

  std::uint64_t number(std::string_view digits) const {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    if (!whole || digits.size() > longest_name || value == UINT64_MAX)
      fail("a bracket holds something else than numbers and ranges");
    return value;
  }

  std::vector<std::string> product(const std::vector<std::string>& heads, const std::vector<std::string>& tails) const {
    if (heads.size() > most_ / tails.size()) require_at_most(most_ + 1);
    std::vector<std::string> names;
    names.reserve(heads.size() * tails.size());
    for (const std::string& head : heads) {
      for (const std::string& tail : tails) {
        if (head.size() + tail.size() > longest_name) {
          fail("a name is longer than " + std::to_string(longest_name) + " characters");
        }
        names.push_back(head + tail);
      }
    }
    return names;
  }

  void require_at_most(std::size_t count) const {
    if (count > most_) fail("it stands for more than " + std::to_string(most_) + " names");
  }

  [[noreturn]] void fail(const std::string& why) const {
    constexpr std::size_t longest_quoted = 80;
    const std::string quoted(text_.substr(0, longest_quoted));
    throw InputError(
        {.where = where_,
         .problem = "the list of hosts '" + quoted + (quoted.size() < text_.size() ? "…" : "") + "': " + why,
         .suggestion = "write for example n[001-016,20]"});
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t most_;
  std::size_t at_ = 0;
  std::vector<std::string> names_;
};

}  // namespace

std::vector<std::string> expand_hostlist(std::string_view text, const std::string& where, std::size_t most) {
  return Expansion(trimmed(text), where, most).run();
}

}  // namespace lockstep::topology
