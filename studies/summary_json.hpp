#pragma once

#include "base/json_text.hpp"
#include "studies/statistics.hpp"

namespace lockstep::studies {

// The mean, and where it lies with 95 % confidence, if that is known.
Json mean_json(const Summary& summary);

}  // namespace lockstep::studies
