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
      const Pace share = share_of_one(channel, time);
      pace.speed = std::min(pace.speed, own.speed * share.speed * undisturbed);
      pace.until = std::min({pace.until, own.until, share.until});
    }
    return pace;
  }

 private:
  // What one flow gets beside those of others.
  Pace share_of_one(topology::ChannelId channel, Seconds time) const {
    Pace share{.speed = 1, .until = Seconds(std::numeric_limits<double>::infinity())};
    // A channel that is not shared has its whole bandwidth for everyone.
    if (routes_.fleet().channel(channel).sharing == topology::Sharing::fat_pipe) return share;
    double flows = 1;
    for (const std::uint32_t number : routes_.conditions()->traffic_on(channel)) {
      const Traffic& traffic = routes_.conditions()->traffic()[number];
      const Pace quiet = traffic.quiet_at(time);
      if (!(quiet.speed > 0)) flows += traffic.flows;
      share.until = std::min(share.until, quiet.until);
    }
    share.speed = 1 / flows;
    return share;
  }

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
  const RouteId id = add_last(route);
  known_.emplace(key, id);
  return id;
}

RouteId RouteTable::add(std::span<const LinkId> links) {
  const Route route{.from = fleet_->link(links.front()).from,
                    .to = fleet_->link(links.back()).to,
                    .first_link = static_cast<std::uint32_t>(links_.size())};
  links_.insert(links_.end(), links.begin(), links.end());
  return add_last(route);
}

// A route whose links are the last ones known.
RouteId RouteTable::add_last(Route route) {
  route.links = static_cast<std::uint32_t>(links_.size()) - route.first_link;
  double slowest = std::numeric_limits<double>::infinity();
  for (const LinkId link : std::span(links_).subspan(route.first_link)) {
    const topology::Channel& channel = fleet_->channel_of(link);
    route.latency += channel.latency;
    slowest = std::min(slowest, channel.bandwidth.si());
    if (conditions_ == nullptr) continue;
    if (conditions_->disturbs(fleet_->link(link).channel)) route.is_disturbed = true;
  }
  route.bandwidth = Bandwidth(slowest);
  const RouteId id(routes_.size());
  routes_.push_back(route);
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
