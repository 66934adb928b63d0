#pragma once

#include <string>
#include <vector>

#include "base/json_fields.hpp"
#include "topology/fleet.hpp"

namespace lockstep::cli {

// The figures of a fleet under the names of the public results; with `metrics` also the costly ones.
Json describe_fleet(const topology::Fleet& fleet, bool metrics);
// One route: its links, latency and narrowest bandwidth.
Json describe_route(const topology::Fleet& fleet, topology::VertexId from, topology::VertexId to, std::uint64_t flow);

// The same for people.
std::string fleet_text(const topology::Fleet& fleet, const Json& description);
std::string route_text(const Json& route);
// Every topology and format, with a sentence each.
std::string list_topologies_and_formats();
Json names_of_topologies_and_formats();

}  // namespace lockstep::cli
