#include "validation/fleet_bound.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace lockstep::validation {

using topology::Channel;
using topology::Link;
using topology::VertexId;

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

// What leaves or enters one member in a second, and the least latency on the way.
struct Gate {
  double all_links = 0;
  double best_link = 0;
  double latency = unlimited;
  std::set<topology::ChannelId> counted = {};

  void add(topology::ChannelId id, const Channel& channel) {
    latency = std::min(latency, channel.latency.si());
    const double bandwidth = channel.bandwidth.si();
    best_link = std::max(best_link, bandwidth);
    if (!counted.insert(id).second) return;
    if (channel.sharing == topology::Sharing::fat_pipe) all_links = unlimited;
    all_links += bandwidth;
  }
};

struct Gates {
  std::vector<Gate> outward;  // of each member
  std::vector<Gate> inward;
  double latency = 0;  // that every message has at least
};

Gates gates_of(const Situation& at) {
  const topology::Fleet& fleet = at.fleet();
  const auto& members = at.subject().members;
  std::vector<std::uint32_t> member_at(fleet.vertices().size(), UINT32_MAX);
  for (std::uint32_t i = 0; i < members.size(); ++i) member_at[members[i].value()] = i;
  Gates gates{std::vector<Gate>(members.size()), std::vector<Gate>(members.size()), 0};
  double direct = unlimited;
  for (const Link& link : fleet.links()) {
    const std::uint32_t from = member_at[link.from.value()];
    const std::uint32_t to = member_at[link.to.value()];
    const Channel& channel = fleet.channel(link.channel);
    if (from != UINT32_MAX) gates.outward[from].add(link.channel, channel);
    if (to != UINT32_MAX) gates.inward[to].add(link.channel, channel);
    if (from != UINT32_MAX && to != UINT32_MAX) direct = std::min(direct, channel.latency.si());
  }
  double out = unlimited;
  double in = unlimited;
  for (const Gate& gate : gates.outward) out = std::min(out, gate.latency);
  for (const Gate& gate : gates.inward) in = std::min(in, gate.latency);
  gates.latency = std::min(direct, out + in);
  return gates;
}

// Bytes a second through the gate of a member under the port model.
double capacity(const Situation& at, const Gate& gate) {
  const sim::PortModel& ports = at.subject().engine.ports;
  switch (at.port_model()) {
    case PortModel::fluid:
      return gate.all_links;
    case PortModel::contention_free:
      return at.crowding().most_at_once * gate.best_link;
    case PortModel::loggp: {
      // The first byte of a message is free; the gap makes up for it where it is no shorter than a byte.
      const Seconds byte = ports.gap_per_byte.value_or(Bytes(1) / Bandwidth(gate.best_link));
      const Seconds apart = std::max(ports.overhead.value_or(Seconds(0)), ports.gap.value_or(Seconds(0)));
      return apart >= byte ? 1 / byte.si() : unlimited;
    }
    default:
      return gate.best_link;
  }
}

// Rounds in which what one member knows can reach all, when each that knows tells so many at once. A port that is held
// for the bytes alone can have any number of messages under way.
double rounds(const Situation& at) {
  if (at.port_model() == PortModel::hiding_latency || at.port_model() == PortModel::loggp) return 1;
  const std::uint32_t at_once = at.port_model() == PortModel::blocking ? 1 : at.crowding().most_at_once;
  double reached = 1;
  double count = 0;
  for (; reached < at.members(); ++count) reached *= 1.0 + at_once;
  return count;
}

Bandwidth narrowest(const Situation& at, const Gates& gates) {
  using enum workloads::Operation;
  const std::uint32_t root = at.request().root.value();
  double sum_out = 0;
  double sum_in = 0;
  double others_out = unlimited;
  double others_in = unlimited;
  for (std::uint32_t i = 0; i < at.members(); ++i) {
    const double out = capacity(at, gates.outward[i]);
    const double in = capacity(at, gates.inward[i]);
    sum_out += out;
    sum_in += in;
    if (i == root) continue;
    others_out = std::min(others_out, out);
    others_in = std::min(others_in, in);
  }
  switch (at.request().operation) {
    case broadcast:
      return Bandwidth(std::min(capacity(at, gates.outward[root]), others_in));
    case reduce:
      return Bandwidth(std::min(capacity(at, gates.inward[root]), others_out));
    case scatter:
      return Bandwidth(capacity(at, gates.outward[root]));
    case gather:
      return Bandwidth(capacity(at, gates.inward[root]));
    default:  // all members share the work, so that the mean counts
      return Bandwidth(std::min(sum_out, sum_in) / at.members());
  }
}

// The vector whose shares have to move: where the root's own is larger than others by an element, only the rest does.
Bytes bytes_of(const Situation& at) {
  using enum workloads::Operation;
  const workloads::Operation operation = at.request().operation;
  if (operation == barrier || operation == all_to_all_v) return Bytes(0);
  if ((operation != gather && operation != scatter) || !at.request().element) return at.bytes();
  const workloads::CollectiveShape& shape = *at.shape();
  const double members = at.members();
  return (at.bytes() - shape.layout.size(shape.share(shape.root.value()))) * members / (members - 1);
}

}  // namespace

LowerBound fleet_bound(const Situation& at) {
  using enum workloads::Operation;
  const Gates gates = gates_of(at);
  const workloads::Operation operation = at.request().operation;
  const bool reduces = operation == all_reduce || operation == reduce_scatter || operation == reduce;
  const Hockney cost{.alpha = Seconds(gates.latency),
                     .beta = pace(narrowest(at, gates)),
                     .gamma = reduces ? at.cost().gamma : Pace(0)};
  const Bytes bytes = bytes_of(at);
  LowerBound bound;
  switch (operation) {
    case all_reduce:
      bound = all_reduce_bound(at.members(), bytes, cost);
      break;
    case broadcast:
    case reduce:
      bound = vector_bound(at.members(), bytes, cost);
      break;
    default:
      bound = share_bound(at.members(), bytes, cost);
  }
  bound.latency = rounds(at) * cost.alpha;
  return bound;
}

}  // namespace lockstep::validation
