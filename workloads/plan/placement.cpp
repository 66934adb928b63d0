#include "workloads/plan/placement.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

constexpr std::array rule_names = {"packed", "spread", "rail_aware", "listed", "optimized"};

std::vector<std::uint32_t> read_listed(const JsonFields& fields, const std::string& key, std::uint64_t devices) {
  std::vector<std::uint32_t> listed;
  std::vector<bool> taken(devices);
  for (const std::int64_t device : fields.required<std::vector<std::int64_t>>(key)) {
    if (device < 0 || static_cast<std::uint64_t>(device) >= devices) {
      fields.fail(key, "there is no device " + std::to_string(device),
                  "devices are numbered from 0 to " + std::to_string(devices - 1));
    }
    if (taken[static_cast<std::size_t>(device)]) fields.fail(key, "two ranks on device " + std::to_string(device));
    taken[static_cast<std::size_t>(device)] = true;
    listed.push_back(static_cast<std::uint32_t>(device));
  }
  return listed;
}

// The devices of each node, in their order; nodes in the order of their first devices.
std::vector<std::vector<std::uint32_t>> devices_by_node(const std::vector<std::uint32_t>& nodes) {
  std::map<std::uint32_t, std::size_t> known;
  std::vector<std::vector<std::uint32_t>> members;
  for (std::uint32_t device = 0; device < nodes.size(); ++device) {
    const auto [place, is_new] = known.emplace(nodes[device], members.size());
    if (is_new) members.emplace_back();
    members[place->second].push_back(device);
  }
  return members;
}

void check_room(const std::vector<std::uint32_t>& nodes, std::uint64_t ranks) {
  if (ranks <= nodes.size()) return;
  throw InputError(
      {.problem = "there are " + std::to_string(ranks) + " ranks for " + std::to_string(nodes.size()) + " devices"});
}

}  // namespace

PlacementSpec read_placement(const JsonFields& fields, const std::string& key, std::uint64_t devices) {
  PlacementSpec spec;
  const Json* stated = fields.raw(key);
  if (stated == nullptr) return spec;
  if (stated->is_array()) {
    spec.rule = PlacementRule::listed;
    spec.listed = read_listed(fields, key, devices);
    return spec;
  }
  const std::string name = fields.choice(key, {"packed", "spread", "rail_aware", "optimized"});
  spec.rule = static_cast<PlacementRule>(std::find(rule_names.begin(), rule_names.end(), name) - rule_names.begin());
  return spec;
}

Json as_json(const PlacementSpec& spec) {
  if (spec.rule == PlacementRule::listed) return Json(spec.listed);
  return Json(rule_names.at(static_cast<std::size_t>(spec.rule)));
}

std::vector<std::uint32_t> nodes_of(const topology::Fleet& fleet, const std::vector<topology::VertexId>& devices) {
  std::uint32_t next = 0;
  for (const topology::VertexId device : devices) {
    if (const auto node = fleet.vertex(device).place.node; node) next = std::max(next, *node + 1);
  }
  std::vector<std::uint32_t> nodes;
  for (const topology::VertexId device : devices) {
    const std::optional<std::uint32_t> node = fleet.vertex(device).place.node;
    nodes.push_back(node ? *node : next++);
  }
  return nodes;
}

Placement place_packed(const std::vector<std::uint32_t>& nodes, std::uint32_t ranks) {
  check_room(nodes, ranks);
  Placement placement;
  for (const auto& members : devices_by_node(nodes)) {
    placement.insert(placement.end(), members.begin(), members.end());
  }
  placement.resize(ranks);
  return placement;
}

Placement place_spread(const std::vector<std::uint32_t>& nodes, std::uint32_t ranks) {
  check_room(nodes, ranks);
  const auto members = devices_by_node(nodes);
  Placement placement;
  for (std::size_t place = 0; placement.size() < ranks; ++place) {
    for (const auto& node : members) {
      if (place < node.size() && placement.size() < ranks) placement.push_back(node[place]);
    }
  }
  return placement;
}

Placement place_rail_aware(const std::vector<std::uint32_t>& nodes, const ParallelPlan& plan) {
  const auto ranks = static_cast<std::uint32_t>(plan.ranks());
  const Placement packed = place_packed(nodes, ranks);
  const std::size_t node_size = devices_by_node(nodes).front().size();
  const std::size_t replica = std::size_t{plan.tensor} * plan.context * plan.pipeline;
  if (replica % node_size != 0 && node_size % replica != 0) {
    throw InputError({.problem = "replicas of " + std::to_string(replica) + " ranks do not align with nodes of " +
                                 std::to_string(node_size) + " devices",
                      .suggestion = "use the placement 'optimized', or other degrees"});
  }
  // Replica after replica; inside one, ranks keep their order.
  const RankLayout layout(plan);
  std::vector<std::uint32_t> in_order(ranks);
  std::iota(in_order.begin(), in_order.end(), 0U);
  std::stable_sort(in_order.begin(), in_order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return layout.coordinates(RankId(a)).data < layout.coordinates(RankId(b)).data;
  });
  Placement placement(ranks);
  for (std::size_t i = 0; i < in_order.size(); ++i) placement[in_order[i]] = packed[i];
  return placement;
}

}  // namespace lockstep::workloads
