#pragma once

#include <span>
#include <vector>

#include "topology/fleet.hpp"
#include "validation/collective_case.hpp"

namespace lockstep::validation {

// All messages of one tag from one member or agent to another; they follow each other on one route.
struct Connection {
  workloads::RankId from;
  workloads::RankId to;
  topology::VertexId source;
  topology::VertexId target;
  topology::FlowLabel flow = 0;
  std::uint32_t first_link = 0;
  std::uint32_t links = 0;
  Seconds latency = {};      // of the route
  Bandwidth bandwidth = {};  // of its slowest link
  std::uint64_t messages = 0;
  Bytes bytes = {};  // of all of them
  bool leaves_node = false;
};

// Who sends how much to whom over which links.
class Traffic {
 public:
  // Of the steps of this case.
  Traffic(const CollectiveCase& subject, const workloads::StepProgram& steps);

  std::span<const Connection> connections() const { return connections_; }
  std::span<const topology::LinkId> links(const Connection& connection) const {
    return std::span(links_).subspan(connection.first_link, connection.links);
  }
  // Some member sends several messages over one connection at once.
  bool overtakes() const { return overtakes_; }
  // The most connections that lead out of, or into, one member.
  std::uint32_t most_peers() const { return most_peers_; }
  bool has_agents() const { return has_agents_; }

 private:
  void add_messages(const workloads::StepProgram& steps);
  void add_route(const topology::Fleet& fleet, Connection& connection);

  std::vector<Connection> connections_;
  std::vector<topology::LinkId> links_;
  bool overtakes_ = false;
  bool has_agents_ = false;
  std::uint32_t most_peers_ = 0;
};

// The vertices' nodes differ, or at least one stands in none.
bool leaves_node(const topology::Fleet& fleet, topology::VertexId from, topology::VertexId to);

}  // namespace lockstep::validation
