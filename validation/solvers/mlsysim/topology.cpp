#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    SolverInput{.name = "fabric",
                .kind = InputKind::fabric,
                .otherwise = "",
                .meaning = "whose links are meant",
                .in_scenario = "fleet.fabric"},
    SolverInput{.name = "topology",
                .kind = InputKind::choice,
                .otherwise = "fat_tree",
                .meaning = "how they are joined",
                .choices = "fat_tree|dragonfly|torus_3d|ring"},
    SolverInput{.name = "num_nodes", .kind = InputKind::count, .otherwise = "64", .meaning = "nodes", .least = 1},
    convention_input,
};
constexpr std::array outputs = {
    SolverOutput{"effective_bw_Bps", "B/s", "what is left of a link when everyone sends across the middle"},
    SolverOutput{"bisection_bw_Bps", "B/s", "of a cut through the middle"},
    SolverOutput{"beta", "1", "bisection over that of a full fat tree"},
    SolverOutput{"hops_avg", "1", "links on the way, on average"},
};

struct Shape {
  double beta = 1;
  double hops = 4;
};

Shape shape_of(const std::string& topology, double nodes) {
  if (topology == "ring") return {2 / nodes, nodes / 4};
  if (topology == "torus_3d") return {2 * std::pow(nodes, -1.0 / 3), 0.75 * std::pow(nodes, 1.0 / 3)};
  if (topology == "dragonfly") return {0.85, 3};
  return {};
}

Json solve(const SolverInputs& in) {
  const double nodes = in.count("num_nodes");
  const std::string topology = in.text("topology");
  const Shape shape = shape_of(topology, nodes);
  const FabricFigures fabric = in.fabric();
  // The original counts a ring's bisection as one link and a torus's as N^(2/3): a cut severs twice as many.
  const bool is_halved = topology == "ring" || topology == "torus_3d";
  const double cut = in.text("convention") == "corrected" && is_halved ? nodes : nodes / 2;
  return {{"effective_bw_Bps", (fabric.bandwidth() * shape.beta).si()},
          {"bisection_bw_Bps", (fabric.bandwidth() * shape.beta * cut).si()},
          {"beta", shape.beta},
          {"hops_avg", shape.hops}};
}

}  // namespace

constexpr Solver topology{.source = "mlsysim TopologyModel", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
