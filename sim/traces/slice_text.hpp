#pragma once

#include <string>

#include "sim/timeline.hpp"
#include "topology/fleet.hpp"

namespace lockstep::sim {

// What a trace says of an operation.
struct SliceText {
  std::string name;     // a JSON string
  std::string details;  // members of a JSON object, each begun with a comma
};
SliceText slice_text(const OpSpan& span, const topology::Fleet& fleet);

// Any bytes as a JSON string; what is not UTF-8 is replaced.
std::string json_string(const std::string& text);

}  // namespace lockstep::sim
