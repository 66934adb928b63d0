#pragma once

#include <cstdint>

namespace lockstep::sim {

// How often the program that this is linked to has asked for memory.
std::uint64_t allocations();

}  // namespace lockstep::sim
