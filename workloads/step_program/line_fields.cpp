#include "workloads/step_program/line_fields.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.hpp"
#include "base/unit_text.hpp"

namespace lockstep::workloads {
namespace {

const char* name_of(LineJson::Kind kind) {
  switch (kind) {
    case LineJson::Kind::object:
      return "an object";
    case LineJson::Kind::list:
      return "a list";
    case LineJson::Kind::text:
      return "text";
    case LineJson::Kind::number:
      return "a number";
    case LineJson::Kind::boolean:
      return "true or false";
    case LineJson::Kind::null:
      break;
  }
  return "null";
}

// "1e3" is a whole number too.
std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, number); read.ec == std::errc() && read.ptr == end) {
    return number;
  }
  constexpr double exact_limit = 0x1p53;
  double decimal = 0;
  const auto read = std::from_chars(text.data(), end, decimal);
  const bool is_whole =
      read.ec == std::errc() && decimal >= 0 && decimal <= exact_limit && decimal == std::floor(decimal);
  return is_whole ? std::optional(static_cast<std::uint64_t>(decimal)) : std::nullopt;
}

const char* example_of(Seconds) {
  return "10 ms";
}
const char* example_of(Bytes) {
  return "64 MiB";
}
const char* example_of(Flops) {
  return "1 TFLOP";
}

}  // namespace

LineFields::LineFields(const LineJson& line, const LineJson::Node& object, const LinePlace& place, std::string path)
    : line_(&line), object_(&object), place_(&place), path_(std::move(path)) {
  if (object.kind == LineJson::Kind::object) return;
  const std::string key = path_.empty() ? "" : path_.substr(0, path_.size() - 1);
  path_.clear();
  wrong_kind(key, object, "an object");
}

const LineJson::Node* LineFields::find(std::string_view key) const {
  for (std::uint32_t node = object_->first; node != LineJson::none; node = (*line_)[node].next) {
    if ((*line_)[node].key == key) return &(*line_)[node];
  }
  return nullptr;
}

const LineJson::Node& LineFields::required(std::string_view key) const {
  const LineJson::Node* node = find(key);
  if (node == nullptr) fail(key, "is missing");
  return *node;
}

std::string_view LineFields::text(std::string_view key) const {
  const LineJson::Node& node = required(key);
  if (node.kind != LineJson::Kind::text) wrong_kind(key, node, "text");
  return node.text;
}

std::optional<std::string_view> LineFields::maybe_text(std::string_view key) const {
  return has(key) ? std::optional(text(key)) : std::nullopt;
}

std::vector<std::string_view> LineFields::texts(std::string_view key) const {
  std::vector<std::string_view> texts;
  const LineJson::Node* list = find(key);
  if (list == nullptr) return texts;
  if (list->kind != LineJson::Kind::list) wrong_kind(key, *list, "a list of texts");
  for (std::uint32_t item = list->first; item != LineJson::none; item = (*line_)[item].next) {
    const LineJson::Node& node = (*line_)[item];
    if (node.kind != LineJson::Kind::text) wrong_kind(key, node, "a list of texts");
    texts.push_back(node.text);
  }
  return texts;
}

std::uint64_t LineFields::count(std::string_view key, std::uint64_t least, std::uint64_t most) const {
  const LineJson::Node& node = required(key);
  const auto number = node.kind == LineJson::Kind::number ? whole_number(node.text) : std::nullopt;
  if (!number) wrong_kind(key, node, "a whole number");
  if (*number < least || *number > most) {
    fail(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ", not " +
                  std::to_string(*number));
  }
  return *number;
}

std::uint64_t LineFields::count_or(std::string_view key, std::uint64_t otherwise, std::uint64_t least,
                                   std::uint64_t most) const {
  return has(key) ? count(key, least, most) : otherwise;
}

template <class AnyQuantity>
AnyQuantity LineFields::quantity(std::string_view key) const {
  const LineJson::Node& node = required(key);
  if (node.kind != LineJson::Kind::text) {
    const std::string reason = node.kind == LineJson::Kind::number ? "a bare number has no unit: " : "";
    wrong_kind(key, node, "text with a number and its unit",
               reason + "write for example \"" + example_of(AnyQuantity()) + "\"");
  }
  AnyQuantity value;
  try {
    value = parse_quantity<AnyQuantity>(node.text);
  } catch (const InputError& error) {
    // The place is put into words only now, since that takes longer than the reading.
    fail(key, error.text().problem, error.text().suggestion);
  }
  if (value < AnyQuantity()) fail(key, "must not be negative, as \"" + excerpt(node.text) + "\" is");
  return value;
}

template Seconds LineFields::quantity<Seconds>(std::string_view) const;
template Bytes LineFields::quantity<Bytes>(std::string_view) const;
template Flops LineFields::quantity<Flops>(std::string_view) const;

void LineFields::reject_unknown(std::span<const std::string_view> known) const {
  for (std::uint32_t node = object_->first; node != LineJson::none; node = (*line_)[node].next) {
    const std::string_view key = (*line_)[node].key;
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    fail(excerpt(key), "unknown key",
         suggest_name(std::string(key), std::vector<std::string>(known.begin(), known.end())));
  }
}

void LineFields::fail(std::string_view key, const std::string& problem, const std::string& suggestion) const {
  throw InputError({.where = where(key), .problem = problem, .suggestion = suggestion});
}

std::string LineFields::where(std::string_view key) const {
  std::string text = place_->text();
  if (!path_.empty() || !key.empty()) text.append(": ").append(path_).append(key);
  return text;
}

void LineFields::wrong_kind(std::string_view key, const LineJson::Node& node, const std::string& wanted,
                            const std::string& suggestion) const {
  fail(key, "must be " + wanted + ", not " + name_of(node.kind) + " (" + excerpt(node.text) + ")", suggestion);
}

}  // namespace lockstep::workloads
