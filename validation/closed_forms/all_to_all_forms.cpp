// The lines of the table for all-to-all.
#include "validation/closed_forms/all_to_all.hpp"
#include "validation/closed_forms/assumptions.hpp"
#include "validation/closed_forms/contention.hpp"

namespace lockstep::validation {
namespace {

using enum workloads::Operation;
using enum PortModel;

using Answer = std::optional<Prediction>;

Answer pairwise(const Situation& at) {
  return Prediction{pairwise_all_to_all(at.members(), at.bytes(), at.cost())};
}

Answer direct(const Situation& at) {
  return Prediction{direct_all_to_all(at.members(), at.bytes(), at.cost())};
}

Answer bruck(const Situation& at) {
  return Prediction{bruck_all_to_all(at.members(), at.bytes(), at.cost())};
}

Answer direct_over_shared_links(const Situation& at) {
  return Prediction{equal_messages_at_once(at.cost().alpha, at.bytes() / at.members(), at.busiest())};
}

}  // namespace

std::vector<ClosedForm> all_to_all_forms() {
  return {
      {.id = "C15",
       .title = "pairwise all-to-all",
       .formula = "(p-1)(α + (n/p)β)",
       .source = "Thakur, Rabenseifner and Gropp 2005",
       .operations = {all_to_all},
       .algorithms = {"pairwise"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &divisible, &rendezvous, &simultaneous_arrival, &no_overhead,
                       &every_message},
       .predict = pairwise},
      {.id = "C16",
       .title = "direct all-to-all on a non-blocking fabric",
       .formula = "α + (p-1)/p nβ",
       .source = "max-min fair shares, Bertsekas and Gallager 1992",
       .operations = {all_to_all},
       .algorithms = {"direct"},
       .port_models = {fluid},
       .assumptions = {&equal_links, &nonblocking_fabric, &one_link_each, &divisible, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = direct},
      {.id = "C17",
       .title = "Bruck all-to-all",
       .formula = "⌈lg p⌉α + (n/p)β Σ_k #{j < p: bit k of j is set}",
       .source = "Bruck et al. 1997",
       .operations = {all_to_all},
       .algorithms = {"bruck"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &divisible, &rendezvous, &simultaneous_arrival, &no_overhead,
                       &every_message},
       .predict = bruck},
      {.id = "C25",
       .title = "direct all-to-all over shared links",
       .formula = "α + (n/p) max_l f_l/C_l; among pods of k with oversubscription r: α + (n/p)β max(p-1, r(p-k))",
       .source = "max-min fair shares, Bertsekas and Gallager 1992",
       .operations = {all_to_all},
       .algorithms = {"direct"},
       .port_models = {fluid},
       .assumptions = {&equal_latency, &divisible, &simultaneous_arrival, &no_overhead, &every_message},
       .predict = direct_over_shared_links},
  };
}

}  // namespace lockstep::validation
