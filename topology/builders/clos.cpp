#include <algorithm>
#include <cmath>
#include <string>

#include "topology/builders/clos_plan.hpp"

namespace lockstep::topology {
namespace {

std::string switch_name(std::size_t level, std::size_t number) {
  static constexpr const char* tiers[] = {"leaf", "spine", "core"};
  if (level < std::size(tiers)) return tiers[level] + std::to_string(number);
  return "tier" + std::to_string(level + 1) + "_" + std::to_string(number);
}

// Cables from all switches of the level below to the switches of one level. A block below has `lower` top switches;
// switch j of them reaches the `up / parallel` upper switches from j * (up / parallel) on.
void join_levels(Site& site, const ClosPlan& plan, std::size_t level, const std::vector<VertexId>& below,
                 const std::vector<VertexId>& above) {
  const ClosPlan::Level& lower = plan.levels[level - 1];
  const std::size_t lower_per_block = plan.switches_per_block(level - 1);
  const std::size_t upper_per_block = plan.switches_per_block(level);
  LinkProperties cable = switch_cable(site);
  cable.bandwidth *= plan.levels[level].cable_speed;
  for (std::size_t s = 0; s < below.size(); ++s) {
    const std::size_t block_above = s / lower_per_block / plan.levels[level].down;
    const std::size_t first = s % lower_per_block * (lower.up / lower.parallel);
    for (std::size_t c = 0; c < lower.up; ++c) {
      const std::size_t upper = block_above * upper_per_block + first + c / lower.parallel;
      site.fleet.add_cable(below[s], above[upper], cable);
    }
  }
}

// Counted before the first cable is laid.
void require_sane_size(const Site& site, const ClosPlan& plan, std::size_t leaves) {
  double links = 0;
  double blocks = double(leaves);
  for (std::size_t level = 0; level + 1 < plan.levels.size(); ++level) {
    links += 2 * blocks * double(plan.switches_per_block(level)) * double(plan.levels[level].up);
    blocks = std::ceil(blocks / double(plan.levels[level + 1].down));
  }
  const double switches = double(plan.switches_per_block(plan.levels.size() - 1));
  if (links <= double(most_links) && switches <= double(most_vertices)) return;
  site.fields.fail(
      "", "its switches would need more than the " + std::to_string(most_links) + " links of the largest fleet",
      "describe a smaller fleet");
}

}  // namespace

void build_clos(Site& site, const ClosPlan& plan, const std::vector<std::vector<VertexId>>& leaf_blocks) {
  require_sane_size(site, plan, leaf_blocks.size());
  std::vector<VertexId> below;
  for (std::size_t leaf = 0; leaf < leaf_blocks.size(); ++leaf) {
    const auto rack = static_cast<std::uint32_t>(leaf);
    below.push_back(site.fleet.add_switch(switch_name(0, leaf), 1, {.rack = rack}));
    for (const VertexId point : leaf_blocks[leaf]) {
      site.fleet.add_cable(point, below.back(), end_cable(site));
      Place& place = site.fleet.vertex(point).place;
      place.rack = rack;
      if (plan.levels.size() > 2) place.pod = static_cast<std::uint32_t>(leaf / plan.levels[1].down);
    }
  }
  std::size_t blocks = leaf_blocks.size();
  for (std::size_t level = 1; level < plan.levels.size(); ++level) {
    blocks = (blocks + plan.levels[level].down - 1) / plan.levels[level].down;
    std::vector<VertexId> above;
    for (std::size_t s = 0; s < blocks * plan.switches_per_block(level); ++s) {
      above.push_back(site.fleet.add_switch(switch_name(level, s), static_cast<std::uint8_t>(level + 1)));
    }
    join_levels(site, plan, level, below, above);
    below = std::move(above);
  }
  site.routing = {.kind = RoutingSpec::Kind::up_down};
}

std::optional<KnownBisection> clos_bisection(const Site& site, const ClosPlan& plan, std::size_t end_points) {
  // Whole top-level blocks must split into halves, all of them full.
  const std::size_t top = plan.levels.size() - 1;
  const std::size_t block = top == 0 ? 1 : plan.block(top - 1);
  if (end_points < 2) return std::nullopt;
  double share = 1;  // of what the end points can send, what reaches the top
  for (std::size_t level = 1; level <= top; ++level) {
    const ClosPlan::Level& lower = plan.levels[level - 1];
    const double lower_switches = double(plan.switches_per_block(level - 1)) / double(plan.block(level - 1));
    share = std::min(share, lower_switches * double(lower.up) * plan.levels[level].cable_speed);
  }
  constexpr double rounding = 1e-12;
  if (share >= 1 - rounding) {
    // Nothing is oversubscribed: a folded Clos network then carries all that the smaller half can send, however full.
    return KnownBisection{cables(site, std::floor(double(end_points) / 2)), "floor(devices / 2) cables"};
  }
  if (end_points % (2 * block) != 0) return std::nullopt;
  return KnownBisection{cables(site, double(end_points) / 2 * share), "devices / 2 cables / oversubscription"};
}

}  // namespace lockstep::topology
