#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/mlsysim/distributed.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    model_input,
    cluster_input,
    SolverInput{.name = "batch_size",
                .kind = InputKind::count,
                .otherwise = "",
                .meaning = "samples of the whole fleet",
                .in_scenario = "workload.global_batch",
                .least = 1},
    precision_input,
    efficiency_input,
    SolverInput{.name = "max_tp",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "the widest tensor parallelism; a node unless stated",
                .least = 1},
    SolverInput{.name = "max_pp",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "the deepest pipeline; the fleet unless stated",
                .least = 1},
    SolverInput{.name = "overlap_comm",
                .kind = InputKind::flag,
                .otherwise = "true",
                .meaning = "whether gradients travel behind the backward pass"},
};
constexpr std::array outputs = {
    SolverOutput{"best", "", "the split with the highest scaling efficiency"},
    SolverOutput{"searched", "1", "splits whose weights, gradients and optimizer fit"},
    SolverOutput{"top5", "", "the five best"},
};

struct Split {
  std::uint32_t tensor = 1, stages = 1;
  DistributedStep step;
};

// Weights and gradients in fp16 and the state of Adam, in nine tenths of the memory; activations are left out.
bool fits(const DistributedCase& step, double shards) {
  constexpr double share = 0.9;
  constexpr Bytes adam_state(12);
  const Bytes needed = (2 * step.model.size(Precision::fp16) + adam_state * step.model.parameters) / shards;
  return needed <= step.fleet.device.memory * share;
}

std::vector<Split> fitting_splits(DistributedCase step, double most_tensor, double most_stages) {
  constexpr std::uint32_t widest = 512;
  std::vector<Split> splits;
  for (std::uint32_t tensor = 1; tensor <= widest && tensor <= most_tensor; tensor *= 2) {
    for (std::uint32_t stages = 1; stages <= widest && stages <= most_stages; stages *= 2) {
      if (step.fleet.devices() % (tensor * stages) != 0 || !fits(step, static_cast<double>(tensor) * stages)) continue;
      step.tp_size = tensor;
      step.pp_size = stages;
      splits.push_back({tensor, stages, solve_distributed(step)});
    }
  }
  return splits;
}

Json solve(const SolverInputs& in) {
  DistributedCase step{.model = in.model(), .fleet = in.fleet()};
  step.batch_size = in.count("batch_size");
  step.precision = in.precision();
  step.efficiency = in.number("efficiency");
  step.overlap_comm = in.flag("overlap_comm");
  std::vector<Split> splits = fitting_splits(step, in.maybe_count("max_tp").value_or(step.fleet.devices_per_node),
                                             in.maybe_count("max_pp").value_or(step.fleet.devices()));
  if (splits.empty()) {
    throw InputError({.where = "cluster", .problem = "no split of the model into powers of two fits into this fleet"});
  }
  const std::size_t searched = splits.size();
  std::stable_sort(splits.begin(), splits.end(), [](const Split& a, const Split& b) {
    return a.step.scaling_efficiency > b.step.scaling_efficiency;
  });
  Json top = Json::array();
  for (const Split& split : std::span(splits).first(std::min<std::size_t>(searched, 5))) {
    top.push_back({{"tp", split.tensor},
                   {"pp", split.stages},
                   {"dp", split.step.dp_size},
                   {"mfu", split.step.scaling_efficiency * step.efficiency},
                   {"throughput_per_s", split.step.effective_throughput_per_s},
                   {"step_s", split.step.step.si()}});
  }
  return {{"best", top.front()}, {"searched", searched}, {"top5", top}};
}

}  // namespace

constexpr Solver parallelism{
    .source = "mlsysim ParallelismOptimizer", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
