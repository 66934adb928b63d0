#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {model_input, cluster_input, precision_input, efficiency_input};
constexpr std::array outputs = {
    SolverOutput{"ci_flop_per_byte", "flop/B", "flops for each byte of gradients"},
    SolverOutput{"ridge_flop_per_byte", "flop/B", "the fleet's peak over the bandwidth of one link"},
    SolverOutput{"compute_s", "s", "6 flops a parameter, once, on the whole fleet"},
    SolverOutput{"network_s", "s", "two times the weights over one link"},
    SolverOutput{"latency_s", "s", "the longer of the two"},
    SolverOutput{"bottleneck", "", "Compute or Network"},
};

Json solve(const SolverInputs& in) {
  const ModelFigures model = in.model();
  const FleetFigures fleet = in.fleet();
  const Precision precision = in.precision();
  constexpr double flops_per_parameter = 6;
  const Flops work(flops_per_parameter * model.parameters);
  const Bytes gradients = 2 * model.size(precision);
  const FlopRate peak = fleet.device.peak(precision) * fleet.devices();
  const Seconds compute = work / (peak * in.number("efficiency"));
  const Seconds network = gradients / fleet.fabric.bandwidth();
  return {{"ci_flop_per_byte", work.si() / gradients.si()},
          {"ridge_flop_per_byte", peak.si() / fleet.fabric.bandwidth().si()},
          {"compute_s", compute.si()},
          {"network_s", network.si()},
          {"latency_s", std::max(compute, network).si()},
          {"bottleneck", network > compute ? "Network" : "Compute"}};
}

}  // namespace

constexpr Solver network_roofline{
    .source = "mlsysim NetworkRooflineModel", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
