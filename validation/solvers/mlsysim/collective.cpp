#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/mlsysim/communication.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    SolverInput{.name = "algo",
                .kind = InputKind::choice,
                .otherwise = "ring",
                .meaning = "the algorithm",
                .choices = "ring|tree|double_binary_tree|all_to_all"},
    SolverInput{.name = "message",
                .kind = InputKind::bytes,
                .otherwise = "",
                .meaning = "bytes of the whole vector",
                .plain_name = "message_B"},
    degree_input("n", "members"),
    SolverInput{.name = "bandwidth",
                .kind = InputKind::bandwidth,
                .otherwise = "",
                .meaning = "of every link",
                .plain_name = "bandwidth_Bps"},
    SolverInput{.name = "latency",
                .kind = InputKind::seconds,
                .otherwise = "0 s",
                .meaning = "of every hop",
                .plain_name = "latency_s"},
};
constexpr std::array outputs = {SolverOutput{"time_s", "s", "of the collective, without combining"}};

// The package chose these factors itself: five percent more bytes and a fifth more latency than the ideal.
Seconds double_binary_tree(Bytes message, double members, const LinkFigures& link) {
  constexpr double more_bytes = 1.05, more_latency = 1.2;
  if (members <= 1) return Seconds(0);
  return more_bytes * 2 * (members - 1) / members * message / link.bandwidth +
         more_latency * 2 * std::log2(members) * link.latency;
}

Json solve(const SolverInputs& in) {
  const auto message = in.quantity<Bytes>("message");
  const double members = in.count("n");
  const LinkFigures link{in.quantity<Bandwidth>("bandwidth"), in.quantity<Seconds>("latency")};
  if (!(link.bandwidth > Bandwidth(0))) throw InputError({.where = "bandwidth", .problem = "must be positive"});
  const std::string algorithm = in.text("algo");
  Seconds time = ring_all_reduce(message, members, link);
  if (algorithm == "tree") time = tree_all_reduce(message, members, link);
  if (algorithm == "double_binary_tree") time = double_binary_tree(message, members, link);
  if (algorithm == "all_to_all") time = all_to_all(message, members, link);
  return {{"time_s", time.si()}};
}

}  // namespace

constexpr Solver collective{
    .source = "mlsysim physics.communication", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
