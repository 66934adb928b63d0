#pragma once

#include <cstdint>

#include "base/json_fields.hpp"

// Scenarios small enough to be simulated whole as well. Not every one is legal: reading it may throw InputError.
namespace lockstep::sim {

Json random_collective_run(std::uint64_t seed);
Json random_training_run(std::uint64_t seed);

}  // namespace lockstep::sim
