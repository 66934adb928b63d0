#include "sim/engines/route_table.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"

namespace lockstep::sim {

using topology::LinkId;

namespace {

// How fast a route goes while the speeds of its links change: as fast as the slowest, as a share of what it is
// undisturbed.
class RouteProfile final : public SpeedProfile {
 public:
  RouteProfile(const RouteTable& routes, RouteId id) : routes_(routes), id_(id) {}
  Pace at(Seconds time) const override {
    Pace pace{.speed = std::numeric_limits<double>::infinity(),
              .until = Seconds(std::numeric_limits<double>::infinity())};
    const Bandwidth whole = routes_[id_].bandwidth;
    for (const LinkId link : routes_.links(id_)) {
      const topology::ChannelId channel = routes_.fleet().link(link).channel;
      const double undisturbed = routes_.fleet().channel(channel).bandwidth / whole;
      const SpeedProfile* profile = routes_.conditions()->of_channel(channel);
      const Pace own = profile != nullptr ? profile->at(time) : Pace{1, pace.until};
      pace.speed = std::min(pace.speed, own.speed * undisturbed);
      pace.until = std::min(pace.until, own.until);
    }
    return pace;
  }

 private:
  const RouteTable& routes_;
  RouteId id_;
};

}  // namespace

Seconds RouteTable::passed_disturbed(RouteId id, Bytes bytes, Seconds start) const {
  const Seconds end = finish(RouteProfile(*this, id), start, bytes / routes_[id.value()].bandwidth);
  if (end < Seconds(std::numeric_limits<double>::infinity())) return end;
  const Route& route = routes_[id.value()];
  throw SimulationError("a message from " + fleet_->vertex(route.from).name + " to " + fleet_->vertex(route.to).name +
                        " never arrives: a link on its way is down from then on");
}

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
    if (conditions_ != nullptr && conditions_->of_channel(fleet_->link(link).channel) != nullptr) {
      route.is_disturbed = true;
    }
  }
  route.bandwidth = Bandwidth(slowest);
  const RouteId id(routes_.size());
  routes_.push_back(route);
  known_.emplace(key, id);
  return id;
}

std::vector<Bytes> RouteTable::link_bytes(std::span<const Bytes> of_routes) const {
  std::vector<Bytes> of_links(fleet_->links().size());
  for (std::size_t route = 0; route < of_routes.size(); ++route) {
    for (const LinkId link : links(RouteId(route))) of_links[link.value()] += of_routes[route];
  }
  return of_links;
}

}  // namespace lockstep::sim
