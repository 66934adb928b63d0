#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "validation/solvers/mlsysim/communication.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    model_input,
    SolverInput{.name = "batch_size",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "sequences of a step",
                .in_scenario = "workload.global_batch",
                .least = 1},
    seq_len_input,
    precision_input,
    degree_input("ep_size", "ranks that share the experts", "workload.parallel.expert"),
    SolverInput{.name = "routing_imbalance_factor",
                .kind = InputKind::number,
                .otherwise = "1",
                .meaning = "times as many tokens that the busiest expert gets",
                .least = 1},
    SolverInput{.name = "cluster",
                .kind = InputKind::fleet,
                .otherwise = may_be_missing,
                .meaning = "whose fabric the tokens cross; without it the all-to-all has no time",
                .in_scenario = "fleet"},
};
constexpr std::array outputs = {
    SolverOutput{"effective_active_experts", "1", "experts that a token costs, at most all of them"},
    SolverOutput{"active_parameter_multiplier", "1", "the same over the experts that it chose"},
    SolverOutput{"effective_active_parameters", "1", "parameters that a token costs"},
    SolverOutput{"token_dispatch_B", "B", "tokens that leave their rank"},
    SolverOutput{"all_to_all_s", "s", "one all-to-all of them over the fabric"},
};

Json solve(const SolverInputs& in) {
  const ModelFigures model = in.model();
  const double chosen = model.active_experts_per_token;
  const double experts = std::min<double>(model.experts, chosen * in.number("routing_imbalance_factor"));
  const double multiplier = experts / chosen;
  const double ranks = in.count("ep_size");
  const Bytes payload = static_cast<double>(in.count("batch_size")) * in.count("seq_len") *
                        model.hidden_dim.value_or(4096) * bytes_of(in.precision()) * chosen * multiplier;
  Json answer = {{"effective_active_experts", experts},
                 {"active_parameter_multiplier", multiplier},
                 {"effective_active_parameters", model.active_parameters * multiplier},
                 {"token_dispatch_B", (payload * ((ranks - 1) / ranks)).si()},
                 {"all_to_all_s", Json()}};
  if (ranks > 1 && in.stated("cluster")) {
    const FabricFigures fabric = in.fleet().fabric;
    answer["all_to_all_s"] = all_to_all(payload, ranks, {fabric.bandwidth(), fabric.link.latency}).si();
  }
  return answer;
}

}  // namespace

constexpr Solver moe_routing{.source = "mlsysim MoERoutingModel", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
