#include <array>
#include <iostream>

#include "base/unit_text.hpp"
#include "topology/fleet.hpp"
#include "topology/fleet_builder.hpp"

using namespace lockstep;
using namespace lockstep::topology;

// A ring of four devices through the public interface alone: two hops, at 2 us each, to the device opposite.
int main() {
  const LinkProperties cable = {parse_quantity<Bandwidth>("50 GB/s"), parse_quantity<Seconds>("2 us"),
                                LinkKind::network};
  FleetBuilder builder("ring");
  std::array<VertexId, 4> devices;
  for (std::size_t d = 0; d < devices.size(); ++d) devices[d] = builder.add_device("d" + std::to_string(d));
  for (std::size_t d = 0; d < devices.size(); ++d) builder.add_cable(devices[d], devices[(d + 1) % 4], cable);
  const Fleet fleet = builder.build();
  const auto route = fleet.route(devices[0], devices[2]);
  std::cout << fleet.device_count() << " devices; d0 to d2: " << route.size() << " hops, "
            << to_text(fleet.route_latency(route)) << "\n";
}
