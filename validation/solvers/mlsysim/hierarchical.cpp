#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/mlsysim/communication.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    SolverInput{.name = "message",
                .kind = InputKind::bytes,
                .otherwise = "",
                .meaning = "bytes of the whole vector",
                .plain_name = "message_B"},
    degree_input("n_nodes", "nodes"),
    degree_input("gpus_per_node", "members in each node, with a NIC each"),
    SolverInput{.name = "intra_bandwidth",
                .kind = InputKind::bandwidth,
                .otherwise = "",
                .meaning = "inside a node",
                .plain_name = "intra_Bps"},
    SolverInput{.name = "inter_bandwidth",
                .kind = InputKind::bandwidth,
                .otherwise = "",
                .meaning = "between nodes",
                .plain_name = "inter_Bps"},
    SolverInput{.name = "intra_latency",
                .kind = InputKind::seconds,
                .otherwise = "500 ns",
                .meaning = "inside a node",
                .plain_name = "intra_lat_s"},
    SolverInput{.name = "inter_latency",
                .kind = InputKind::seconds,
                .otherwise = "5 us",
                .meaning = "between nodes",
                .plain_name = "inter_lat_s"},
};
constexpr std::array outputs = {SolverOutput{"time_s", "s", "reduce-scatter, ring between nodes, all-gather"}};

Json solve(const SolverInputs& in) {
  const LinkFigures between{in.quantity<Bandwidth>("inter_bandwidth"), in.quantity<Seconds>("inter_latency")};
  const auto inside = in.quantity<Bandwidth>("intra_bandwidth");
  if (!(std::min(inside, between.bandwidth) > Bandwidth(0))) {
    throw InputError({.where = "inter_bandwidth", .problem = "bandwidths must be positive"});
  }
  return {
      {"time_s", hierarchical_all_reduce(in.quantity<Bytes>("message"), in.count("n_nodes"), in.count("gpus_per_node"),
                                         inside, between, in.quantity<Seconds>("intra_latency"))
                     .si()}};
}

}  // namespace

constexpr Solver hierarchical{
    .source = "mlsysim physics.communication; equals C20", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
