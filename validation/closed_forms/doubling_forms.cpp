// The lines of the table for exchanges at doubling distances.
#include "validation/closed_forms/assumptions.hpp"
#include "validation/closed_forms/doubling.hpp"

namespace lockstep::validation {
namespace {

using enum workloads::Operation;
using enum PortModel;

using Answer = std::optional<Prediction>;

Answer doubling(const Situation& at) {
  return Prediction{recursive_doubling_all_reduce(at.members(), at.bytes(), at.cost())};
}

Answer halving_and_doubling(const Situation& at) {
  return Prediction{halving_doubling_all_reduce(at.members(), at.bytes(), at.cost())};
}

Answer scatter_and_gather(const Situation& at) {
  return Prediction{scatter_all_gather_broadcast(at.members(), at.bytes(), at.cost())};
}

Answer halving(const Situation& at) {
  return Prediction{halving_reduce_scatter(at.members(), at.bytes(), at.cost())};
}

Answer gathering(const Situation& at) {
  return Prediction{doubling_all_gather(at.members(), at.bytes(), at.cost())};
}

}  // namespace

std::vector<ClosedForm> doubling_forms() {
  return {
      {.id = "C12",
       .title = "recursive doubling all-reduce",
       .formula = "⌊lg p⌋(α + nβ + nγ), and 2(α + nβ) + nγ more where p ≠ 2^q",
       .source = "Thakur, Rabenseifner and Gropp 2005",
       .operations = {all_reduce},
       .algorithms = {"recursive_doubling"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &rendezvous, &simultaneous_arrival, &no_overhead, &every_message},
       .predict = doubling},
      {.id = "C13",
       .title = "halving and doubling all-reduce",
       .formula = "2qα + 2(p'-1)/p' nβ + (p'-1)/p' nγ, p' = 2^q, and 2(α + nβ) + nγ more where p ≠ p'",
       .source = "Rabenseifner 2004; Thakur, Rabenseifner and Gropp 2005",
       .operations = {all_reduce},
       .algorithms = {"halving_doubling"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &divisible, &rendezvous, &simultaneous_arrival, &no_overhead,
                       &every_message},
       .predict = halving_and_doubling},
      {.id = "C14",
       .title = "broadcast as scatter and ring all-gather",
       .formula = "(lg p + p - 1)α + 2(p-1)/p nβ",
       .source = "van de Geijn 1994; Thakur, Rabenseifner and Gropp 2005",
       .operations = {broadcast},
       .algorithms = {"scatter_all_gather"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&power_of_two, &equal_links, &uncontended, &divisible, &rendezvous, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = scatter_and_gather},
      {.id = "C36",
       .title = "reduce-scatter by halving",
       .formula = "qα + (p-1)/p n(β + γ)",
       .source = "Thakur, Rabenseifner and Gropp 2005",
       .operations = {reduce_scatter},
       .algorithms = {"halving_doubling"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&power_of_two, &equal_links, &uncontended, &divisible, &rendezvous, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = halving},
      {.id = "C36",
       .title = "all-gather by doubling",
       .formula = "qα + (p-1)/p nβ",
       .source = "Thakur, Rabenseifner and Gropp 2005",
       .operations = {all_gather},
       .algorithms = {"halving_doubling", "recursive_doubling"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&power_of_two, &equal_links, &uncontended, &divisible, &rendezvous, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = gathering},
  };
}

}  // namespace lockstep::validation
