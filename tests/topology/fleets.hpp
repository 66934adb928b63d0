#pragma once

#include <string>

#include "base/catalog.hpp"
#include "topology/fleet_spec.hpp"

// Fleets for tests, from their JSON description.
namespace lockstep::topology {

inline Fleet fleet_from(const std::string& description) {
  static const Catalog catalog = Catalog::bundled();
  return load_fleet(description, "", {.catalog = catalog});
}

// A flat topology with links of 50 GB/s and 1 us; `fields` are its further fields, as "\"devices\":8".
inline Fleet topology_of(const std::string& name, const std::string& fields) {
  return fleet_from(R"({"topology":")" + name + R"(","link":{"bandwidth":"50 GB/s","latency":"1 us"},)" + fields + "}");
}

}  // namespace lockstep::topology
