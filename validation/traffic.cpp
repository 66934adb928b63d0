#include "validation/traffic.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace lockstep::validation {

using topology::VertexId;
using workloads::Op;
using workloads::RankId;
using workloads::Send;
using workloads::StepProgram;
using workloads::StreamId;

namespace {

struct Ends {
  std::uint64_t ranks;
  workloads::Tag tag;
  friend bool operator==(const Ends&, const Ends&) = default;
};
struct EndsHash {
  std::size_t operator()(const Ends& ends) const noexcept {
    return (ends.ranks ^ (ends.tag * 0x9E3779B97F4A7C15U)) * 0xBF58476D1CE4E5B9U;
  }
};
using Known = std::unordered_map<Ends, std::uint32_t, EndsHash>;

// The number of the connection that carries the send; a new one is added without its route.
std::uint32_t find_connection(Known& known, std::vector<Connection>& connections, RankId from, const Send& send) {
  const Ends ends{std::uint64_t{from.value()} << 32 | send.peer.value(), send.tag};
  const auto [entry, is_new] = known.emplace(ends, static_cast<std::uint32_t>(connections.size()));
  if (is_new) connections.push_back({.from = from, .to = send.peer, .source = {}, .target = {}, .flow = send.tag});
  return entry->second;
}

}  // namespace

bool leaves_node(const topology::Fleet& fleet, VertexId from, VertexId to) {
  const auto& node = fleet.vertex(from).place.node;
  return !node || node != fleet.vertex(to).place.node;
}

void Traffic::add_route(const topology::Fleet& fleet, Connection& connection) {
  connection.first_link = static_cast<std::uint32_t>(links_.size());
  if (!fleet.append_route(connection.source, connection.target, connection.flow, links_)) {
    fleet.route(connection.source, connection.target, connection.flow);  // throws, naming both ends
  }
  connection.links = static_cast<std::uint32_t>(links_.size()) - connection.first_link;
  double slowest = std::numeric_limits<double>::infinity();
  for (const topology::LinkId link : links(connection)) {
    const topology::Channel& channel = fleet.channel_of(link);
    connection.latency += channel.latency;
    slowest = std::min(slowest, channel.bandwidth.si());
  }
  connection.bandwidth = Bandwidth(slowest);
}

void Traffic::add_messages(const StepProgram& steps) {
  Known known;
  Op op;
  const auto add_stream = [&](RankId rank, StreamId stream) {
    if (steps.order(rank, stream) == workloads::StreamOrder::ahead) return;  // it only receives
    const std::uint64_t length = steps.length(rank, stream);
    for (std::uint64_t position = 0; position < length; ++position) {
      op.clear();
      steps.fetch(rank, stream, position, op);
      for (std::size_t i = 0; i < op.sends.size(); ++i) {
        const Send& send = op.sends[i];
        Connection& connection = connections_[find_connection(known, connections_, rank, send)];
        connection.messages += send.messages;
        connection.bytes += send.bytes;
        if (i > 0 && send.peer == op.sends[i - 1].peer && send.tag == op.sends[i - 1].tag) overtakes_ = true;
      }
    }
  };
  for (std::uint32_t rank = 0; rank < steps.rank_count(); ++rank) {
    const std::uint32_t streams = steps.stream_count(RankId(rank));
    for (std::uint32_t stream = 0; stream < streams; ++stream) add_stream(RankId(rank), StreamId(stream));
  }
}

Traffic::Traffic(const CollectiveCase& subject, const StepProgram& steps) {
  add_messages(steps);
  has_agents_ = steps.rank_count() > steps.first_agent();
  const auto vertex_of = [&](RankId rank) {
    return rank.value() < steps.first_agent() ? subject.members[rank.value()] : steps.agent_vertex(rank);
  };
  const auto& stated = subject.workload.request.group_size;  // in place of the fleet's nodes
  std::vector<std::uint32_t> outward(steps.rank_count());
  std::vector<std::uint32_t> inward(steps.rank_count());
  for (Connection& connection : connections_) {
    connection.source = vertex_of(connection.from);
    connection.target = vertex_of(connection.to);
    add_route(subject.fleet, connection);
    connection.leaves_node = stated ? connection.from.value() / *stated != connection.to.value() / *stated
                                    : leaves_node(subject.fleet, connection.source, connection.target);
    most_peers_ = std::max({most_peers_, ++outward[connection.from.value()], ++inward[connection.to.value()]});
  }
}

}  // namespace lockstep::validation
