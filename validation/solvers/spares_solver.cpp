#include <array>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/reliability/failures.hpp"
#include "validation/solvers/solver_inputs.hpp"
#include "validation/solvers/straggler_solvers.hpp"

namespace lockstep::validation {
namespace {

constexpr std::array inputs = {
    SolverInput{.name = "running",
                .kind = InputKind::count,
                .otherwise = "",
                .meaning = "nodes that must run",
                .in_scenario = "fleet.nodes",
                .least = 1},
    SolverInput{.name = "spares", .kind = InputKind::count, .otherwise = "0", .meaning = "nodes beside them"},
    SolverInput{.name = "node_mtbf",
                .kind = InputKind::seconds,
                .otherwise = "",
                .meaning = "mean time between failures of one node",
                .plain_name = "node_mtbf_hours",
                .plain_unit = 3600},
    SolverInput{.name = "repair",
                .kind = InputKind::seconds,
                .otherwise = "24 h",
                .meaning = "mean time to repair a node, however many are down",
                .plain_name = "repair_hours",
                .plain_unit = 3600},
    SolverInput{.name = "duration",
                .kind = InputKind::seconds,
                .otherwise = "30 d",
                .meaning = "how long spares must last if nothing is repaired",
                .plain_name = "duration_hours",
                .plain_unit = 3600},
    SolverInput{.name = "target",
                .kind = InputKind::number,
                .otherwise = "0.99",
                .meaning = "probability that is wanted",
                .most = 0.999999999999},
};
constexpr std::array outputs = {
    SolverOutput{"availability", "1", "of one node, MTBF/(MTBF+MTTR)"},
    SolverOutput{"expected_failures", "1", "of running nodes within the duration"},
    SolverOutput{"enough_with_repair", "1", "share of the time in which enough nodes are up"},
    SolverOutput{"enough_without_repair", "1", "probability that cold spares last for the duration"},
    SolverOutput{"spares_with_repair", "1", "the least number of spares that reaches the target"},
    SolverOutput{"spares_without_repair", "1", "the same without repair; null beyond four billion"},
};

// The least number that is enough; nothing beyond the largest. `enough` is monotone.
Json least_spares(const std::function<bool(std::uint32_t)>& enough) {
  constexpr std::uint64_t most = UINT32_MAX;
  std::uint64_t low = 0, high = 0;
  while (!enough(static_cast<std::uint32_t>(high))) {
    if (high == most) return {};
    low = high + 1;
    high = std::min(most, 2 * high + 1);
  }
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    if (enough(static_cast<std::uint32_t>(middle))) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

Json solve(const SolverInputs& in) {
  SparePool pool{
      .running = in.count("running"), .spares = in.count("spares"), .mtbf = in.quantity<Seconds>("node_mtbf")};
  if (!(pool.mtbf > Seconds(0))) throw InputError({.where = in.where("node_mtbf"), .problem = "must be positive"});
  const auto repair = in.quantity<Seconds>("repair");
  const auto duration = in.quantity<Seconds>("duration");
  const double target = in.number("target");
  Json answer = {{"availability", pool.mtbf / (pool.mtbf + repair)},
                 {"expected_failures", pool.running * (duration / pool.mtbf)},
                 {"enough_with_repair", enough_with_repair(pool, repair)},
                 {"enough_without_repair", enough_without_repair(pool, duration)}};
  answer["spares_with_repair"] = least_spares([&](std::uint32_t spares) {
    pool.spares = spares;
    return enough_with_repair(pool, repair) >= target;
  });
  answer["spares_without_repair"] = least_spares([&](std::uint32_t spares) {
    pool.spares = spares;
    return enough_without_repair(pool, duration) >= target;
  });
  return answer;
}

}  // namespace

constexpr Solver spares{
    .source = "R05; Barlow and Proschan 1975", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation
