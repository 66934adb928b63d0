// The lines of the table for rings.
#include <algorithm>

#include "validation/closed_forms/assumptions.hpp"
#include "validation/closed_forms/ring.hpp"

namespace lockstep::validation {
namespace {

using enum workloads::Operation;
using enum PortModel;

using Answer = std::optional<Prediction>;

Answer reduce_scatter_round_a_ring(const Situation& at) {
  return Prediction{ring_reduce_scatter(at.members(), at.bytes(), at.cost())};
}

Answer all_gather_round_a_ring(const Situation& at) {
  return Prediction{ring_all_gather(at.members(), at.bytes(), at.cost())};
}

Answer all_reduce_round_a_ring(const Situation& at) {
  return Prediction{ring_all_reduce(at.members(), at.bytes(), at.cost())};
}

Answer elements_round_a_ring(const Situation& at) {
  const auto& element = at.request().element;
  if (!element) return std::nullopt;
  return Prediction{ring_all_reduce_of_elements(at.members(), at.bytes() / *element, *element, at.cost())};
}

Answer round_unequal_links(const Situation& at) {
  std::vector<Hockney> links;
  for (const Connection& connection : at.traffic().connections()) {
    links.push_back({.alpha = connection.latency, .beta = pace(connection.bandwidth)});
  }
  if (links.size() != at.members()) return std::nullopt;  // several channels
  return Prediction{ring_all_reduce_over(links, at.bytes())};
}

// What the connections of one member cost, where those alone are slow, and equally; nothing otherwise. In a ring of two
// no connection is another member's.
std::optional<Hockney> slow_member(const Situation& at) {
  const auto connections = at.traffic().connections();
  const auto fastest = std::ranges::max_element(connections, {}, &Connection::bandwidth);
  std::vector<Connection> slow;
  for (const Connection& one : connections) {
    if (!same(one.latency.si(), fastest->latency.si())) return std::nullopt;
    if (!same(one.bandwidth.si(), fastest->bandwidth.si())) slow.push_back(one);
  }
  if (slow.size() != 2 || !same(slow[0].bandwidth.si(), slow[1].bandwidth.si())) return std::nullopt;
  if (slow[0].to != slow[1].from && slow[1].to != slow[0].from) return std::nullopt;
  return Hockney{.alpha = fastest->latency, .beta = pace(slow[0].bandwidth)};
}

Answer round_a_slow_member(const Situation& at) {
  const auto slow = slow_member(at);
  if (!slow) return std::nullopt;
  return Prediction{ring_all_reduce(at.members(), at.bytes(), *slow)};
}

Answer late_ring(const Situation& at) {
  const auto& arrivals = at.subject().workload.arrivals;
  if (arrivals.empty()) return std::nullopt;
  return Prediction{ring_all_reduce_after(arrivals, at.bytes(), at.cost())};
}

Answer sliced_ring(const Situation& at) {
  if (at.segments() == 1) return std::nullopt;
  const bool hides = at.port_model() == hiding_latency;
  return Prediction{(hides ? sliced_ring_all_reduce_hiding_latency : sliced_ring_all_reduce)(
      at.members(), at.segments(), at.bytes(), at.cost())};
}

Answer ring_through_nodes(const Situation& at) {
  if (!at.nodes() || at.nodes()->nodes == 1 || at.nodes()->members == 1) return std::nullopt;
  const auto& cost = at.cost_by_reach();
  return Prediction{ring_all_reduce_through_nodes(at.members(), at.bytes(), cost.inside, cost.between)};
}

}  // namespace

std::vector<ClosedForm> ring_forms() {
  return {
      {.id = "C01",
       .title = "ring reduce-scatter",
       .formula = "(p-1)(α + (n/p)β + (n/p)γ)",
       .source = "Patarasuk and Yuan 2009",
       .operations = {reduce_scatter},
       .algorithms = {"ring"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &single_segment, &single_channel, &divisible, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = reduce_scatter_round_a_ring},
      {.id = "C02",
       .title = "ring all-gather",
       .formula = "(p-1)(α + (n/p)β)",
       .source = "Patarasuk and Yuan 2009",
       .operations = {all_gather},
       .algorithms = {"ring"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &single_segment, &single_channel, &divisible, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = all_gather_round_a_ring},
      {.id = "C03",
       .title = "ring all-reduce",
       .formula = "2(p-1)(α + (n/p)β) + (p-1)(n/p)γ",
       .source = "Patarasuk and Yuan 2009; Thakur, Rabenseifner and Gropp 2005",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &single_segment, &single_channel, &divisible, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = all_reduce_round_a_ring},
      {.id = "C04",
       .title = "ring all-reduce of whole elements",
       .formula = "2(p-1)(α + ⌈n/p⌉β)",
       .source = "Patarasuk and Yuan 2009; counted by hand",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &single_segment, &single_channel, &no_reduction,
                       &simultaneous_arrival, &no_overhead, &every_message},
       .predict = elements_round_a_ring},
      {.id = "C05",
       .title = "ring all-reduce over unequal links",
       .formula = "2(p-1) max_i(α_i + (n/p)β_i)",
       .source = "Patarasuk and Yuan 2009; max-plus cycle time, Baccelli et al. 1992",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {blocking, contention_free, fluid},
       .assumptions = {&uncontended, &single_segment, &single_channel, &divisible, &no_reduction, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = round_unequal_links},
      {.id = "C06",
       .title = "ring all-reduce with late ranks",
       .formula = "max_r(arrival_r) + 2(p-1)(α + (n/p)β) + (p-1)(n/p)γ",
       .source = "Patarasuk and Yuan 2009; the last chunk still makes 2(p-1) hops",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &single_segment, &single_channel, &divisible, &no_overhead,
                       &every_message},
       .predict = late_ring},
      {.id = "C07",
       .title = "ring all-reduce in slices",
       .formula = "2(p-1)k(α + (m/k)β), m = n/p; ports held for bytes alone: (2p-3) max(mβ, α + (m/k)β) + mβ + α",
       .source = "Patarasuk and Yuan 2009; pipelining as in Pješivac-Grbović et al. 2007",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {hiding_latency, blocking, contention_free, fluid},
       .assumptions = {&equal_links, &uncontended, &single_channel, &divisible, &no_reduction, &rendezvous,
                       &simultaneous_arrival, &no_overhead, &every_message},
       .predict = sliced_ring},
      {.id = "C22",
       .title = "flat ring through nodes",
       .formula = "2(p-1) max(α₁ + (n/p)β₁, α₂ + (n/p)β₂)",
       .source = "Patarasuk and Yuan 2009; max-plus cycle time, Baccelli et al. 1992",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {blocking, contention_free, fluid},
       .assumptions = {&nodes_in_order, &equal_links_per_reach, &uncontended, &single_segment, &single_channel,
                       &divisible, &no_reduction, &simultaneous_arrival, &no_overhead, &every_message},
       .predict = ring_through_nodes},
      {.id = "S16",
       .title = "ring all-reduce with one slow NIC",
       .formula = "2(p-1)(α + (n/p)sβ)",
       .source = "max-plus cycle time, Baccelli et al. 1992",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {blocking, contention_free, fluid},
       .assumptions = {&uncontended, &single_segment, &single_channel, &divisible, &no_reduction, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = round_a_slow_member},
  };
}

}  // namespace lockstep::validation
