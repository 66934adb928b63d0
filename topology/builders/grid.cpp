#include <numeric>

#include "base/error.hpp"
#include "topology/builders/builders.hpp"

// Shared by the topologies whose vertices stand on a grid: point i has coordinates i % d0, i / d0 % d1, …
namespace lockstep::topology {

std::size_t product(std::span<const std::uint32_t> dimensions) {
  return std::accumulate(dimensions.begin(), dimensions.end(), std::size_t{1}, std::multiplies<>());
}

std::vector<std::uint32_t> read_dimensions(const JsonFields& fields) {
  constexpr std::size_t most_dimensions = 32;
  const auto lengths = fields.required<std::vector<std::int64_t>>("dimensions");
  if (lengths.empty() || lengths.size() > most_dimensions) {
    fields.fail("dimensions", "must list 1 to 32 lengths", "write for example [4, 4, 4]");
  }
  std::vector<std::uint32_t> dimensions;
  std::size_t points = 1;
  for (const std::int64_t length : lengths) {
    if (length < 1) fields.fail("dimensions", "each length must be at least 1, not " + std::to_string(length));
    if (static_cast<std::uint64_t>(length) > most_vertices / points) {
      fields.fail("dimensions",
                  "they multiply to more than the " + std::to_string(most_vertices) + " vertices of the largest fleet",
                  "describe a smaller fleet");
    }
    points *= static_cast<std::size_t>(length);
    dimensions.push_back(static_cast<std::uint32_t>(length));
  }
  return dimensions;
}

void join_neighbours(Site& site, std::span<const VertexId> points, std::span<const std::uint32_t> dimensions,
                     const std::vector<bool>& wrap) {
  std::size_t stride = 1;
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    const std::size_t length = dimensions[d];
    for (std::size_t p = 0; p < points.size(); ++p) {
      const std::size_t here = p / stride % length;
      if (here + 1 < length) site.fleet.add_cable(points[p], points[p + stride], site.link);
      // Between two points one cable joins them already.
      const bool closes_ring = here + 1 == length && length > 2 && wrap[d];
      if (closes_ring) site.fleet.add_cable(points[p], points[p - here * stride], site.link);
    }
    stride *= length;
  }
}

void join_all_in_each_dimension(Site& site, std::span<const VertexId> points, std::span<const std::uint32_t> dimensions,
                                const LinkProperties& cable) {
  std::size_t links = 0;
  for (const std::size_t length : dimensions) links += points.size() * (length - 1);
  if (links > most_links) {
    site.fields.fail("", "joining all " + std::to_string(points.size()) + " vertices takes " + std::to_string(links) +
                             " links, more than the " + std::to_string(most_links) + " of the largest fleet");
  }
  std::size_t stride = 1;
  for (const std::size_t length : dimensions) {
    for (std::size_t p = 0; p < points.size(); ++p) {
      const std::size_t here = p / stride % length;
      for (std::size_t other = here + 1; other < length; ++other) {
        site.fleet.add_cable(points[p], points[p + (other - here) * stride], cable);
      }
    }
    stride *= length;
  }
}

// Halving an even side cuts N/side rings (2 cables each) or lines (1 each), and no balanced cut is smaller when that
// side gives the fewest (Leighton 1992, section 1.9, for the mesh and torus). Odd sides have no such formula.
std::optional<KnownBisection> grid_bisection(const Site& site, std::span<const std::uint32_t> dimensions,
                                             const std::vector<bool>& wrap) {
  std::optional<double> least;
  bool least_is_even = false;
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    if (dimensions[d] == 1) continue;
    const double lines = double(product(dimensions)) / dimensions[d];
    const double cut = lines * (wrap[d] && dimensions[d] > 2 ? 2 : 1);
    const bool even = dimensions[d] % 2 == 0;
    if (least && (cut > *least || (cut == *least && !even))) continue;
    least = cut;
    least_is_even = even;
  }
  if (!least || !least_is_even) return std::nullopt;
  return KnownBisection{cables(site, *least), "the cables that cross the middle of the longest side"};
}

}  // namespace lockstep::topology
