#include "validation/solvers/searcher.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation {
namespace {

constexpr std::array inputs = {
    degree_input("dp", "replicas", "workload.parallel.data"),
    degree_input("tp", "tensor ranks", "workload.parallel.tensor"),
    degree_input("pp", "stages", "workload.parallel.pipeline"),
    SolverInput{.name = "gpus",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "devices: all plans that use them are compared, instead of dp, tp and pp",
                .least = 1,
                .most = 1e6},
    SolverInput{.name = "layer_tflops",
                .kind = InputKind::numbers,
                .otherwise = "",
                .meaning = "teraflops of each layer's forward pass"},
    SolverInput{
        .name = "gpu_gflops", .kind = InputKind::number, .otherwise = "", .meaning = "peak of a device", .least = 1e-9},
    SolverInput{.name = "grad_MB",
                .kind = InputKind::number,
                .otherwise = "",
                .meaning = "gradients of the model",
                .plain_name = "dp_sum_gradient_MB"},
    SolverInput{.name = "tp_MB",
                .kind = InputKind::number,
                .otherwise = "",
                .meaning = "that tensor ranks exchange",
                .plain_name = "tp_comm_sum_MB"},
    SolverInput{.name = "act_MB",
                .kind = InputKind::numbers,
                .otherwise = "",
                .meaning = "activations between layers",
                .plain_name = "layer_activation_MB"},
    SolverInput{.name = "ngpn",
                .kind = InputKind::count,
                .otherwise = "",
                .meaning = "devices of a node",
                .plain_name = "n_gpu_per_node",
                .least = 1},
    SolverInput{.name = "bw_in",
                .kind = InputKind::number,
                .otherwise = "",
                .meaning = "GB/s inside a node",
                .plain_name = "bw_gpu_to_gpu",
                .least = 1e-9},
    SolverInput{.name = "bw_x",
                .kind = InputKind::number,
                .otherwise = "",
                .meaning = "GB/s between nodes",
                .plain_name = "bw_inter_node",
                .least = 1e-9},
};
constexpr std::array outputs = {
    SolverOutput{"total_ms", "ms", "the step"},
    SolverOutput{"compute_ms", "ms", "compute"},
    SolverOutput{"dp_ms", "ms", "all-reduce of gradients"},
    SolverOutput{"tp_ms", "ms", "all-reduce of tensor ranks"},
    SolverOutput{"pp_ms", "ms", "activations between stages"},
    SolverOutput{"best", "", "the fastest plan, where 'gpus' is stated: dp, tp, pp"},
    SolverOutput{"configurations", "", "all plans, the fastest first, where 'gpus' is stated"},
};

SearcherCase read(const SolverInputs& in) {
  const std::vector<double> layers = in.numbers("layer_tflops");
  const std::vector<double> activations = in.numbers("act_MB");
  SearcherCase plan{.data = in.count("dp"), .tensor = in.count("tp"), .stages = in.count("pp")};
  plan.forward_tflop = std::accumulate(layers.begin(), layers.end(), 0.0);
  plan.device_gflops = in.number("gpu_gflops");
  plan.gradients_mb = in.number("grad_MB");
  plan.tensor_mb = in.number("tp_MB");
  plan.largest_activation_mb = activations.empty() ? 0 : *std::max_element(activations.begin(), activations.end());
  plan.devices_per_node = in.count("ngpn");
  plan.inside_gb_per_s = in.number("bw_in");
  plan.between_gb_per_s = in.number("bw_x");
  return plan;
}

std::vector<SearcherCase> plans_of(SearcherCase plan, std::uint32_t devices, std::size_t layers) {
  std::vector<SearcherCase> plans;
  for (plan.data = 1; plan.data <= devices; ++plan.data) {
    if (devices % plan.data != 0) continue;
    const std::uint32_t rest = devices / plan.data;
    for (plan.tensor = 1; plan.tensor <= rest; ++plan.tensor) {
      if (rest % plan.tensor != 0) continue;
      plan.stages = rest / plan.tensor;
      if (plan.stages <= layers) plans.push_back(plan);
    }
  }
  return plans;
}

Json as_json(const SearcherCost& cost) {
  return {{"total_ms", cost.total_ms()},
          {"compute_ms", cost.compute_ms},
          {"dp_ms", cost.data_ms},
          {"tp_ms", cost.tensor_ms},
          {"pp_ms", cost.stages_ms}};
}
Json as_json(const SearcherCase& plan) {
  return {{"dp", plan.data}, {"tp", plan.tensor}, {"pp", plan.stages}};
}

Json search(const SearcherCase& shape, std::uint32_t devices, std::size_t layers) {
  std::vector<SearcherCase> plans = plans_of(shape, devices, layers);
  std::stable_sort(plans.begin(), plans.end(), [](const SearcherCase& a, const SearcherCase& b) {
    return searcher_cost(a).total_ms() < searcher_cost(b).total_ms();
  });
  if (plans.empty()) throw InputError({.where = "layer_tflops", .problem = "there is no layer to put on a device"});
  Json answer = as_json(searcher_cost(plans.front()));
  answer["best"] = as_json(plans.front());
  answer["configurations"] = Json::array();
  for (const SearcherCase& plan : plans) {
    Json line = as_json(plan);
    line.update(as_json(searcher_cost(plan)));
    answer["configurations"].push_back(std::move(line));
  }
  return answer;
}

Json solve(const SolverInputs& in) {
  const SearcherCase plan = read(in);
  if (const auto devices = in.maybe_count("gpus")) return search(plan, *devices, in.numbers("layer_tflops").size());
  return as_json(searcher_cost(plan));
}

}  // namespace

double searcher_efficiency(double data, double tensor) {
  using namespace searcher_constants;
  return base_efficiency / ((1 + data_penalty * (data - 1)) * (1 + tensor_penalty * (tensor - 1)) *
                            (1 + imbalance_penalty * std::abs(data - tensor)));
}

SearcherCost searcher_cost(const SearcherCase& plan) {
  using namespace searcher_constants;
  constexpr double ms_a_second = 1000, gigaflops_a_teraflop = 1000;
  const double data = plan.data, tensor = plan.tensor, stages = plan.stages;
  const double inside = plan.inside_gb_per_s * megabytes_a_gigabyte;
  const double for_data = plan.data <= plan.devices_per_node ? inside : plan.between_gb_per_s * megabytes_a_gigabyte;
  const double rate = plan.device_gflops * data * tensor * searcher_efficiency(data, tensor) / gigaflops_a_teraflop;
  SearcherCost cost;
  cost.compute_ms =
      flops_per_forward * plan.forward_tflop / rate * ms_a_second / (plan.stages > 1 ? pipeline_overlap : 1);
  cost.data_ms = 2 * (data - 1) / data * plan.gradients_mb / for_data * ms_a_second;
  cost.tensor_ms = 2 * (tensor - 1) / tensor * (plan.tensor_mb / tensor) / inside * ms_a_second;
  cost.stages_ms = 2 * (stages - 1) * plan.largest_activation_mb / inside * ms_a_second;
  return cost;
}

constexpr Solver searcher{
    .source = "the cost model of a student's plan search (Z03)", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation
