#pragma once

#include "base/json_fields.hpp"
#include "studies/attribution/attribution.hpp"

namespace lockstep::studies {

// Under the names of the public results.
Json as_json(const Attribution& attribution, const topology::Fleet& fleet);

}  // namespace lockstep::studies
