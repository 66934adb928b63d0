#pragma once

#include <optional>
#include <unordered_map>

#include "sim/engines/timer_network.hpp"

namespace lockstep::sim {

// What a port is held for.
struct PortModel {
  // Whether a message holds its ports for the latency too (Hockney's single port), or for its bytes alone.
  bool holds_latency = true;
  // LogGP (Alexandrov et al. 1995), when any of them is stated: processor overhead o at each end, gap g between the
  // starts of two messages at one port, gap G for each byte after the first in place of the links' bandwidth.
  std::optional<Seconds> overhead = {};
  std::optional<Seconds> gap = {};
  std::optional<Seconds> gap_per_byte = {};

  bool is_loggp() const { return overhead || gap || gap_per_byte; }
};

// Links have no limit of their own; what is scarce are ports. A device has one that sends and one that receives, other
// vertices have one of each for every neighbour. They serve messages in the order in which these became ready.
class PortsNetwork final : public TimerNetwork {
 public:
  PortsNetwork(RouteTable& routes, const PortModel& model) : TimerNetwork(routes), model_(model) {}

  RouteId route(topology::VertexId from, topology::VertexId to, topology::FlowLabel flow) override;
  void start(TransferId id, const Transfer& transfer) override;

 private:
  struct Ends {
    std::uint32_t sending;  // index into free_at_
    std::uint32_t receiving;
  };
  std::uint32_t port(topology::VertexId vertex, topology::LinkId link, bool sends);
  void start_loggp(TransferId id, const Transfer& transfer);

  PortModel model_;
  std::vector<Seconds> free_at_;                            // of each port
  std::vector<Ends> ends_;                                  // of each route
  std::unordered_map<std::uint64_t, std::uint32_t> known_;  // ports by vertex, link and way
};

}  // namespace lockstep::sim
