#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    SolverInput{.name = "compute",
                .kind = InputKind::flops,
                .otherwise = "",
                .meaning = "operations that are to spend",
                .plain_name = "compute_flops"},
    SolverInput{.name = "target_params",
                .kind = InputKind::number,
                .otherwise = may_be_missing,
                .meaning = "parameters, where they are given and only the tokens are asked",
                .least = 1},
};
constexpr std::array outputs = {
    SolverOutput{"optimal_parameters", "1", "√(C/120), or the target"},
    SolverOutput{"optimal_tokens", "1", "20 a parameter, or C/(6P)"},
    SolverOutput{"tokens_per_parameter", "1", "their ratio"},
};

// Hoffmann et al. 2022: C = 6PD, D = 20P.
Json solve(const SolverInputs& in) {
  constexpr double flops_per_parameter_token = 6, tokens_per_parameter = 20;
  const double compute = in.quantity<Flops>("compute").si();
  if (!(compute > 0)) throw InputError({.where = "compute", .problem = "must be positive"});
  const auto target = in.maybe_number("target_params");
  const double parameters = target ? *target : std::sqrt(compute / (flops_per_parameter_token * tokens_per_parameter));
  const double tokens = target ? compute / (flops_per_parameter_token * parameters) : tokens_per_parameter * parameters;
  return {
      {"optimal_parameters", parameters}, {"optimal_tokens", tokens}, {"tokens_per_parameter", tokens / parameters}};
}

}  // namespace

constexpr Solver scaling{
    .source = "mlsysim ScalingModel; Hoffmann et al. 2022", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
