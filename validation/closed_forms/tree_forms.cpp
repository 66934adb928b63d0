// The lines of the table for chains and trees.
#include "validation/closed_forms/assumptions.hpp"
#include "validation/closed_forms/trees.hpp"

namespace lockstep::validation {
namespace {

using enum workloads::Operation;
using enum PortModel;

using Answer = std::optional<Prediction>;

Answer down_a_chain(const Situation& at) {
  const bool hides = at.port_model() == hiding_latency;
  return Prediction{
      (hides ? chain_broadcast_hiding_latency : chain_broadcast)(at.members(), at.segments(), at.bytes(), at.cost())};
}

Answer binomial_tree(const Situation& at) {
  const bool reduces = at.request().operation == reduce;
  return Prediction{(reduces ? binomial_reduce : binomial_broadcast)(at.members(), at.bytes(), at.cost())};
}

Answer up_and_down_a_tree(const Situation& at) {
  return Prediction{tree_all_reduce(at.members(), at.bytes(), at.cost())};
}

Answer down_a_binary_tree(const Situation& at) {
  const bool hides = at.port_model() == hiding_latency;
  return Prediction{(hides ? binary_tree_broadcast_hiding_latency : binary_tree_broadcast)(
      floor_lg(at.members() + 1) - 1, at.segments(), at.bytes(), at.cost())};
}

Answer double_tree(const Situation& at) {
  const Bracket bracket = double_tree_all_reduce(double_tree_shape(at.members()), at.segments(), at.bytes(), at.cost());
  return Prediction{bracket.lower, bracket.upper};
}

}  // namespace

std::vector<ClosedForm> tree_forms() {
  return {
      {.id = "C08",
       .title = "segmented chain broadcast",
       .formula = "(p-2+k)(α + (n/k)β); ports held for bytes alone: (p-1)(α + (n/k)β) + (k-1)(n/k)β",
       .source = "Pješivac-Grbović et al. 2007",
       .operations = {broadcast},
       .algorithms = {"chain"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &single_channel, &divisible, &rendezvous, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = down_a_chain},
      {.id = "C09",
       .title = "binomial tree",
       .formula = "⌈lg p⌉(α + nβ [+ nγ])",
       .source = "Thakur, Rabenseifner and Gropp 2005",
       .operations = {broadcast, reduce},
       .algorithms = {"tree"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &power_of_two_where_latency_hides, &rendezvous,
                       &simultaneous_arrival, &no_overhead, &every_message},
       .predict = binomial_tree},
      {.id = "C10",
       .title = "all-reduce as reduction and broadcast",
       .formula = "2⌈lg p⌉(α + nβ) + ⌈lg p⌉nγ",
       .source = "Thakur, Rabenseifner and Gropp 2005",
       .operations = {all_reduce},
       .algorithms = {"tree"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &power_of_two_where_latency_hides, &rendezvous,
                       &simultaneous_arrival, &no_overhead, &every_message},
       .predict = up_and_down_a_tree},
      {.id = "C11",
       .title = "segmented binary tree broadcast",
       .formula = "2(k+h-1)(α + (n/k)β), p = 2^(h+1)-1; ports held for bytes alone: 2(k+h-1)(n/k)β + hα",
       .source = "Pješivac-Grbović et al. 2007",
       .operations = {broadcast},
       .algorithms = {"binary_tree"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&regular_tree, &equal_links, &uncontended, &divisible, &rendezvous, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = down_a_binary_tree},
      {.id = "C34",
       .title = "double binary tree",
       .formula = "max(nβ deg/2, 2D(α + (n/2k)β)) ≤ T ≤ (nβ deg/2)(1 + 2D/k) + (4D + 2k)α",
       .source = "Sanders, Speck and Träff 2009; NCCL 2.4",
       .kind = ClosedForm::Kind::bound,
       .operations = {all_reduce},
       .algorithms = {"double_tree"},
       .port_models = {fluid},
       .assumptions = {&equal_links, &single_channel, &no_reduction, &rendezvous, &simultaneous_arrival, &no_overhead,
                       &every_message},
       .predict = double_tree},
  };
}

}  // namespace lockstep::validation
