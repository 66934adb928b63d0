#include "topology/builders/direct.hpp"

#include <bit>

#include "topology/builders/builders.hpp"

namespace lockstep::topology {

void build_line(Site& site) {
  const std::size_t count = required_devices(site);
  const auto points = site.end_points(count);
  const std::vector<std::uint32_t> dimensions = {static_cast<std::uint32_t>(count)};
  join_neighbours(site, points, dimensions, {false});
  site.routing = {.kind = RoutingSpec::Kind::dimension_order, .dimensions = dimensions, .wrap = {false}};
  if (count > 1) site.bisection = {cables(site, 1), "1 cable joins the halves of a line"};
}

void build_ring(Site& site) {
  const std::size_t count = required_devices(site);
  const auto points = site.end_points(count);
  const std::vector<std::uint32_t> dimensions = {static_cast<std::uint32_t>(count)};
  join_neighbours(site, points, dimensions, {true});
  site.routing = {.kind = RoutingSpec::Kind::dimension_order, .dimensions = dimensions, .wrap = {true}};
  if (count > 2) site.bisection = {cables(site, 2), "2 cables join the halves of a ring"};
  if (count == 2) site.bisection = {cables(site, 1), "a ring of 2 has one cable"};
}

namespace {

// A full mesh crosses the middle with ⌊n/2⌋·⌈n/2⌉ cables; a grid of them with the fewest over the even dimensions,
// which is the minimum when the product of complete graphs is cut across one whole dimension (HyperX, Ahn et al. 2009).
std::optional<KnownBisection> full_mesh_bisection(const Site& site, std::span<const std::uint32_t> dimensions) {
  const auto points = static_cast<double>(product(dimensions));
  if (points < 2) return std::nullopt;
  if (dimensions.size() == 1) {
    const std::uint32_t low = dimensions[0] / 2;
    return KnownBisection{cables(site, double(low) * double(dimensions[0] - low)), "floor(n/2) x ceil(n/2) cables"};
  }
  std::optional<double> least;
  for (const std::uint32_t length : dimensions) {
    if (length == 1) continue;
    if (length % 2 != 0) return std::nullopt;
    const double crossing = points * length / 4;
    if (!least || crossing < *least) least = crossing;
  }
  if (!least) return std::nullopt;
  return KnownBisection{cables(site, *least), "devices x shortest side / 4 cables"};
}

}  // namespace

void build_full_mesh(Site& site) {
  std::vector<std::uint32_t> dimensions;
  if (site.fields.has("dimensions")) {
    dimensions = read_dimensions(site.fields);
  } else {
    dimensions = {static_cast<std::uint32_t>(required_devices(site))};
  }
  const std::size_t count = exact_end_point_count(site, product(dimensions), "the dimensions multiply to");
  const auto points = site.end_points(count);
  join_all_in_each_dimension(site, points, dimensions, site.link);
  site.routing = {.kind = RoutingSpec::Kind::dimension_order,
                  .dimensions = dimensions,
                  .wrap = std::vector<bool>(dimensions.size(), false)};
  site.bisection = full_mesh_bisection(site, dimensions);
}

void build_hypercube(Site& site) {
  std::size_t count = 0;
  if (const Json* stated = site.fields.raw("dimensions"); stated != nullptr) {
    constexpr std::int64_t most = 22;  // 2^22 devices are above the largest fleet
    count = std::size_t{1} << site.fields.count("dimensions", 0, most);
  } else {
    count = required_devices(site);
    if (!std::has_single_bit(count)) {
      site.fields.fail(
          "devices", std::to_string(count) + " is not a power of two, which a hypercube needs",
          "write " + std::to_string(std::bit_floor(count)) + " or " + std::to_string(std::bit_ceil(count)));
    }
  }
  if (count * static_cast<std::size_t>(std::countr_zero(count)) > most_links) {
    site.fields.fail("", "a hypercube of " + std::to_string(count) + " devices needs more than the " +
                             std::to_string(most_links) + " links of the largest fleet");
  }
  std::vector<std::uint32_t> dimensions(static_cast<std::size_t>(std::countr_zero(count)), 2);
  if (dimensions.empty()) dimensions = {1};
  const auto points = site.end_points(exact_end_point_count(site, count, "the hypercube has"));
  join_neighbours(site, points, dimensions, std::vector<bool>(dimensions.size(), false));
  site.routing = {.kind = RoutingSpec::Kind::dimension_order,
                  .dimensions = dimensions,
                  .wrap = std::vector<bool>(dimensions.size(), false)};
  if (count > 1) site.bisection = {cables(site, double(count) / 2), "devices / 2 cables"};
}

}  // namespace lockstep::topology
