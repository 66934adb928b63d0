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
