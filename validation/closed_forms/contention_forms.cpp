// The lines of the table for messages that share links.
#include <algorithm>
#include <map>

#include "validation/closed_forms/assumptions.hpp"
#include "validation/closed_forms/contention.hpp"

namespace lockstep::validation {
namespace {

using enum workloads::Operation;
using enum PortModel;

using Answer = std::optional<Prediction>;

// The ring's hosts by the switch that they hang on, and what leads up from there; absent unless every host has one link
// of one speed, pods are equally large, and all that leaves a pod takes one link.
struct RingOverPods {
  Pods pods;
  std::uint32_t leaving = 0;  // edges of the ring between pods
};

std::optional<RingOverPods> ring_over_pods(const Situation& at) {
  if (at.traffic().connections().size() != at.members()) return std::nullopt;
  const topology::Fleet& fleet = at.fleet();
  std::map<topology::VertexId, topology::ChannelId> uplinks;
  std::map<topology::VertexId, std::uint32_t> hosts;
  RingOverPods ring;
  Bandwidth narrowest_uplink;
  Bandwidth host_link;
  for (const Connection& connection : at.traffic().connections()) {
    const auto links = at.traffic().links(connection);
    if (links.size() < 2) return std::nullopt;
    const topology::Link& first = fleet.link(links.front());
    const topology::Link& last = fleet.link(links.back());
    ++hosts[first.to];
    const Bandwidth own = fleet.channel(first.channel).bandwidth;
    if (host_link != Bandwidth(0) && !same(own.si(), host_link.si())) return std::nullopt;
    host_link = own;
    if (first.to == last.from) continue;
    ++ring.leaving;
    const topology::ChannelId up = fleet.link(links[1]).channel;
    if (!uplinks.emplace(first.to, up).second && uplinks[first.to] != up) return std::nullopt;
    const Bandwidth carried = fleet.channel(up).bandwidth;
    if (narrowest_uplink != Bandwidth(0) && !same(carried.si(), narrowest_uplink.si())) return std::nullopt;
    narrowest_uplink = carried;
  }
  ring.pods.pods = static_cast<std::uint32_t>(hosts.size());
  ring.pods.hosts = hosts.begin()->second;
  if (ring.leaving == 0) return std::nullopt;
  for (const auto& [pod, count] : hosts) {
    if (count != ring.pods.hosts) return std::nullopt;
  }
  ring.pods.oversubscription = ring.pods.hosts * host_link / narrowest_uplink;
  // The form knows no other narrow link.
  const double factor = std::max(1.0, ring.leaving * ring.pods.oversubscription / at.members());
  if (!same((factor * pace(host_link)).si(), at.busiest().si())) return std::nullopt;
  return ring;
}

Hockney host_cost(const Situation& at, double slowdown) {
  return {.alpha = at.cost().alpha, .beta = at.busiest() / slowdown};
}

Answer ring_in_pod_order(const Situation& at) {
  const auto ring = ring_over_pods(at);
  if (!ring || ring->leaving != ring->pods.pods) return std::nullopt;
  const double slowdown = std::max(1.0, ring->pods.oversubscription / ring->pods.hosts);
  return Prediction{ring_all_reduce_in_pod_order(ring->pods, at.bytes(), host_cost(at, slowdown))};
}

Answer ring_between_pods(const Situation& at) {
  const auto ring = ring_over_pods(at);
  if (!ring || ring->leaving != at.members()) return std::nullopt;
  const double slowdown = std::max(1.0, ring->pods.oversubscription);
  return Prediction{ring_all_reduce_between_pods(ring->pods, at.bytes(), host_cost(at, slowdown))};
}

// Whether messages share links that are too narrow for all of them.
bool shares_links(const Situation& at) {
  const auto connections = at.traffic().connections();
  return std::any_of(connections.begin(), connections.end(), [&](const Connection& connection) {
    return at.share(connection) > pace(connection.bandwidth) * (1 + 1e-9);
  });
}

// Channels carry their parts of each chunk at once; f_l counts all of them.
Answer ring_in_lockstep(const Situation& at) {
  if (!shares_links(at)) return std::nullopt;
  const Bytes part = at.bytes() / at.request().channels;
  return Prediction{ring_all_reduce_in_lockstep(at.members(), part, at.cost().alpha, at.busiest())};
}

Answer ring_out_of_phase(const Situation& at) {
  if (!shares_links(at)) return std::nullopt;
  const Bytes part = at.bytes() / at.request().channels;
  const Bracket bracket = ring_all_reduce_out_of_phase(at.members(), part, at.cost().alpha, at.busiest());
  return Prediction{bracket.lower, bracket.upper};
}

Answer last_on_one_link(const Situation& at) {
  std::vector<Bytes> sizes;
  for (const auto& message : at.subject().workload.messages) sizes.push_back(message.bytes);
  Bandwidth narrowest = at.traffic().connections().front().bandwidth;
  for (const Connection& connection : at.traffic().connections()) narrowest = std::min(narrowest, connection.bandwidth);
  const Hockney cost{.alpha = at.cost().alpha, .beta = pace(narrowest)};
  return Prediction{messages_on_one_link(std::move(sizes), cost).back()};
}

Answer equal_messages_sharing(const Situation& at) {
  const Bytes message = at.subject().workload.messages.front().bytes;
  return Prediction{equal_messages_at_once(at.cost().alpha, message, at.busiest())};
}

}  // namespace

std::vector<ClosedForm> contention_forms() {
  return {
      {.id = "C26",
       .title = "ring all-reduce in pod order",
       .formula = "2(p-1)(α + (n/p) max(1, r/k)β)",
       .source = "Bertsekas and Gallager 1992",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {fluid, contention_free, blocking},
       .assumptions = {&equal_latency, &single_segment, &single_channel, &divisible, &no_reduction,
                       &simultaneous_arrival, &no_overhead, &every_message},
       .predict = ring_in_pod_order},
      {.id = "C27",
       .title = "ring all-reduce whose hops all leave their pods",
       .formula = "2(p-1)(α + (n/p) max(1, r)β)",
       .source = "Bertsekas and Gallager 1992",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {fluid},
       .assumptions = {&equal_latency, &even_shares, &single_segment, &single_channel, &divisible, &no_reduction,
                       &simultaneous_arrival, &no_overhead, &every_message},
       .predict = ring_between_pods},
      {.id = "C28",
       .title = "ring all-reduce over shared links, in lockstep",
       .formula = "2(p-1)(α + (n/p) max_l f_l/C_l)",
       .source = "Bertsekas and Gallager 1992",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {fluid},
       .assumptions = {&even_shares, &equal_latency, &single_segment, &divisible, &no_reduction, &simultaneous_arrival,
                       &no_overhead, &every_message},
       .predict = ring_in_lockstep},
      {.id = "C29",
       .title = "ring all-reduce over shared links, out of phase",
       .formula = "α + 2(p-1)(n/p) max_l f_l/C_l ≤ T ≤ 2(p-1)(α + (n/p) max_l f_l/C_l)",
       .source = "Bertsekas and Gallager 1992",
       .kind = ClosedForm::Kind::bound,
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {fluid},
       .assumptions = {&equal_latency, &single_segment, &divisible, &no_reduction, &simultaneous_arrival, &no_overhead,
                       &every_message},
       .predict = ring_out_of_phase},
      {.id = "C30",
       .title = "messages on one link",
       .formula = "t_j = α + (Σ_{i<j} s_i + (m-j+1)s_j)/C, sizes ascending; the last ends at α + Σ s_i/C",
       .source = "processor sharing, Kleinrock 1976",
       .subject = ClosedForm::Subject::messages,
       .operations = {},
       .algorithms = {},
       .port_models = {fluid},
       .assumptions = {&one_link_shared, &equal_latency, &simultaneous_arrival, &no_overhead},
       .predict = last_on_one_link},
      {.id = "C31",
       .title = "equal messages over shared links",
       .formula = "α + n max_l f_l/C_l; in a parking lot α + 2nβ",
       .source = "Bertsekas and Gallager 1992",
       .subject = ClosedForm::Subject::messages,
       .operations = {},
       .algorithms = {},
       .port_models = {fluid},
       .assumptions = {&equal_messages, &equal_latency, &simultaneous_arrival, &no_overhead},
       .predict = equal_messages_sharing},
  };
}

}  // namespace lockstep::validation
