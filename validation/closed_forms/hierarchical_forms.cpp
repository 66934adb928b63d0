// The lines of the table for all-reduce in two levels.
#include "validation/closed_forms/assumptions.hpp"
#include "validation/closed_forms/hierarchical.hpp"

namespace lockstep::validation {
namespace {

using enum workloads::Operation;
using enum PortModel;

using Answer = std::optional<Prediction>;

bool has_two_levels(const Situation& at) {
  return at.nodes() && at.nodes()->nodes > 1 && at.nodes()->members > 1;
}

Answer hierarchical(const Situation& at) {
  if (!has_two_levels(at)) return std::nullopt;
  const auto& cost = at.cost_by_reach();
  return Prediction{hierarchical_all_reduce(*at.nodes(), at.bytes(), cost.inside, cost.between)};
}

Answer hierarchical_sharing(const Situation& at) {
  if (!has_two_levels(at)) return std::nullopt;
  const auto& cost = at.cost_by_reach();
  return Prediction{hierarchical_all_reduce_sharing_a_nic(*at.nodes(), at.bytes(), cost.inside, cost.between)};
}

}  // namespace

std::vector<ClosedForm> hierarchical_forms() {
  return {
      {.id = "C20",
       .title = "hierarchical all-reduce, a NIC for each rank",
       .formula = "2(g-1)(α₁ + (n/g)β₁) + 2(N-1)(α₂ + n/(gN) β₂) + (p-1)/p nγ",
       .source = "Cho et al. 2019",
       .operations = {all_reduce},
       .algorithms = {"hierarchical"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links_per_reach, &uncontended, &single_channel, &divisible, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = hierarchical},
      {.id = "C21",
       .title = "hierarchical all-reduce, a NIC for each node",
       .formula = "2(g-1)(α₁ + (n/g)β₁) + 2(N-1)(α₂ + (n/N)β₂)",
       .source = "Cho et al. 2019; max-min fair shares, Bertsekas and Gallager 1992",
       .operations = {all_reduce},
       .algorithms = {"hierarchical"},
       .port_models = {fluid},
       .assumptions = {&one_nic_per_node, &equal_links_per_reach, &single_channel, &divisible, &no_reduction,
                       &simultaneous_arrival, &no_overhead, &every_message},
       .predict = hierarchical_sharing},
  };
}

}  // namespace lockstep::validation
