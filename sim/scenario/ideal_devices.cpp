#include "sim/scenario/ideal_devices.hpp"

#include "topology/fleet_builder.hpp"

namespace lockstep::sim {

topology::Fleet ideal_devices(std::uint32_t count) {
  topology::FleetBuilder builder("ideal devices");
  for (std::uint32_t device = 0; device < count; ++device) builder.add_device("d" + std::to_string(device));
  return builder.build();
}

}  // namespace lockstep::sim
