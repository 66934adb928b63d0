#pragma once

#include "topology/fleet.hpp"

namespace lockstep::sim {

// So many devices, called d0, d1, …, with nothing between them.
topology::Fleet ideal_devices(std::uint32_t count);

}  // namespace lockstep::sim
