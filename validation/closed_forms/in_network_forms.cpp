// The lines of the table for switches that reduce.
#include <algorithm>
#include <map>

#include "validation/closed_forms/assumptions.hpp"
#include "validation/closed_forms/in_network.hpp"

namespace lockstep::validation {
namespace {

using enum workloads::Operation;
using enum PortModel;

using Answer = std::optional<Prediction>;

// Steps from each member up to the root of the tree of switches, which are numbered from the root down.
std::vector<std::uint32_t> heights(const Situation& at) {
  const std::uint32_t members = at.members();
  std::map<std::uint32_t, std::uint32_t> parents;
  for (const Connection& connection : at.traffic().connections()) {
    const std::uint32_t from = connection.from.value();
    const std::uint32_t to = connection.to.value();
    if (to >= members && (from < members || to < from)) parents[from] = to;
  }
  std::vector<std::uint32_t> found;
  for (std::uint32_t member = 0; member < members; ++member) {
    std::uint32_t height = 0;
    for (auto at_parent = parents.find(member); at_parent != parents.end();
         at_parent = parents.find(at_parent->second)) {
      ++height;
    }
    found.push_back(height);
  }
  return found;
}

std::optional<std::string> uneven_heights(const Situation& at, const ClosedForm&) {
  const std::vector<std::uint32_t> all = heights(at);
  const auto [least, most] = std::minmax_element(all.begin(), all.end());
  if (*least == *most) return std::nullopt;
  return "rank " + std::to_string(least - all.begin()) + " is " + std::to_string(*least) +
         " steps below the root of the switches, rank " + std::to_string(most - all.begin()) + " is " +
         std::to_string(*most);
}

Answer switch_tree(const Situation& at) {
  const bool hides = at.port_model() == hiding_latency;
  return Prediction{(hides ? switch_tree_all_reduce_hiding_latency : switch_tree_all_reduce)(
      heights(at).front(), at.segments(), at.bytes(), at.cost())};
}

Answer one_switch(const Situation& at) {
  const bool overlapped = at.request().phases == workloads::Phases::overlapped;
  return Prediction{overlapped ? overlapped_switch_all_reduce(at.members(), at.bytes(), at.cost())
                               : switch_all_reduce_in_turn(at.bytes(), at.cost())};
}

}  // namespace

const Assumption symmetric_tree = {"symmetric_tree", "All ranks are equally far from the root of the switches.",
                                   uneven_heights, nullptr};

std::vector<ClosedForm> in_network_forms() {
  return {
      {.id = "C23",
       .title = "all-reduce in a tree of switches",
       .formula = "(2h+k-1)(α + (n/k)β); ports held for bytes alone: 2h(α + (n/k)β) + (k-1)(n/k)β",
       .source = "Graham et al. 2016",
       .operations = {all_reduce},
       .algorithms = {"in_network"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&symmetric_tree, &equal_links, &uncontended, &divisible, &rendezvous, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = switch_tree},
      {.id = "C24",
       .title = "all-reduce in one switch",
       .formula = "phases overlapped: (1 + 1/p)nβ; one after the other: 2nβ",
       .source = "Klenk et al. 2020; NCCL 2.17",
       .operations = {all_reduce},
       .algorithms = {"in_switch"},
       .port_models = {fluid},
       .assumptions = {&equal_links, &no_latency, &steady_flow, &simultaneous_arrival, &no_overhead},
       .predict = one_switch},
  };
}

}  // namespace lockstep::validation
