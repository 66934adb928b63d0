#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/json_fields.hpp"
#include "base/named_table.hpp"
#include "topology/fleet_builder.hpp"

// Topologies by name: each is one file and one line of the table in builders.cpp.
namespace lockstep::topology {

// Where a topology is built: what the user wrote, and what it connects. The end points are devices of its own making
// ("devices": 16), or the NICs of nodes that stand already.
struct Site {
  const JsonFields& fields;
  FleetBuilder& fleet;
  LinkProperties link;  // the cable that the user stated
  // Catalogs state the latency of a fabric from end to end. Then half of it is charged at each end, so that a message
  // pays it once however many switches it passes.
  bool latency_is_end_to_end = false;
  std::optional<std::size_t> stated = {};  // how many end points there are to be, when that is known
  std::function<std::vector<VertexId>(std::size_t count)> end_points = {};  // makes or hands out exactly this many
  std::size_t rails = 1;                         // end point i belongs to rail i % rails (NICs of nodes)
  RoutingSpec routing = {};                      // set by the topology, unless the user chose another
  std::optional<KnownBisection> bisection = {};  // set by the topology where a formula is known
};

// The cable between an end point and its switch, and the one between switches.
LinkProperties end_cable(const Site& site);
LinkProperties switch_cable(const Site& site);

using TopologyFunction = void (*)(Site& site);

std::span<const NamedEntry<TopologyFunction>> topologies();

// --- for the topologies themselves ---

// A link written as an object, {"bandwidth": …, "latency": …, "kind": …}; `otherwise` where the key is absent.
LinkProperties read_link(const JsonFields& fields, const std::string& key, const LinkProperties& otherwise);
// The number of end points: as stated, else `capacity`. Throws when more are stated than fit.
std::size_t end_point_count(const Site& site, std::size_t capacity, const std::string& what_holds_them);
// `places` end points; throws when another number is stated. `what_has_them` begins the sentence.
std::size_t exact_end_point_count(const Site& site, std::size_t places, const std::string& what_has_them);
// The stated number; throws naming the field when there is none.
std::size_t required_devices(const Site& site);
// "dimensions": a list of whole numbers ≥ 1 whose product stays below the largest fleet.
std::vector<std::uint32_t> read_dimensions(const JsonFields& fields);
std::size_t product(std::span<const std::uint32_t> dimensions);
// Full-duplex cables between every pair of grid points that differ in one coordinate only (HyperX), or by one step in
// one coordinate (torus, mesh).
void join_all_in_each_dimension(Site& site, std::span<const VertexId> points, std::span<const std::uint32_t> dimensions,
                                const LinkProperties& cable);
void join_neighbours(Site& site, std::span<const VertexId> points, std::span<const std::uint32_t> dimensions,
                     const std::vector<bool>& wrap);
// The bisection of a grid whose sides close to rings where `wrap` says so; absent where no formula is known.
std::optional<KnownBisection> grid_bisection(const Site& site, std::span<const std::uint32_t> dimensions,
                                             const std::vector<bool>& wrap);
// `count` cables of the site's link as a bandwidth.
Bandwidth cables(const Site& site, double count);

}  // namespace lockstep::topology
