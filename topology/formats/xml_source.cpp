#include "topology/formats/xml_source.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string_view>

#include "base/error.hpp"

namespace lockstep::topology {
namespace {

struct TextPosition {
  std::size_t line;
  std::size_t column;
};

TextPosition position_of(std::string_view text, std::ptrdiff_t offset) {
  const std::size_t end = offset < 0 ? 0 : std::min(text.size(), static_cast<std::size_t>(offset));
  const std::string_view before = text.substr(0, end);
  const std::size_t line_break = before.rfind('\n');
  return {static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          line_break == std::string_view::npos ? end + 1 : end - line_break};
}

}  // namespace

XmlSource::XmlSource(const std::string& text, std::string file) : text_(text), file_(std::move(file)) {
  const pugi::xml_parse_result result = document_.load_buffer(text.data(), text.size());
  if (result) return;
  const TextPosition at = position_of(text, result.offset);
  throw InputError({.where = file_ + ": line " + std::to_string(at.line) + ", column " + std::to_string(at.column),
                    .problem = std::string("this is not well-formed XML: ") + result.description(),
                    .suggestion = "check that the file is complete"});
}

std::string XmlSource::where(pugi::xml_node element) const {
  return file_ + ": line " + std::to_string(position_of(text_, element.offset_debug()).line) + ": <" + element.name() +
         ">";
}

void XmlSource::fail(pugi::xml_node element, const std::string& problem, const std::string& suggestion) const {
  throw InputError({.where = where(element), .problem = problem, .suggestion = suggestion});
}

std::optional<std::int64_t> XmlSource::whole_number(pugi::xml_node element, const char* attribute, std::int64_t least,
                                                    std::int64_t largest) const {
  const std::string_view text = element.attribute(attribute).value();
  if (text.empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > largest) {
    fail(element, std::string(attribute) + "=\"" + std::string(text) + "\" is not a whole number from " +
                      std::to_string(least) + " to " + std::to_string(largest));
  }
  return number;
}

}  // namespace lockstep::topology
