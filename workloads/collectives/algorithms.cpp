#include "workloads/collectives/algorithms.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "workloads/collectives/auto_choice.hpp"
#include "workloads/collectives/binary_tree.hpp"
#include "workloads/collectives/bruck.hpp"
#include "workloads/collectives/bucket.hpp"
#include "workloads/collectives/chain.hpp"
#include "workloads/collectives/direct.hpp"
#include "workloads/collectives/double_tree.hpp"
#include "workloads/collectives/hierarchical.hpp"
#include "workloads/collectives/in_network.hpp"
#include "workloads/collectives/in_switch.hpp"
#include "workloads/collectives/msccl.hpp"
#include "workloads/collectives/pairwise.hpp"
#include "workloads/collectives/pat.hpp"
#include "workloads/collectives/rail_rings.hpp"
#include "workloads/collectives/rail_trees.hpp"
#include "workloads/collectives/recursive_exchange.hpp"
#include "workloads/collectives/request_checks.hpp"
#include "workloads/collectives/ring.hpp"
#include "workloads/collectives/scatter_all_gather.hpp"
#include "workloads/collectives/tree.hpp"
#include "workloads/collectives/two_level_all_to_all.hpp"

namespace lockstep::workloads {
namespace {

struct OperationName {
  Operation operation;
  const char* name;
};
constexpr std::array operation_names = {OperationName{Operation::all_reduce, "all_reduce"},
                                        OperationName{Operation::reduce_scatter, "reduce_scatter"},
                                        OperationName{Operation::all_gather, "all_gather"},
                                        OperationName{Operation::broadcast, "broadcast"},
                                        OperationName{Operation::reduce, "reduce"},
                                        OperationName{Operation::gather, "gather"},
                                        OperationName{Operation::scatter, "scatter"},
                                        OperationName{Operation::all_to_all, "all_to_all"},
                                        OperationName{Operation::all_to_all_v, "all_to_all_v"},
                                        OperationName{Operation::barrier, "barrier"}};

std::vector<CollectiveAlgorithm> make_table() {
  using enum Operation;
  using enum CollectiveOption;
  return {
      {"ring",
       "Every member passes chunks to the next; with segments they are passed on in pieces.",
       {all_reduce, reduce_scatter, all_gather, barrier},
       plan_ring,
       plan_ring_flow,
       {segments, channels, direction}},
      {"tree",
       "Along a binomial tree, largest subtree first; all_reduce is a reduction, then a broadcast.",
       {broadcast, reduce, all_reduce, gather, scatter, barrier},
       plan_tree,
       plan_tree},
      {"chain",
       "In segments along a chain of members; all_reduce goes both ways at once.",
       {broadcast, reduce, all_reduce},
       plan_chain,
       plan_chain_flow,
       {segments, channels, direction}},
      {"binary_tree",
       "In segments along a complete binary tree, each to the left child, then to the right one.",
       {broadcast, reduce, all_reduce},
       plan_binary_tree,
       plan_binary_tree_flow,
       {segments}},
      {"double_tree",
       "NCCL's pair of binary trees, half of the data each, in segments.",
       {all_reduce},
       plan_double_tree,
       plan_double_tree_flow,
       {segments, channels}},
      {"recursive_doubling",
       "Pairs at distances 1, 2, 4, … exchange all that they have; the members beyond a power of two fold in pairs.",
       {all_reduce, all_gather, barrier},
       plan_recursive_doubling,
       plan_recursive_doubling},
      {"halving_doubling",
       "Rabenseifner's: pairs halve what they reduce, then double what they gather; folds as recursive_doubling does.",
       {all_reduce, reduce_scatter, all_gather, broadcast, reduce},
       plan_halving_doubling,
       plan_halving_doubling},
      {"scatter_all_gather",
       "A scatter along a binomial tree, then an all-gather round a ring.",
       {broadcast},
       plan_scatter_all_gather,
       plan_scatter_all_gather_flow},
      {"direct",
       "Everybody sends to everybody whom it concerns at once; all_reduce is a reduce-scatter, then an all-gather.",
       {all_reduce, reduce_scatter, all_gather, broadcast, reduce, gather, scatter, all_to_all, all_to_all_v, barrier},
       plan_direct,
       plan_direct},
      {"pairwise",
       "In rounds: in the i-th every member sends to the i-th after it and hears from the i-th before it.",
       {all_to_all, all_to_all_v},
       plan_pairwise,
       plan_pairwise},
      {"bruck",
       "In as few rounds as there are, at the price of passing data on; the barrier is a dissemination.",
       {all_to_all, all_gather, barrier},
       plan_bruck,
       plan_bruck},
      {"pat",
       "NCCL's parallel aggregated trees: few rounds for small shares, far distances first.",
       {all_gather, reduce_scatter},
       plan_pat,
       plan_pat},
      {"bucket",
       "Rings along one dimension of a torus after the other, through one port at a time.",
       {all_reduce, reduce_scatter, all_gather},
       plan_bucket,
       plan_bucket_flow,
       {channels, direction, dimensions}},
      {"bucket_all_ports",
       "The same in parts that begin at different dimensions and turn both ways, so that all ports are busy.",
       {all_reduce, reduce_scatter, all_gather},
       plan_bucket_all_ports,
       plan_bucket_all_ports_flow,
       {dimensions}},
      {"hierarchical",
       "Rings inside nodes, then along rails between them, and back.",
       {all_reduce, reduce_scatter, all_gather},
       plan_hierarchical,
       plan_hierarchical_flow,
       {channels, direction, group_size}},
      {"rail_rings",
       "A ring for each rail, each leaving nodes at another member (NCCL's channels).",
       {all_reduce, reduce_scatter, all_gather},
       plan_rail_rings,
       plan_rail_rings_flow,
       {channels, direction, group_size}},
      {"rail_trees",
       "A double tree over the nodes for each rail, and chains inside nodes (NCCL's channels).",
       {all_reduce},
       plan_rail_trees,
       plan_rail_trees_flow,
       {segments, channels, group_size}},
      {"two_level_all_to_all",
       "Inside nodes first, so that fewer and larger messages go along rails between them.",
       {all_to_all},
       plan_two_level_all_to_all,
       plan_two_level_all_to_all,
       {group_size}},
      {"in_network",
       "Switches combine what their children send, and hand the sum down (SHARP).",
       {all_reduce, reduce, broadcast, barrier},
       plan_in_network,
       plan_in_network_flow,
       {segments}},
      {"in_switch",
       "The one switch that joins all members adds up, and hands to everyone (NVLS).",
       {all_reduce, reduce_scatter, all_gather},
       plan_in_switch,
       plan_in_switch_flow,
       {segments, phases}},
      {"msccl",
       "As the steps of an MSCCL file say, which are verified first.",
       {all_reduce, reduce_scatter, all_gather, all_to_all},
       plan_msccl,
       plan_msccl,
       {file}},
      {"auto",
       "The one that NCCL's cost model expects to be fastest; of what NCCL lacks, the customary one.",
       {all_reduce, reduce_scatter, all_gather, broadcast, reduce, gather, scatter, all_to_all, all_to_all_v, barrier},
       plan_auto,
       plan_auto_flow,
       {segments, channels, direction, phases}},
  };
}

const CollectiveAlgorithm& find_algorithm(const CollectiveRequest& request) {
  std::vector<std::string> names;
  std::string able;  // algorithms that can do the operation
  for (const CollectiveAlgorithm& algorithm : collective_algorithms()) {
    const auto& operations = algorithm.operations;
    const bool can = std::find(operations.begin(), operations.end(), request.operation) != operations.end();
    if (algorithm.name == request.algorithm && can) return algorithm;
    names.emplace_back(algorithm.name);
    if (can) able.append(able.empty() ? "" : ", ").append(algorithm.name);
  }
  const bool known = std::find(names.begin(), names.end(), request.algorithm) != names.end();
  if (!known) {
    refuse(request, "there is no collective algorithm '" + excerpt(request.algorithm) + "'",
           suggest_name(request.algorithm, names));
  }
  refuse(request, "algorithm '" + request.algorithm + "' cannot do " + to_text(request.operation),
         "these can: " + able);
}

// Data that is cut into blocks is numbered in 31 bits.
constexpr std::uint64_t most_blocks = std::uint64_t{1} << 31;

void check_sizes(const CollectiveRequest& request, std::uint64_t members) {
  const bool states_sizes = request.operation == Operation::all_to_all_v;
  if (states_sizes && request.sizes.size() != members * members) {
    refuse(request, "all_to_all_v among " + std::to_string(members) + " ranks needs " +
                        std::to_string(members * members) + " sizes, and there are " +
                        std::to_string(request.sizes.size()));
  }
  if (!states_sizes && !request.sizes.empty()) {
    refuse(request, std::string(to_text(request.operation)) + " has one size", "write \"bytes\"");
  }
  for (const Bytes size : request.sizes) {
    if (!(size >= Bytes(0)) || std::isinf(size.si())) refuse(request, "a size is no number of bytes");
  }
  if (request.operation == Operation::barrier || states_sizes) return;
  if (!(request.bytes > Bytes(0)) || std::isinf(request.bytes.si())) {
    refuse(request, "there are no bytes to move", "write for example \"bytes\": \"64 MiB\"");
  }
  if (!request.element) return;
  if (!(*request.element > Bytes(0))) refuse(request, "an element has to have bytes");
  const double elements = request.bytes / *request.element;
  if (std::abs(elements - std::round(elements)) > 1e-9 * elements) {
    refuse(request, "the bytes are no whole number of elements", "make \"bytes\" a multiple of \"element\"");
  }
}

void check_members(const CollectiveRequest& request, std::uint64_t members) {
  if (members < 2) {
    refuse(request, "a collective needs two ranks or more", "list them in \"ranks\", or use a larger fleet");
  }
  const std::uint64_t pieces = std::uint64_t{request.segments} * request.channels;
  if (pieces == 0) refuse(request, "there is nothing to cut the data into", "state 1 or more segments and channels");
  if (pieces > most_blocks / members || members > most_blocks / members) {
    refuse(request, "the data would be cut into more than " + std::to_string(most_blocks) + " pieces",
           "use fewer segments or ranks");
  }
  if (request.root.value() >= members) {
    refuse(request, "the root is rank " + std::to_string(request.root.value()) + " of the collective, which has " +
                        std::to_string(members) + " ranks");
  }
  const bool has_root = request.operation == Operation::broadcast || request.operation == Operation::reduce ||
                        request.operation == Operation::gather || request.operation == Operation::scatter;
  if (!has_root && request.root.value() != 0) {
    refuse(request, std::string(to_text(request.operation)) + " has no root", "leave \"root\" out");
  }
}

struct OptionUse {
  CollectiveOption option;
  bool is_asked;
  const char* key;
  const char* cannot;
};
std::vector<OptionUse> options_of(const CollectiveRequest& request) {
  using enum CollectiveOption;
  return {{segments, request.segments != 1, "segments", "does not cut its messages into segments"},
          {channels, request.channels != 1, "channels", "has no channels"},
          {direction, request.direction != Direction::forward, "direction", "has no direction"},
          {dimensions, !request.dimensions.empty(), "dimensions", "stands on no grid"},
          {group_size, request.group_size.has_value(), "group_size", "forms no groups"},
          {phases, request.phases != Phases::overlapped, "phases", "has no phases that overlap"},
          {file, !request.file.empty(), "file", "is not read from a file"}};
}

bool knows(const CollectiveAlgorithm& algorithm, CollectiveOption option) {
  return std::find(algorithm.options.begin(), algorithm.options.end(), option) != algorithm.options.end();
}

void check_options(const CollectiveRequest& request, const CollectiveAlgorithm& algorithm) {
  for (const OptionUse& use : options_of(request)) {
    if (!use.is_asked || knows(algorithm, use.option)) continue;
    std::string able;
    for (const CollectiveAlgorithm& other : collective_algorithms()) {
      if (knows(other, use.option)) able.append(able.empty() ? "" : ", ").append(other.name);
    }
    refuse(request, "algorithm '" + request.algorithm + "' " + use.cannot,
           std::string("leave \"") + use.key + "\" out; these understand it: " + able);
  }
}

}  // namespace

CollectiveShape shape_of(const CollectiveRequest& request, std::uint32_t members, std::uint32_t blocks) {
  const Operation operation = request.operation;
  CollectiveShape shape{.operation = operation, .members = members, .root = request.root, .layout = {}};
  if (operation == Operation::all_to_all_v) {
    shape.layout = BlockLayout::of_sizes(request.sizes);
  } else if (operation == Operation::all_to_all) {
    shape.layout = BlockLayout(request.bytes, members, request.element, members);
  } else if (operation == Operation::barrier) {
    shape.layout = BlockLayout(Bytes(0), blocks);
  } else {
    shape.layout = BlockLayout(request.bytes, blocks, request.element);
  }
  return shape;
}

std::span<const CollectiveAlgorithm> collective_algorithms() {
  static const std::vector<CollectiveAlgorithm> table = make_table();
  return table;
}

bool understands(std::string_view algorithm, const CollectiveRequest& request) {
  const auto table = collective_algorithms();
  const auto known =
      std::find_if(table.begin(), table.end(), [&](const CollectiveAlgorithm& each) { return each.name == algorithm; });
  if (known == table.end()) return false;
  const std::vector<OptionUse> uses = options_of(request);
  return std::all_of(uses.begin(), uses.end(),
                     [&](const OptionUse& use) { return !use.is_asked || knows(*known, use.option); });
}

PlanPointer plan_collective(const CollectiveRequest& request, const CollectiveGround& ground, Fidelity fidelity) {
  const CollectiveAlgorithm& algorithm = find_algorithm(request);
  check_members(request, ground.members.size());
  check_sizes(request, ground.members.size());
  check_options(request, algorithm);
  return (fidelity == Fidelity::flow ? algorithm.flows : algorithm.messages)(request, ground);
}

const char* to_text(Operation operation) {
  return operation_names.at(static_cast<std::size_t>(operation)).name;
}

Operation operation_from(const std::string& name, const std::string& where) {
  std::vector<std::string> names;
  for (const OperationName& entry : operation_names) {
    if (name == entry.name) return entry.operation;
    names.emplace_back(entry.name);
  }
  throw InputError({.where = where,
                    .problem = "there is no collective operation '" + excerpt(name) + "'",
                    .suggestion = suggest_name(name, names)});
}

const char* to_text(Phases phases) {
  return phases == Phases::overlapped ? "overlapped" : "sequential";
}

Phases phases_from(const std::string& name, const std::string& where) {
  for (const Phases phases : {Phases::overlapped, Phases::sequential}) {
    if (name == to_text(phases)) return phases;
  }
  throw InputError({.where = where,
                    .problem = "there are no phases '" + excerpt(name) + "'",
                    .suggestion = suggest_name(name, {"overlapped", "sequential"})});
}

}  // namespace lockstep::workloads
