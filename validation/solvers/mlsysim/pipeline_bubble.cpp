#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "validation/solvers/mlsysim/communication.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    SolverInput{.name = "stages",
                .kind = InputKind::count,
                .otherwise = "",
                .meaning = "devices of the pipeline",
                .plain_name = "P",
                .least = 1},
    SolverInput{.name = "microbatches",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "of a step",
                .plain_name = "M",
                .least = 1},
    SolverInput{.name = "virtual_stages",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "chunks of a device",
                .plain_name = "V",
                .least = 1},
    SolverInput{.name = "target_bubble",
                .kind = InputKind::number,
                .otherwise = may_be_missing,
                .meaning = "the fraction that is to be reached",
                .plain_name = "f",
                .least = 1e-9,
                .most = 1},
};
constexpr std::array outputs = {
    SolverOutput{"bubble_fraction", "1", "idle share of the step: (P-1)/(VM+P-1), for equal stages and free transfers"},
    SolverOutput{"idle_over_work", "1", "idle time over the work of a device: (P-1)/(VM)"},
    SolverOutput{"M_min", "1", "the fewest microbatches that reach the target (Z04)"},
};

Json solve(const SolverInputs& in) {
  const double stages = in.count("stages");
  const double chunks = in.count("virtual_stages");
  const double microbatches = in.count("microbatches");
  Json answer = {{"bubble_fraction", bubble_fraction(stages, microbatches, chunks)},
                 {"idle_over_work", (stages - 1) / (chunks * microbatches)}};
  if (const auto target = in.maybe_number("target_bubble")) {
    // A whole number that is met exactly must not be missed by rounding.
    const double exact = (stages - 1) * (1 - *target) / *target / chunks;
    constexpr double slack = 1e-9;
    answer["M_min"] = std::max(std::ceil(exact - slack * exact), 1.0);
  }
  return answer;
}

}  // namespace

constexpr Solver pipeline_bubble{
    .source = "mlsysim physics.performance; P02, P10, Z04", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
