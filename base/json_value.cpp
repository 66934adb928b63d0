#include "base/json_value.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"

namespace lockstep {
namespace {

const char* kind_of(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (value.is_string()) return "text";
  if (value.is_boolean()) return "true or false";
  if (value.is_number()) return "a number";
  return "null";
}

std::string shown(const Json& value) {
  return excerpt(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// A number, but not one that is wanted.
[[noreturn]] void refuse(const Json& value, const std::string& where, const std::string& wanted) {
  throw InputError({.where = where, .problem = "must be " + wanted + ", not " + shown(value)});
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
      if (number != std::floor(number)) refuse(value, where, "a whole number");
      if (std::abs(number) > exact_limit) refuse(value, where, "a whole number of at most 2^53");
      return static_cast<std::int64_t>(number);
    }
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) {
      refuse(value, where, "a whole number below 2^63");
    }
    return value.get<std::int64_t>();
  }
};

const char* example_of(Seconds) {
  return "2 us";
}
const char* example_of(Bytes) {
  return "64 MiB";
}
const char* example_of(Bandwidth) {
  return "50 GB/s";
}
const char* example_of(Flops) {
  return "3 TFLOP";
}
const char* example_of(FlopRate) {
  return "989 TFLOP/s";
}
const char* example_of(Frequency) {
  return "200 /s";
}

template <int T, int D, int W>
struct Reading<Quantity<T, D, W>> {
  static Quantity<T, D, W> read(const Json& value, const std::string& where) {
    using Read = Quantity<T, D, W>;
    if (!value.is_string()) {
      const std::string reason = value.is_number() ? "a bare number has no unit: " : "";
      wrong_kind(value, where, "text with a number and its unit",
                 reason + "write for example \"" + example_of(Read()) + "\"");
    }
    const auto quantity = parse_quantity<Read>(value.get_ref<const std::string&>(), where);
    if (quantity < Read())
      throw InputError({.where = where, .problem = "must not be negative, as " + shown(value) + " is"});
    return quantity;
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

void wrong_kind(const Json& value, const std::string& where, const std::string& wanted, const std::string& suggestion) {
  throw InputError({.where = where,
                    .problem = "must be " + wanted + ", not " + kind_of(value) + " (" + shown(value) + ")",
                    .suggestion = suggestion});
}

template <class Value>
Value read_value(const Json& value, const std::string& where) {
  return Reading<Value>::read(value, where);
}

template bool read_value<bool>(const Json&, const std::string&);
template double read_value<double>(const Json&, const std::string&);
template std::int64_t read_value<std::int64_t>(const Json&, const std::string&);
template std::string read_value<std::string>(const Json&, const std::string&);
template Seconds read_value<Seconds>(const Json&, const std::string&);
template Bytes read_value<Bytes>(const Json&, const std::string&);
template Flops read_value<Flops>(const Json&, const std::string&);
template Bandwidth read_value<Bandwidth>(const Json&, const std::string&);
template FlopRate read_value<FlopRate>(const Json&, const std::string&);
template Frequency read_value<Frequency>(const Json&, const std::string&);
template std::vector<bool> read_value<std::vector<bool>>(const Json&, const std::string&);
template std::vector<double> read_value<std::vector<double>>(const Json&, const std::string&);
template std::vector<std::int64_t> read_value<std::vector<std::int64_t>>(const Json&, const std::string&);
template std::vector<std::string> read_value<std::vector<std::string>>(const Json&, const std::string&);
template std::vector<Seconds> read_value<std::vector<Seconds>>(const Json&, const std::string&);
template std::vector<Bytes> read_value<std::vector<Bytes>>(const Json&, const std::string&);

}  // namespace lockstep
