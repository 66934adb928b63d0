#include <algorithm>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "topology/fleet.hpp"
#include "topology/routing/dimension_order_router.hpp"
#include "topology/routing/minimal_router.hpp"
#include "topology/routing/rail_router.hpp"
#include "topology/routing/router.hpp"
#include "topology/routing/storage_router.hpp"

namespace lockstep::topology {
namespace {

using TieBreak = MinimalRouter::TieBreak;

void require_nodes(const Fleet& fleet) {
  const auto vertices = fleet.vertices();
  if (std::any_of(vertices.begin(), vertices.end(), [](const Vertex& v) { return v.place.node.has_value(); })) return;
  throw InputError({.where = fleet.name(),
                    .problem = "rail routing needs devices grouped in nodes, and this fleet has none",
                    .suggestion = "choose \"routing\": \"shortest_path\" or \"ecmp\""});
}

}  // namespace

void require_levels(const Fleet& fleet) {
  const auto vertices = fleet.vertices();
  if (std::any_of(vertices.begin(), vertices.end(), [](const Vertex& v) { return v.level > 0; })) return;
  throw InputError({.where = fleet.name(),
                    .problem = "up_down routing needs switches on levels, and this fleet has none",
                    .suggestion = "choose \"routing\": \"shortest_path\" or \"ecmp\""});
}

namespace {

std::shared_ptr<const Router> router_by_spec(const Fleet& fleet) {
  const RoutingSpec& spec = fleet.routing();
  switch (spec.kind) {
    case RoutingSpec::Kind::shortest_path:
      return std::make_shared<MinimalRouter>(fleet, MinimalRouter::Options{.seed = spec.seed});
    case RoutingSpec::Kind::ecmp:
      return std::make_shared<MinimalRouter>(
          fleet, MinimalRouter::Options{.tie_break = TieBreak::flow_hash, .seed = spec.seed});
    case RoutingSpec::Kind::up_down:
      require_levels(fleet);
      return std::make_shared<MinimalRouter>(
          fleet, MinimalRouter::Options{.tie_break = TieBreak::destination_digits, .up_down = true});
    case RoutingSpec::Kind::dimension_order:
      return std::make_shared<DimensionOrderRouter>(fleet, spec.dimensions, spec.wrap);
    case RoutingSpec::Kind::rail:
      require_nodes(fleet);
      return std::make_shared<RailRouter>(fleet);
    case RoutingSpec::Kind::table:
      break;
  }
  throw InputError({.where = fleet.name(),
                    .problem = "table routing needs the routes themselves, and this format does not carry them",
                    .suggestion = "choose \"routing\": \"shortest_path\""});
}

}  // namespace

std::shared_ptr<const Router> make_router(const Fleet& fleet) {
  std::shared_ptr<const Router> router = router_by_spec(fleet);
  std::optional<FleetParts> rest = without_storage(fleet.parts());
  if (!rest) return router;
  return std::make_shared<StorageRouter>(Fleet(std::move(*rest)), std::move(router));
}

}  // namespace lockstep::topology
