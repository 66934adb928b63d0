#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json_text.hpp"
#include "base/quantity.hpp"

namespace lockstep {

// Reads one JSON value; throws InputError naming `where` unless it is of that kind. Value may be: bool, double,
// std::int64_t, std::string, any quantity (text with a unit, not negative), or std::vector of the first four, Seconds
// or Bytes.
template <class Value>
Value read_value(const Json& value, const std::string& where);

// Throws InputError: "must be a list, not text ("abc")".
[[noreturn]] void wrong_kind(const Json& value, const std::string& where, const std::string& wanted,
                             const std::string& suggestion = "");

}  // namespace lockstep
