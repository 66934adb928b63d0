#pragma once

#include <string>
#include <vector>

#include "base/random_stream.hpp"
#include "topology/fleet_builder.hpp"

// Fleets drawn at random, for property tests.
namespace lockstep::topology {

// Devices and switches joined by random cables, one-way links and half-duplex cables; not always connected.
inline Fleet random_fleet(std::uint64_t seed) {
  RandomStream random(seed, "tests/random_fleet");
  FleetBuilder builder("random " + std::to_string(seed));
  const std::uint64_t devices = 1 + random.below(12);
  const std::uint64_t switches = random.below(8);
  std::vector<VertexId> vertices;
  const auto numbered = [](std::string stem, std::uint64_t number) { return stem += std::to_string(number); };
  for (std::uint64_t d = 0; d < devices; ++d) vertices.push_back(builder.add_device(numbered("d", d)));
  for (std::uint64_t s = 0; s < switches; ++s) vertices.push_back(builder.add_switch(numbered("s", s)));
  const std::uint64_t joints = random.below(2 * vertices.size() + 1);
  for (std::uint64_t j = 0; j < joints; ++j) {
    const VertexId a = vertices[random.below(vertices.size())];
    const VertexId b = vertices[random.below(vertices.size())];
    const LinkProperties cable{Bandwidth(1e9 * double(1 + random.below(100))),
                               Seconds(1e-7 * double(random.below(50)))};
    if (a == b) continue;
    switch (random.below(4)) {
      case 0:
        builder.add_link(a, b, cable);
        break;
      case 1:
        builder.add_half_duplex_cable(a, b, cable);
        break;
      default:
        builder.add_cable(a, b, cable);
    }
  }
  return builder.build();
}

}  // namespace lockstep::topology
