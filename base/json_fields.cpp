#include "base/json_fields.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "base/unit_text.hpp"

namespace lockstep {
namespace {

constexpr int deepest_nesting = 100;

// "line 3, column 7" of a byte offset.
std::string position(const std::string& text, std::size_t offset) {
  const std::size_t end = std::min(offset, text.size());
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
  const std::size_t line_start = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
  const std::size_t column = line_start == std::string::npos ? end + 1 : end - line_start;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// nlohmann keeps the last of two equal keys without a word, and recursion elsewhere trusts the nesting to be sane.
class Guard {
 public:
  explicit Guard(std::string file) : file_(std::move(file)) {}

  void see(int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > deepest_nesting) {
      throw InputError(
          {.where = file_, .problem = "the JSON is nested deeper than " + std::to_string(deepest_nesting) + " levels"});
    }
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      throw InputError({.where = file_,
                        .problem = "the key '" + parsed.get<std::string>() + "' is given twice in one object",
                        .suggestion = "remove one of them"});
    }
  }

 private:
  std::string file_;
  std::vector<std::set<std::string>> keys_;
};

const char* kind_of(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (value.is_string()) return "text";
  if (value.is_boolean()) return "true or false";
  if (value.is_number()) return "a number";
  return "null";
}

std::string shown(const Json& value) {
  constexpr std::size_t longest = 60;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > longest) text = text.substr(0, longest) + "…";
  return text;
}

[[noreturn]] void wrong_kind(const Json& value, const std::string& where, const std::string& wanted,
                             const std::string& suggestion = "") {
  throw InputError({.where = where,
                    .problem = "must be " + wanted + ", not " + kind_of(value) + " (" + shown(value) + ")",
                    .suggestion = suggestion});
}

template <class Value>
struct Reading;

template <>
struct Reading<bool> {
  static bool read(const Json& value, const std::string& where) {
    if (!value.is_boolean()) wrong_kind(value, where, "true or false");
    return value.get<bool>();
  }
};

template <>
struct Reading<std::string> {
  static std::string read(const Json& value, const std::string& where) {
    if (!value.is_string()) wrong_kind(value, where, "text");
    return value.get<std::string>();
  }
};

template <>
struct Reading<double> {
  static double read(const Json& value, const std::string& where) {
    if (!value.is_number()) wrong_kind(value, where, "a plain number");
    return value.get<double>();
  }
};

template <>
struct Reading<std::int64_t> {
  static std::int64_t read(const Json& value, const std::string& where) {
    constexpr double exact_limit = 0x1p53;
    if (!value.is_number()) wrong_kind(value, where, "a whole number");
    if (value.is_number_float()) {
      const double number = value.get<double>();
      if (number != std::floor(number) || std::abs(number) > exact_limit) wrong_kind(value, where, "a whole number");
      return static_cast<std::int64_t>(number);
    }
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) {
      wrong_kind(value, where, "a whole number below 2^63");
    }
    return value.get<std::int64_t>();
  }
};

template <int T, int D, int W>
struct Reading<Quantity<T, D, W>> {
  static Quantity<T, D, W> read(const Json& value, const std::string& where) {
    if (!value.is_string()) {
      const bool number = value.is_number();
      wrong_kind(value, where, "text with a number and its unit",
                 number ? "a bare number has no unit: write for example \"" + example() + "\""
                        : "write for example \"" + example() + "\"");
    }
    return parse_quantity<Quantity<T, D, W>>(value.get_ref<const std::string&>(), where);
  }
  static std::string example() {
    if constexpr (std::is_same_v<Quantity<T, D, W>, Seconds>) return "2 us";
    if constexpr (std::is_same_v<Quantity<T, D, W>, Bytes>) return "64 MiB";
    if constexpr (std::is_same_v<Quantity<T, D, W>, Bandwidth>) return "50 GB/s";
    if constexpr (std::is_same_v<Quantity<T, D, W>, Flops>) return "3 TFLOP";
    return "989 TFLOP/s";
  }
};

template <class Item>
struct Reading<std::vector<Item>> {
  static std::vector<Item> read(const Json& value, const std::string& where) {
    if (!value.is_array()) wrong_kind(value, where, "a list");
    std::vector<Item> items;
    for (std::size_t i = 0; i < value.size(); ++i) {
      items.push_back(Reading<Item>::read(value[i], where + "[" + std::to_string(i) + "]"));
    }
    return items;
  }
};

}  // namespace

Json parse_json(const std::string& text, const std::string& file) {
  Guard guard(file);
  auto see = [&guard](int depth, Json::parse_event_t event, Json& parsed) {
    guard.see(depth, event, parsed);
    return true;
  };
  try {
    return Json::parse(text, see, true, true);
  } catch (const Json::parse_error& error) {
    std::string reason = error.what();
    // nlohmann's text reads "[json.exception.parse_error.101] parse error at line 1, column 2: …": keep the last part.
    if (const auto colon = reason.find(": "); colon != std::string::npos) reason = reason.substr(colon + 2);
    throw InputError(
        {.where = file,
         .problem = "broken JSON at " + position(text, error.byte == 0 ? 0 : error.byte - 1) + ": " + reason});
  } catch (const Json::exception& error) {
    throw InputError({.where = file, .problem = std::string("broken JSON: ") + error.what()});
  }
}

JsonFields::JsonFields(const Json& object, std::string file, std::string path)
    : object_(&object),
      file_(std::move(file)),
      path_(std::move(path)),
      known_(std::make_shared<std::vector<std::string>>()) {
  if (!object.is_object()) wrong_kind(object, where(), "an object {…}");
}

std::string JsonFields::key_path(const std::string& key) const {
  if (key.empty()) return path_;
  return path_.empty() ? key : path_ + "." + key;
}

std::string JsonFields::where(const std::string& key) const {
  const std::string inside = key_path(key);
  if (file_.empty() || inside.empty()) return file_ + inside;
  return file_ + ": " + inside;
}

void JsonFields::fail(const std::string& key, const std::string& problem, const std::string& suggestion) const {
  throw InputError({.where = where(key), .problem = problem, .suggestion = suggestion});
}

const Json* JsonFields::raw(const std::string& key) const {
  if (std::find(known_->begin(), known_->end(), key) == known_->end()) known_->push_back(key);
  const auto found = object_->find(key);
  return found == object_->end() ? nullptr : &*found;
}

bool JsonFields::has(const std::string& key) const {
  return raw(key) != nullptr;
}

template <class Value>
std::optional<Value> JsonFields::maybe(const std::string& key) const {
  const Json* value = raw(key);
  if (value == nullptr) return std::nullopt;
  return Reading<Value>::read(*value, where(key));
}

template <class Value>
Value JsonFields::required(const std::string& key) const {
  std::optional<Value> value = maybe<Value>(key);
  if (!value) {
    std::string misspelt;
    for (const auto& [present, unused] : object_->items()) {
      if (suggest_name(present, {key}).starts_with("did you mean")) misspelt = "is '" + present + "' meant to be it?";
    }
    throw InputError({.where = where(), .problem = "the field '" + key + "' is missing", .suggestion = misspelt});
  }
  return *std::move(value);
}

template std::optional<bool> JsonFields::maybe(const std::string&) const;
template std::optional<double> JsonFields::maybe(const std::string&) const;
template std::optional<std::int64_t> JsonFields::maybe(const std::string&) const;
template std::optional<std::string> JsonFields::maybe(const std::string&) const;
template std::optional<Seconds> JsonFields::maybe(const std::string&) const;
template std::optional<Bytes> JsonFields::maybe(const std::string&) const;
template std::optional<Flops> JsonFields::maybe(const std::string&) const;
template std::optional<Bandwidth> JsonFields::maybe(const std::string&) const;
template std::optional<FlopRate> JsonFields::maybe(const std::string&) const;
template std::optional<std::vector<bool>> JsonFields::maybe(const std::string&) const;
template std::optional<std::vector<double>> JsonFields::maybe(const std::string&) const;
template std::optional<std::vector<std::int64_t>> JsonFields::maybe(const std::string&) const;
template std::optional<std::vector<std::string>> JsonFields::maybe(const std::string&) const;
template std::optional<std::vector<Seconds>> JsonFields::maybe(const std::string&) const;

template bool JsonFields::required(const std::string&) const;
template double JsonFields::required(const std::string&) const;
template std::int64_t JsonFields::required(const std::string&) const;
template std::string JsonFields::required(const std::string&) const;
template Seconds JsonFields::required(const std::string&) const;
template Bytes JsonFields::required(const std::string&) const;
template Flops JsonFields::required(const std::string&) const;
template Bandwidth JsonFields::required(const std::string&) const;
template FlopRate JsonFields::required(const std::string&) const;
template std::vector<bool> JsonFields::required(const std::string&) const;
template std::vector<double> JsonFields::required(const std::string&) const;
template std::vector<std::int64_t> JsonFields::required(const std::string&) const;
template std::vector<std::string> JsonFields::required(const std::string&) const;
template std::vector<Seconds> JsonFields::required(const std::string&) const;

std::int64_t JsonFields::count(const std::string& key, std::int64_t least, std::int64_t most) const {
  const auto value = required<std::int64_t>(key);
  if (value < least || value > most) {
    fail(key, "must be between " + std::to_string(least) + " and " + std::to_string(most) + ", not " +
                  std::to_string(value));
  }
  return value;
}

std::int64_t JsonFields::count_or(const std::string& key, std::int64_t otherwise, std::int64_t least,
                                  std::int64_t most) const {
  return has(key) ? count(key, least, most) : otherwise;
}

std::string JsonFields::choice(const std::string& key, const std::vector<std::string>& names) const {
  auto value = required<std::string>(key);
  if (std::find(names.begin(), names.end(), value) == names.end()) {
    fail(key, "there is no '" + value + "' here", suggest_name(value, names));
  }
  return value;
}

std::string JsonFields::choice_or(const std::string& key, const std::string& otherwise,
                                  const std::vector<std::string>& names) const {
  return has(key) ? choice(key, names) : otherwise;
}

JsonFields JsonFields::object(const std::string& key) const {
  const Json* value = raw(key);
  if (value == nullptr) fail("", "the field '" + key + "' is missing");
  return JsonFields(*value, file_, key_path(key));
}

std::vector<JsonFields> JsonFields::objects(const std::string& key) const {
  std::vector<JsonFields> result;
  const Json* value = raw(key);
  if (value == nullptr) return result;
  if (!value->is_array()) wrong_kind(*value, where(key), "a list of objects");
  for (std::size_t i = 0; i < value->size(); ++i) {
    result.emplace_back((*value)[i], file_, key_path(key) + "[" + std::to_string(i) + "]");
  }
  return result;
}

void JsonFields::reject_unknown() const {
  for (const auto& [key, value] : object_->items()) {
    if (std::find(known_->begin(), known_->end(), key) != known_->end()) continue;
    throw InputError({.where = where(key), .problem = "unknown key", .suggestion = suggest_name(key, *known_)});
  }
}

}  // namespace lockstep
