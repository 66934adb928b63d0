#include "workloads/collectives/algorithms.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "workloads/collectives/bucket.hpp"
#include "workloads/collectives/hierarchical.hpp"
#include "workloads/collectives/in_network.hpp"
#include "workloads/collectives/in_switch.hpp"
#include "workloads/collectives/ring.hpp"
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
  return {{"ring",
           "Every member passes chunks to the next; with segments they are passed on in pieces.",
           {all_reduce, reduce_scatter, all_gather, barrier},
           plan_ring,
           plan_ring_flow},
          {"bucket",
           "Rings along one dimension of a torus after the other, through one port at a time.",
           {all_reduce, reduce_scatter, all_gather},
           plan_bucket,
           plan_bucket_flow},
          {"bucket_all_ports",
           "The same in parts that begin at different dimensions and turn both ways, so that all ports are busy.",
           {all_reduce, reduce_scatter, all_gather},
           plan_bucket_all_ports,
           plan_bucket_all_ports_flow},
          {"hierarchical",
           "Rings inside nodes, then along rails between them, and back.",
           {all_reduce, reduce_scatter, all_gather},
           plan_hierarchical,
           plan_hierarchical_flow},
          {"two_level_all_to_all",
           "Inside nodes first, so that fewer and larger messages go along rails between them.",
           {all_to_all},
           plan_two_level_all_to_all,
           plan_two_level_all_to_all},
          {"in_network",
           "Switches combine what their children send, and hand the sum down (SHARP).",
           {all_reduce, reduce, broadcast, barrier},
           plan_in_network,
           plan_in_network_flow},
          {"in_switch",
           "The one switch that joins all members adds up, and hands to everyone (NVLS).",
           {all_reduce, reduce_scatter, all_gather},
           plan_in_switch,
           plan_in_switch_flow}};
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
    throw InputError({.where = request.where,
                      .problem = "there is no collective algorithm '" + excerpt(request.algorithm) + "'",
                      .suggestion = suggest_name(request.algorithm, names)});
  }
  throw InputError({.where = request.where,
                    .problem = "algorithm '" + request.algorithm + "' cannot do " + to_text(request.operation),
                    .suggestion = "these can: " + able});
}

void check_request(const CollectiveRequest& request, std::uint64_t members) {
  auto refuse = [&](const std::string& problem, const std::string& suggestion = "") {
    throw InputError({.where = request.where, .problem = problem, .suggestion = suggestion});
  };
  if (members < 2) refuse("a collective needs two ranks or more", "list them in \"ranks\", or use a larger fleet");
  if (request.operation != Operation::barrier && !(request.bytes > Bytes(0)) && request.sizes.empty()) {
    refuse("there are no bytes to move", "write for example \"bytes\": \"64 MiB\"");
  }
  constexpr std::uint64_t most_blocks = std::uint64_t{1} << 31;
  const std::uint64_t pieces = std::uint64_t{request.segments} * request.channels;
  if (pieces == 0 || pieces > most_blocks / members) {
    refuse("the data would be cut into more than " + std::to_string(most_blocks) + " pieces", "use fewer segments");
  }
}

}  // namespace

std::span<const CollectiveAlgorithm> collective_algorithms() {
  static const std::vector<CollectiveAlgorithm> table = make_table();
  return table;
}

PlanPointer plan_collective(const CollectiveRequest& request, const CollectiveGround& ground, Fidelity fidelity) {
  const CollectiveAlgorithm& algorithm = find_algorithm(request);
  check_request(request, ground.members.size());
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
