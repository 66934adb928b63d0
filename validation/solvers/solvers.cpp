#include "validation/solvers/solvers.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/first_order.hpp"
#include "validation/solvers/mlsysim/distributed.hpp"
#include "validation/solvers/mlsysim/single_node.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/reliability.hpp"
#include "validation/solvers/searcher.hpp"
#include "validation/solvers/step_form_solvers.hpp"
#include "validation/solvers/straggler_solvers.hpp"

namespace lockstep::validation {
namespace {

using Entry = NamedEntry<const Solver*>;

constexpr std::array table = {
    Entry{"distributed", "A training step as mlsysim's DistributedModel estimates it, as it is.",
          &mlsysim::distributed},
    Entry{"first_order", "A training step from its parts, exact where stages are equal and nobody contends.",
          &first_order},
    Entry{"single_node", "One device under the roofline, as mlsysim's Engine.solve has it.", &mlsysim::single_node},
    Entry{"roofline", "Another name of single_node.", &mlsysim::single_node},
    Entry{"network_roofline", "Compute of a fleet against one link of its fabric.", &mlsysim::network_roofline},
    Entry{"parallelism", "The split of tensor and pipeline parallelism that 'distributed' likes best.",
          &mlsysim::parallelism},
    Entry{"searcher", "A student's cost model for searching plans, as it is.", &searcher},
    Entry{"memory", "What a training step holds in the memory of one device.", &mlsysim::memory},
    Entry{"checkpoint", "Size and time of a checkpoint.", &mlsysim::checkpoint},
    Entry{"reliability", "Failures of a fleet, checkpoint intervals, and goodput.", &reliability},
    Entry{"spares", "Nodes that wait for others to fail.", &spares},
    Entry{"order_statistics", "When the k fastest of n workers are done, and what protocols put through.",
          &order_statistics},
    Entry{"stragglers", "Some workers are slow, always or now and then: what waiting wastes, and what saves it.",
          &stragglers},
    Entry{"economics", "What a fleet costs to buy and to run.", &mlsysim::economics},
    Entry{"sustainability", "Energy, carbon and water of a fleet.", &mlsysim::sustainability},
    Entry{"serving", "Prefill and decoding of a language model on one device.", &mlsysim::serving},
    Entry{"tail_latency", "Latency of requests that queue for replicas.", &mlsysim::tail_latency},
    Entry{"orchestration", "Jobs that queue for a whole cluster.", &mlsysim::orchestration},
    Entry{"moe_routing", "Tokens that travel to their experts.", &mlsysim::moe_routing},
    Entry{"topology", "Bisection and hops of a topology by rule of thumb.", &mlsysim::topology},
    Entry{"scaling", "Parameters and tokens that make the best of a compute budget.", &mlsysim::scaling},
    Entry{"collective", "One collective operation on equal links, without combining.", &mlsysim::collective},
    Entry{"hierarchical_all_reduce", "An all-reduce in nodes, and between their members of equal rank.",
          &mlsysim::hierarchical},
    Entry{"pipeline_bubble", "Idle share of a pipeline, and microbatches for a target.", &mlsysim::pipeline_bubble},
    Entry{"gradient_overlap", "Reductions of gradients behind a backward pass.", &gradient_overlap},
    Entry{"data_parallel_bytes", "What a data-parallel rank sends in a step.", &data_parallel_bytes},
    Entry{"sharded_layers", "Passes over layers whose weights are gathered one ahead.", &sharded_layers},
    Entry{"data_parallel_scaling", "Strong and weak scaling of data parallelism on a ring.", &data_parallel_scaling},
    Entry{"tensor_parallel", "All-reduces of activations in a step.", &tensor_parallel},
    Entry{"expert_parallel", "An all-to-all of tokens, with a busiest rank.", &expert_parallel},
    Entry{"context_parallel", "Ring attention.", &context_parallel},
    Entry{"optimizer_state", "Bytes of weights, gradients and Adam under ZeRO.", &optimizer_state},
    Entry{"activations", "Bytes of one layer's activations.", &activations},
    Entry{"training_flops", "Operations of training a GPT.", &training_flops},
    Entry{"utilization", "MFU and HFU of a step.", &flops_utilization},
    Entry{"scaling_efficiency", "Efficiency with a pipeline's bubble, in full and as mlsysim has it.",
          &scaling_efficiency},
};

}  // namespace

std::span<const Entry> solvers() {
  return table;
}

SolverAnswer solve(const std::string& solver, const Json& scenario, const SolverSource& source) {
  const Solver& chosen = *find_entry(solvers(), solver, "solver", "").function;
  const SolverInputs inputs(scenario, chosen.inputs, source);
  Json inputs_as_solved = inputs.as_solved();
  try {
    Json outputs = chosen.solve(inputs);
    auto answer = std::make_shared<Json>(Json::object());
    (*answer)["solver"] = solver;
    (*answer)["inputs"] = std::move(inputs_as_solved);
    (*answer)["outputs"] = std::move(outputs);
    return {std::move(answer), inputs.warnings()};
  } catch (const InputError& error) {
    // The pure functions know the names of fields, not the file that they stand in.
    const InputError::Text& text = error.text();
    if (source.file.empty() || text.where.starts_with(source.file)) throw;
    throw InputError({.where = source.file + (text.where.empty() ? "" : ": " + text.where),
                      .problem = text.problem,
                      .suggestion = text.suggestion});
  }
}

}  // namespace lockstep::validation
