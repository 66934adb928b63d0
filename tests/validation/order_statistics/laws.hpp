#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/distribution.hpp"
#include "base/json_fields.hpp"

// Distributions by their JSON, of plain numbers.
namespace lockstep::validation {

inline Distribution law_of(const Json& json) {
  return read_distribution(JsonFields(json, ""), Dimension::factor);
}

inline Distribution law_of(const char* name, const Json& parameters) {
  Json json = parameters;
  json["distribution"] = name;
  return law_of(json);
}

}  // namespace lockstep::validation
