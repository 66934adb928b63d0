#include "topology/builders/fat_tree.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "topology/builders/clos_plan.hpp"

namespace lockstep::topology {
namespace {

std::vector<std::vector<VertexId>> consecutive_leaves(const std::vector<VertexId>& points, std::size_t width) {
  std::vector<std::vector<VertexId>> leaves;
  for (std::size_t p = 0; p < points.size(); ++p) {
    if (p % width == 0) leaves.emplace_back();
    leaves.back().push_back(points[p]);
  }
  return leaves;
}

void build_from_plan(Site& site, const ClosPlan& plan) {
  const std::size_t count = end_point_count(site, plan.capacity(), "the tree holds");
  build_clos(site, plan, consecutive_leaves(site.end_points(count), plan.levels[0].down));
  site.bisection = clos_bisection(site, plan, count);
}

}  // namespace

void build_fat_tree(Site& site) {
  build_from_plan(site, read_clos_plan(site.fields, site.stated));
}

void build_leaf_spine(Site& site) {
  constexpr std::int64_t most = 1'000'000;
  const JsonFields& fields = site.fields;
  if (!fields.has("leaves") && !fields.has("spines") && !fields.has("devices_per_leaf")) {
    const std::int64_t stated = static_cast<std::int64_t>(site.stated.value_or(0));
    if (stated == 0 && !fields.has("radix"))
      fields.fail("", "needs \"devices\", \"radix\", or \"leaves\" and \"spines\"");
    // Half of a leaf's ports go down: the smallest even radix whose square half holds the devices.
    std::int64_t radix = 2;
    while (radix * radix / 2 < stated) radix += 2;
    radix = fields.count_or("radix", radix, 2, most);
    const Json shape = Json::object(
        {{"radix", radix}, {"levels", 2}, {"oversubscription", fields.value_or<double>("oversubscription", 1)}});
    return build_from_plan(site, read_clos_plan(JsonFields(shape, fields.file(), fields.path()), site.stated));
  }
  ClosPlan::Level leaf;
  const auto leaves = static_cast<std::size_t>(fields.count("leaves", 1, most));
  if (fields.has("devices_per_leaf")) {
    leaf.down = static_cast<std::size_t>(fields.count("devices_per_leaf", 1, most));
  } else {
    leaf.down = (required_devices(site) + leaves - 1) / leaves;
  }
  const double ratio = fields.value_or<double>("oversubscription", 1);
  if (!(ratio >= 1)) fields.fail("oversubscription", "must be 1 (full bandwidth) or more");
  const auto enough = static_cast<std::int64_t>(std::max(1.0, double(leaf.down) / ratio + 0.999999));
  leaf.up = static_cast<std::size_t>(fields.count_or("spines", enough, 1, most));
  double speed = 1;
  // Stated spines say how much goes up; a stated ratio is kept exactly by the speed of the cables.
  if (!fields.has("spines") || fields.has("oversubscription")) speed = double(leaf.down) / (ratio * double(leaf.up));
  build_from_plan(site, ClosPlan{{leaf, {.down = leaves, .cable_speed = speed}}});
}

void build_rail_optimized(Site& site) {
  const JsonFields& fields = site.fields;
  const std::size_t count = required_devices(site);
  const std::size_t nodes = (count + site.rails - 1) / site.rails;
  const bool has_spine = fields.value_or<bool>("spine", true);
  constexpr std::int64_t ndr_ports = 64;  // of a QM9700 switch: 32 down and 32 up without oversubscription
  Json shape = Json::object({{"radix", fields.count_or("radix", ndr_ports, 2, 1'000'000)}});
  shape["oversubscription"] = fields.value_or<double>("oversubscription", 1);
  shape["levels"] = has_spine ? 2 : 1;
  ClosPlan plan = read_clos_plan(JsonFields(shape, fields.file(), fields.path()), count);
  if (!has_spine && nodes > plan.levels[0].down) {
    fields.fail("radix",
                "a rail of " + std::to_string(nodes) + " NICs does not fit on one switch, and there is no spine",
                "raise \"radix\" or leave out \"spine\": false");
  }
  // End points come node by node; a leaf takes one rail of as many nodes as it has ports down (a scalable unit).
  const std::vector<VertexId> points = site.end_points(count);
  const std::size_t unit = std::min(plan.levels[0].down, nodes);
  std::vector<std::vector<VertexId>> leaves((nodes + unit - 1) / unit * site.rails);
  for (std::size_t p = 0; p < count; ++p) {
    const std::size_t rail = p % site.rails;
    site.fleet.vertex(points[p]).rail = static_cast<std::uint16_t>(rail);
    leaves[p / site.rails / unit * site.rails + rail].push_back(points[p]);
  }
  if (has_spine) {
    // A leaf's cables go to as many spines; more leaves than a spine has ports need a third level of the same switches.
    if (leaves.size() > plan.levels[1].down) {
      shape["levels"] = 3;
      plan = read_clos_plan(JsonFields(shape, fields.file(), fields.path()), count);
    }
    plan.levels[0].down = unit;
    if (leaves.size() > plan.capacity() / unit) fields.fail("radix", "three levels of switches do not hold the fleet");
  }
  build_clos(site, plan, leaves);
  // Without oversubscription a folded Clos network carries all that the smaller half can send.
  if (has_spine && shape["oversubscription"].get<double>() == 1 && count > 1) {
    site.bisection = {cables(site, std::floor(double(count) / 2)), "floor(NICs / 2) cables"};
  }
  if (!has_spine) site.fleet.warn("without a spine, rails only meet inside the nodes");
}

}  // namespace lockstep::topology
