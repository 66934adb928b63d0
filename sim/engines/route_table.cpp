#include "sim/engines/route_table.hpp"

#include <algorithm>
#include <limits>

namespace lockstep::sim {

using topology::LinkId;

RouteId RouteTable::find(topology::VertexId from, topology::VertexId to, topology::FlowLabel flow) {
  const Key key{std::uint64_t{from.value()} << 32 | to.value(), flow};
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;

  Route route{.from = from, .to = to, .first_link = static_cast<std::uint32_t>(links_.size())};
  if (!fleet_->append_route(from, to, flow, links_)) fleet_->route(from, to, flow);  // throws, naming both ends
  route.links = static_cast<std::uint32_t>(links_.size()) - route.first_link;
  double slowest = std::numeric_limits<double>::infinity();
  for (const LinkId link : std::span(links_).subspan(route.first_link)) {
    const topology::Channel& channel = fleet_->channel_of(link);
    route.latency += channel.latency;
    slowest = std::min(slowest, channel.bandwidth.si());
  }
  route.bandwidth = Bandwidth(slowest);
  const RouteId id(routes_.size());
  routes_.push_back(route);
  known_.emplace(key, id);
  return id;
}

}  // namespace lockstep::sim
