#include "topology/builders/torus.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "topology/builders/builders.hpp"

namespace lockstep::topology {
namespace {

std::vector<bool> read_wrap(const Site& site, std::size_t dimensions) {
  const Json* stated = site.fields.raw("wrap");
  if (stated == nullptr) return std::vector<bool>(dimensions, true);
  if (!stated->is_array()) return std::vector<bool>(dimensions, site.fields.required<bool>("wrap"));
  auto wrap = site.fields.required<std::vector<bool>>("wrap");
  if (wrap.size() != dimensions) {
    site.fields.fail("wrap", "must be true, false, or a list with one of them for each of the " +
                                 std::to_string(dimensions) + " dimensions");
  }
  return wrap;
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

void build_grid(Site& site, const std::vector<bool>& wrap, const std::vector<std::uint32_t>& dimensions) {
  const std::size_t count = exact_end_point_count(site, product(dimensions), "the dimensions multiply to");
  join_neighbours(site, site.end_points(count), dimensions, wrap);
  site.routing = {.kind = RoutingSpec::Kind::dimension_order, .dimensions = dimensions, .wrap = wrap};
  site.bisection = grid_bisection(site, dimensions, wrap);
}

}  // namespace

void build_torus(Site& site) {
  const auto dimensions = read_dimensions(site.fields);
  build_grid(site, read_wrap(site, dimensions.size()), dimensions);
}

void build_mesh(Site& site) {
  const auto dimensions = read_dimensions(site.fields);
  build_grid(site, std::vector<bool>(dimensions.size(), false), dimensions);
}

}  // namespace lockstep::topology
