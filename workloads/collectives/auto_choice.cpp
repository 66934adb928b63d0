#include "workloads/collectives/auto_choice.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "workloads/collectives/request_checks.hpp"
#include "workloads/collectives/switch_tree.hpp"

namespace lockstep::workloads {
namespace {

using nccl::ExpectedTime;
using topology::LinkKind;
using topology::VertexId;

// NCCL's default buffer of 4 MiB is sent in 8 steps (NCCL_BUFFSIZE, NCCL_STEPS).
constexpr double chunk_bytes = 512 * 1024;
constexpr std::uint32_t most_segments = 64;

// The generation that a device's name tells; Hopper where it tells none.
struct NamedGeneration {
  nccl::Generation generation = nccl::Generation::hopper;
  bool is_known = false;
};
NamedGeneration generation_of(const std::string& device) {
  auto has_any = [&](std::initializer_list<const char*> names) {
    return std::ranges::any_of(names, [&](const char* name) { return device.find(name) != std::string::npos; });
  };
  if (has_any({"H100", "H200", "H800", "GH200", "Hopper"})) return {nccl::Generation::hopper, true};
  // NCCL's table of 2026 has no figures for Volta in this form.
  if (has_any({"A100", "A800", "Ampere", "V100"})) return {nccl::Generation::ampere, true};
  if (has_any({"B100", "B200", "B300", "Blackwell"})) return {nccl::Generation::blackwell, true};
  return {};
}
NamedGeneration generation_on(const CollectiveGround& ground) {
  const auto model = ground.fleet.vertex(ground.members.front()).model;
  if (model.value() >= ground.fleet.device_models().size()) return {};
  return generation_of(ground.fleet.device_models()[model.value()].name);
}

// The members of each node; of a fleet that knows no nodes each member is one.
std::vector<std::vector<VertexId>> members_by_node(const CollectiveGround& ground) {
  std::map<std::uint32_t, std::vector<VertexId>> by_node;
  for (const VertexId member : ground.members) {
    const auto node = ground.fleet.vertex(member).place.node;
    if (node) by_node[*node].push_back(member);
  }
  std::vector<std::vector<VertexId>> nodes;
  nodes.reserve(by_node.size());
  for (auto& [node, members] : by_node) nodes.push_back(std::move(members));
  for (const VertexId member : ground.members) {
    if (!ground.fleet.vertex(member).place.node) nodes.push_back({member});
  }
  return nodes;
}

struct Narrowest {
  topology::ChannelId channel;
  Bandwidth bandwidth;
  bool has_pcie = false, has_nvlink = false;
};
Narrowest narrowest_on_route(const topology::Fleet& fleet, VertexId from, VertexId to) {
  Narrowest narrowest;
  for (const topology::LinkId link : fleet.route(from, to)) {
    const topology::Channel& channel = fleet.channel_of(link);
    narrowest.has_pcie |= channel.kind == LinkKind::pcie;
    narrowest.has_nvlink |= channel.kind == LinkKind::nvlink;
    if (narrowest.bandwidth > Bandwidth(0) && channel.bandwidth >= narrowest.bandwidth) continue;
    narrowest.bandwidth = channel.bandwidth;
    narrowest.channel = fleet.link(link).channel;
  }
  return narrowest;
}

// What all members of the first node together send to the second, each over its own narrowest link.
Bandwidth bandwidth_between(const topology::Fleet& fleet, const std::vector<VertexId>& from,
                            const std::vector<VertexId>& to) {
  std::map<topology::ChannelId, Bandwidth> channels;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const Narrowest narrowest = narrowest_on_route(fleet, from[i], to[i % to.size()]);
    channels[narrowest.channel] = narrowest.bandwidth;
  }
  Bandwidth sum;
  for (const auto& [channel, bandwidth] : channels) sum += bandwidth;
  return sum;
}

bool hangs_on_one_switch(const CollectiveGround& ground) {
  try {
    const SwitchTree tree({}, ground);
    return tree.ranks() == tree.members() + 1;
  } catch (const InputError&) {
    return false;
  }
}

// Cuts the data as NCCL does, where nothing is stated.
std::uint32_t segments_for(const CollectiveRequest& request, const std::string& algorithm) {
  const bool is_cut =
      algorithm == "double_tree" || algorithm == "rail_trees" || algorithm == "chain" || algorithm == "in_switch";
  if (request.segments != 1 || !is_cut) return request.segments;
  const double chunks = std::ceil(request.bytes.si() / chunk_bytes);
  return static_cast<std::uint32_t>(std::clamp(chunks, 1.0, double{most_segments}));
}

// Hockney's model on the routes from the first member: the longest latency and the narrowest link.
std::vector<ExpectedTime> all_to_all_times(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  Seconds latency;
  Bandwidth slowest = narrowest_on_route(ground.fleet, ground.members[0], ground.members[1]).bandwidth;
  for (std::uint32_t to = 1; to < members; ++to) {
    const auto route = ground.fleet.route(ground.members[0], ground.members[to]);
    latency = std::max(latency, ground.fleet.route_latency(route));
    slowest = std::min(slowest, narrowest_on_route(ground.fleet, ground.members[0], ground.members[to]).bandwidth);
  }
  const Seconds block = request.bytes / members / slowest;
  double rounds = 0, passed_on = 0;  // of Bruck's: bit k is set in so many of the distances
  for (std::uint32_t distance = 1; distance < members; distance *= 2) {
    ++rounds;
    for (std::uint32_t i = 0; i < members; ++i) passed_on += (i & distance) != 0 ? 1 : 0;
  }
  const double others = members - 1.0;
  return {{"bruck", "", rounds * latency + passed_on * block},
          {"direct", "", latency + others * block},
          {"pairwise", "", others * (latency + block)}};
}

void choose_all_to_all(AutoChoice& choice, const CollectiveGround& ground) {
  constexpr double small_block = 256, medium_block = 32 * 1024;  // MPICH's defaults
  constexpr std::size_t fewest_for_bruck = 8;
  const Bytes block = choice.request.bytes / double(ground.members.size());
  const bool is_small = block <= Bytes(small_block) && ground.members.size() >= fewest_for_bruck;
  choice.request.algorithm = is_small ? "bruck" : block <= Bytes(medium_block) ? "direct" : "pairwise";
  choice.candidates = all_to_all_times(choice.request, ground);
  choice.reason = "MPICH's rule for blocks of " + to_text(block) + " among " + std::to_string(ground.members.size()) +
                  " ranks; times are Hockney's, without contention";
}

std::string reason_of(const nccl::Machine& machine, const NamedGeneration& generation) {
  std::string text = "NCCL's cost model for " + std::to_string(machine.ranks) + " ranks in " +
                     std::to_string(machine.nodes) + (machine.nodes == 1 ? " node" : " nodes") + ", ";
  text += std::string(generation.is_known ? "" : "assumed ") +
          nccl::generation_names.at(static_cast<std::size_t>(generation.generation));
  if (machine.nodes < machine.ranks) {
    text += ", " + to_text(machine.bandwidth_inside) + " inside nodes";
    text += machine.inside == nccl::Hardware::pci ? " over PCIe" : "";
  }
  if (machine.nodes > 1) text += ", " + to_text(machine.bandwidth_between) + " between them";
  return text;
}

// Whether rings and trees can leave nodes at several members, as NCCL's do.
bool has_rails(const CollectiveGround& ground, const nccl::Machine& machine) {
  if (machine.nodes == 1 || machine.nodes == machine.ranks) return false;
  const auto nodes = members_by_node(ground);
  return std::ranges::all_of(nodes, [&](const auto& members) { return members.size() == nodes[0].size(); });
}

void choose_as_nccl(AutoChoice& choice, const CollectiveGround& ground) {
  const nccl::Machine machine = describe_machine(ground);
  choice.candidates = nccl::expected_times(choice.request.operation, choice.request.bytes, machine);
  if (has_rails(ground, machine)) {
    for (ExpectedTime& candidate : choice.candidates) {
      if (candidate.algorithm == "ring") candidate.algorithm = "rail_rings";
      if (candidate.algorithm == "double_tree") candidate.algorithm = "rail_trees";
    }
  }
  std::erase_if(choice.candidates,
                [&](const ExpectedTime& candidate) { return !understands(candidate.algorithm, choice.request); });
  if (choice.candidates.empty()) {
    refuse(choice.request, "no algorithm that 'auto' chooses from understands all that is stated",
           "name an algorithm, or leave options out");
  }
  const auto best = std::ranges::min_element(choice.candidates, {}, &ExpectedTime::time);
  choice.request.algorithm = best->algorithm;
  choice.protocol = best->protocol;
  choice.request.segments = segments_for(choice.request, best->algorithm);
  choice.reason = reason_of(machine, generation_on(ground));
}

void choose_the_customary(AutoChoice& choice) {
  switch (choice.request.operation) {
    case Operation::barrier:
      choice.request.algorithm = "bruck";
      break;
    case Operation::all_to_all_v:
      choice.request.algorithm = "direct";
      break;
    default:
      choice.request.algorithm = "tree";
  }
  choice.reason = std::string("the customary algorithm for ") + to_text(choice.request.operation);
}

}  // namespace

nccl::Machine describe_machine(const CollectiveGround& ground) {
  const auto nodes = members_by_node(ground);
  const NamedGeneration generation = generation_on(ground);
  nccl::Machine machine{.ranks = static_cast<std::uint32_t>(ground.members.size()),
                        .nodes = static_cast<std::uint32_t>(nodes.size()),
                        .generation = generation.generation};
  const auto crowded = std::ranges::find_if(nodes, [](const auto& members) { return members.size() > 1; });
  if (crowded != nodes.end()) {
    const Narrowest inside = narrowest_on_route(ground.fleet, (*crowded)[0], (*crowded)[1]);
    machine.bandwidth_inside = inside.bandwidth;
    if (inside.has_pcie) machine.inside = nccl::Hardware::pci;
    if (inside.has_nvlink && generation.is_known) {
      machine.bandwidth_inside *= nccl::of_line_rate[static_cast<std::size_t>(generation.generation)];
    }
  }
  if (nodes.size() > 1) machine.bandwidth_between = bandwidth_between(ground.fleet, nodes[0], nodes[1]);
  machine.has_one_switch = nodes.size() == 1 && hangs_on_one_switch(ground);
  return machine;
}

AutoChoice choose_algorithm(const CollectiveRequest& request, const CollectiveGround& ground) {
  AutoChoice choice{.request = request, .protocol = {}, .candidates = {}, .reason = {}};
  switch (request.operation) {
    case Operation::all_reduce:
    case Operation::all_gather:
    case Operation::reduce_scatter:
    case Operation::broadcast:
    case Operation::reduce:
      choose_as_nccl(choice, ground);
      break;
    case Operation::all_to_all:
      choose_all_to_all(choice, ground);
      break;
    default:
      choose_the_customary(choice);
  }
  return choice;
}

PlanPointer plan_auto(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan_collective(choose_algorithm(request, ground).request, ground, Fidelity::message);
}

PlanPointer plan_auto_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan_collective(choose_algorithm(request, ground).request, ground, Fidelity::flow);
}

}  // namespace lockstep::workloads
