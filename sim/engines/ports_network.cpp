#include "sim/engines/ports_network.hpp"

#include <algorithm>

namespace lockstep::sim {

using topology::LinkId;
using topology::VertexId;

std::uint32_t PortsNetwork::port(VertexId vertex, LinkId link, bool sends) {
  const bool is_device = routes().fleet().vertex(vertex).kind == topology::VertexKind::device;
  // Of a device all links lead through one port; a link has but one vertex at each end.
  const std::uint64_t place = is_device ? vertex.value() : (std::uint64_t{1} << 33) + link.value();
  const auto [entry, is_new] = known_.emplace(2 * place + (sends ? 1 : 0), free_at_.size());
  if (is_new) free_at_.emplace_back();
  return entry->second;
}

RouteId PortsNetwork::route(VertexId from, VertexId to, topology::FlowLabel flow) {
  const RouteId id = TimerNetwork::route(from, to, flow);
  if (id.value() == ends_.size()) {
    const auto links = routes().links(id);
    ends_.push_back(links.empty() ? Ends{port(from, LinkId(), true), port(to, LinkId(), false)}
                                  : Ends{port(from, links.front(), true), port(to, links.back(), false)});
  }
  return id;
}

void PortsNetwork::start(TransferId id, const Transfer& transfer) {
  if (model_.is_loggp()) return start_loggp(id, transfer);
  const RouteTable::Route& route = routes()[transfer.route];
  Seconds& sending = free_at_[ends_[transfer.route.value()].sending];
  Seconds& receiving = free_at_[ends_[transfer.route.value()].receiving];
  const Seconds latency = route.latency + transfer.delay;
  Seconds moving = transfer.bytes / route.bandwidth;
  if (model_.holds_latency) {
    const Seconds start = std::max({now(), sending, receiving});
    if (route.is_disturbed) moving = routes().passed(transfer.route, transfer.bytes, start + latency) - start - latency;
    sending = receiving = start + (latency + moving);
    schedule(sending, What::transferred, id);
    return;
  }
  // The bytes reach the receiving port one latency after they left the sending one.
  const Seconds start = std::max({now(), sending, receiving - latency});
  if (route.is_disturbed) moving = routes().passed(transfer.route, transfer.bytes, start) - start;
  sending = start + moving;
  receiving = start + (latency + moving);
  schedule(sending, What::sender_released, id);
  schedule(receiving, What::delivered, id);
}

void PortsNetwork::start_loggp(TransferId id, const Transfer& transfer) {
  const RouteTable::Route& route = routes()[transfer.route];
  Seconds& sending = free_at_[ends_[transfer.route.value()].sending];
  Seconds& receiving = free_at_[ends_[transfer.route.value()].receiving];
  const Seconds overhead = model_.overhead.value_or(Seconds(0));
  const Seconds byte = model_.gap_per_byte.value_or(Bytes(1) / route.bandwidth);
  const double bytes = std::max(transfer.bytes.si() - 1, 0.0);
  const Seconds latency = overhead + route.latency + transfer.delay;  // from the call to the first byte's arrival
  const Seconds start = std::max({now(), sending, receiving - latency});
  // A stated gap is the sender's, whatever happens to links.
  const bool is_disturbed = route.is_disturbed && !model_.gap_per_byte;
  const Seconds moving = is_disturbed ? routes().passed(transfer.route, Bytes(bytes), start) - start : bytes * byte;
  const Seconds apart = moving + std::max(overhead, model_.gap.value_or(Seconds(0)));
  sending = start + apart;
  receiving = start + latency + apart;
  schedule(start + (overhead + moving), What::sender_released, id);
  schedule(start + (latency + moving + overhead), What::delivered, id);
}

}  // namespace lockstep::sim
