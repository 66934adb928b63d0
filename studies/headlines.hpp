#pragma once

#include <string>
#include <vector>

#include "base/json_text.hpp"

namespace lockstep::studies {

// One of the figures that a run is summed up by. Its name is its path in the results: "throughput.tokens_per_s", and
// "workloads.1.time_s" where there are several workloads.
struct Headline {
  std::string name;
  double value = 0;
};

// Those that the results have, in the order of the table in headlines.cpp.
std::vector<Headline> headlines_of(const Json& results);

// Puts something in the place of that name, making the objects and lists that lead there.
void put(Json& json, const std::string& name, Json value);

}  // namespace lockstep::studies
