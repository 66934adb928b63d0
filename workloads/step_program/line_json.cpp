#include "workloads/step_program/line_json.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

constexpr std::uint32_t deepest = 4;  // of usual lines

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Json parse_line(const std::string& line, const LinePlace& place) {
  try {
    return parse_json(line, place.text());
  } catch (const InputError& error) {
    // The parser counts lines within the one that it is given.
    InputError::Text text = error.text();
    const std::string counted = "at line 1, ";
    if (const auto at = text.problem.find(counted); at != std::string::npos) {
      text.problem.replace(at, counted.size(), "at ");
    }
    throw InputError(text);
  }
}

void LineJson::parse(const std::string& line, const LinePlace& place) {
  line_ = line;
  at_ = 0;
  nodes_.clear();
  kept_.clear();
  skip_space();
  bool is_usual = scan_value(0);
  if (is_usual) skip_space();
  if (is_usual && at_ == line_.size()) return;
  nodes_.clear();
  copy(parse_line(line, place));
}

void LineJson::skip_space() {
  while (peek() == ' ' || peek() == '\t') ++at_;
}

// Appends what stands next as a node, with everything inside it. False for what is unusual or broken.
bool LineJson::scan_value(std::uint32_t depth) {
  Node node;
  const std::size_t begin = at_;
  const auto number = static_cast<std::uint32_t>(nodes_.size());
  switch (peek()) {
    case '{':
    case '[': {
      if (depth == deepest) return false;
      const bool is_object = line_[at_++] == '{';
      node.kind = is_object ? Kind::object : Kind::list;
      nodes_.push_back(node);
      if (!scan_members(is_object ? '}' : ']', depth + 1)) return false;
      if (nodes_.size() > number + 1) nodes_[number].first = number + 1;
      nodes_[number].text = line_.substr(begin, at_ - begin);
      return true;
    }
    case '"':
      node.kind = Kind::text;
      if (!scan_text(node.text)) return false;
      break;
    case 't':
      node.kind = Kind::boolean;
      if (!scan_word("true")) return false;
      break;
    case 'f':
      node.kind = Kind::boolean;
      if (!scan_word("false")) return false;
      break;
    case 'n':
      if (!scan_word("null")) return false;
      break;
    default:
      node.kind = Kind::number;
      if (!scan_number()) return false;
  }
  if (node.kind != Kind::text) node.text = line_.substr(begin, at_ - begin);
  nodes_.push_back(node);
  return true;
}

bool LineJson::scan_members(char end, std::uint32_t depth) {
  skip_space();
  if (peek() == end) return ++at_, true;
  const auto first = static_cast<std::uint32_t>(nodes_.size());
  std::uint32_t last = none;
  for (;;) {
    std::string_view key;
    if (end == '}') {
      if (!scan_text(key)) return false;
      for (std::uint32_t node = last == none ? none : first; node != none; node = nodes_[node].next) {
        if (nodes_[node].key == key) return false;
      }
      skip_space();
      if (peek() != ':') return false;
      ++at_;
      skip_space();
    }
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    if (!scan_value(depth)) return false;
    nodes_[number].key = key;
    if (last != none) nodes_[last].next = number;
    last = number;
    skip_space();
    const char after = peek();
    ++at_;
    if (after == end) return true;
    if (after != ',') return false;
    skip_space();
  }
}

// Texts without escapes and beyond plain ASCII nothing, which would have to be checked.
bool LineJson::scan_text(std::string_view& text) {
  if (peek() != '"') return false;
  const std::size_t begin = ++at_;
  for (; at_ < line_.size(); ++at_) {
    const char c = line_[at_];
    if (c == '"') {
      text = line_.substr(begin, at_++ - begin);
      return true;
    }
    if (c == '\\' || c < ' ' || c > '~') return false;
  }
  return false;
}

bool LineJson::scan_digits() {
  if (!is_digit(peek())) return false;
  while (is_digit(peek())) ++at_;
  return true;
}

bool LineJson::scan_number() {
  if (peek() == '-') ++at_;
  if (peek() == '0') {
    ++at_;
  } else if (!scan_digits()) {
    return false;
  }
  if (peek() == '.') {
    ++at_;
    if (!scan_digits()) return false;
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    return scan_digits();
  }
  return true;
}

bool LineJson::scan_word(std::string_view word) {
  if (line_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

void LineJson::copy(const Json& value) {
  const auto number = static_cast<std::uint32_t>(nodes_.size());
  nodes_.emplace_back();
  if (value.is_structured()) {
    std::uint32_t last = none;
    for (auto member = value.begin(); member != value.end(); ++member) {
      const auto inner = static_cast<std::uint32_t>(nodes_.size());
      copy(*member);
      if (value.is_object()) nodes_[inner].key = keep(member.key());
      (last == none ? nodes_[number].first : nodes_[last].next) = inner;
      last = inner;
    }
    nodes_[number].kind = value.is_object() ? Kind::object : Kind::list;
  } else if (value.is_string()) {
    nodes_[number].kind = Kind::text;
    nodes_[number].text = keep(value.get<std::string>());
    return;
  } else if (!value.is_null()) {
    nodes_[number].kind = value.is_boolean() ? Kind::boolean : Kind::number;
  }
  nodes_[number].text = keep(value.dump());
}

}  // namespace lockstep::workloads
