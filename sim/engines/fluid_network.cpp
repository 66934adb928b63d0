#include "sim/engines/fluid_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.hpp"
#include "base/unit_text.hpp"

namespace lockstep::sim {
namespace {

// SimGrid computes with absolute precisions and without a guard against overflow. Within these limits, which leave room
// on both sides of every link there is, shares are exact to a double's precision.
constexpr Bandwidth least_bandwidth(1e-6);
constexpr Bandwidth most_bandwidth(1e18);

// SimGrid gets messages in pieces of 8 GiB (simgrid_sharing.cpp), so their cost grows with their size. No device holds
// as much as this.
constexpr Bytes most_bytes(100e12);

// Flows of others are told apart from those of transfers, and always have more to send than this.
constexpr std::uint32_t of_others = std::uint32_t{1} << 31;
constexpr Bytes others_send(0x1p33);

void require_size(Bytes bytes) {
  if (bytes <= most_bytes) return;
  throw InputError(
      {.problem = "the network 'fluid' carries messages of up to 100 TB, and one has " + to_exact_text(bytes),
       .suggestion = "state fewer bytes, or choose another engine.network"});
}

void require_bandwidth(const topology::Fleet& fleet, topology::LinkId id) {
  const Bandwidth bandwidth = fleet.channel_of(id).bandwidth;
  // Infinite stands for "without limit", and SimGrid never hears of it.
  if ((bandwidth >= least_bandwidth && bandwidth <= most_bandwidth) || std::isinf(bandwidth.si())) return;
  const topology::Link& link = fleet.link(id);
  throw InputError({.where = "link " + fleet.vertex(link.from).name + "->" + fleet.vertex(link.to).name,
                    .problem = "the network 'fluid' shares bandwidths from " + to_exact_text(least_bandwidth) + " to " +
                               to_exact_text(most_bandwidth) + ", and this is " + to_exact_text(bandwidth),
                    .suggestion = "correct it, or choose another engine.network"});
}

}  // namespace

void require_bandwidths(const RouteTable& routes) {
  for (std::size_t route = 0; route < routes.size(); ++route) {
    for (const topology::LinkId link : routes.links(RouteId(route))) require_bandwidth(routes.fleet(), link);
  }
}

RouteId FluidNetwork::route(topology::VertexId from, topology::VertexId to, topology::FlowLabel flow) {
  const RouteId id = routes_->find(from, to, flow);
  add_new_routes();
  return id;
}

void FluidNetwork::add_new_routes() {
  for (; routes_known_ < routes_->size(); ++routes_known_) {
    const auto links = routes_->links(RouteId(routes_known_));
    for (const topology::LinkId link : links) require_bandwidth(routes_->fleet(), link);
    sharing_->add_route(links);
    lone_.add_route(RouteId(routes_known_));
  }
}

void FluidNetwork::start(TransferId id, const Transfer& transfer) {
  const RouteTable::Route& route = (*routes_)[transfer.route];
  const Seconds latency = route.latency + transfer.delay;
  // Nothing is shared by what is free: on its own vertex, without bytes, or over links without limit.
  const bool is_free = !(transfer.bytes / route.bandwidth > Seconds(0));
  if (is_free) return schedule(now_ + latency, {What::transferred, id.value()});
  require_size(transfer.bytes);
  require_time(now_ + latency + transfer.bytes / route.bandwidth);
  if (id.value() >= flows_.size()) flows_.resize(id.value() + std::size_t{1});
  flows_[id.value()] = {transfer.route, transfer.bytes};
  if (!(latency > Seconds(0))) return start_flow(id.value());
  schedule(now_ + latency, {What::flow_starts, id.value()});
}

void FluidNetwork::start_flow(std::uint32_t number) {
  Flow& flow = flows_[number];
  if (under_way_++ == 0) meet_others();
  if ((*routes_)[flow.route].is_disturbed) {
    is_ours_.resize(routes_->fleet().channels().size());
    for (const topology::LinkId link : routes_->links(flow.route)) {
      const topology::ChannelId channel = routes_->fleet().link(link).channel;
      is_ours_[channel.value()] = true;
      watch(channel);
    }
  }
  joined_.clear();
  flow.alone = lone_.enter(number, flow.route, joined_);
  for (const std::uint32_t joined : joined_) {
    Flow& other = flows_[joined];
    // What is due is as good as done.
    if (!other.alone || other.due <= now_) continue;
    other.bytes = (other.due - now_) * *other.alone;
    other.alone.reset();
    lone_.join(joined, other.route);
    share(joined);
  }
  if (!flow.alone) return share(number);
  flow.due = now_ + flow.bytes / *flow.alone;
  schedule(flow.due, {What::lone_flow_done, number});
}

void FluidNetwork::share(std::uint32_t flow) {
  sharing_->start(flow, flows_[flow].route.value(), flows_[flow].bytes);
}

// Or it has not been alone all the time.
void FluidNetwork::lone_flow_done(std::uint32_t number) {
  if (!flows_[number].alone || flows_[number].due > now_) return;
  flows_[number].alone.reset();
  lone_.leave(flows_[number].route);
  --under_way_;
  client_->transferred(TransferId(number));
}

// Speeds are followed only while there are flows, so that a run ends however often they would still change.
void FluidNetwork::watch(topology::ChannelId channel) {
  if (routes_->conditions()->of_channel(channel) == nullptr) return;
  if (is_watched_.empty()) is_watched_.resize(routes_->fleet().channels().size());
  if (!is_watched_[channel.value()]) change_speed(channel);
}

void FluidNetwork::change_speed(topology::ChannelId channel) {
  is_watched_[channel.value()] = under_way_ > 0;
  if (under_way_ == 0) return;
  const Pace pace = routes_->conditions()->of_channel(channel)->at(now_);
  sharing_->set_speed(channel, pace.speed);
  if (!std::isinf(pace.until.si())) return schedule(pace.until, {What::speed_changes, channel.value()});
  if (pace.speed > 0 || is_ours_.empty() || !is_ours_[channel.value()]) return;
  throw SimulationError("link " + routes_->fleet().channel_name(channel) +
                        " is down from then on, and messages still go over it");
}

// Other people's flows matter only while there are messages. They may go on beyond, to the end of what they send.
void FluidNetwork::meet_others() {
  if (routes_->conditions() == nullptr || routes_->conditions()->traffic().empty()) return;
  if (others_.empty()) add_others();
  for (std::uint32_t traffic = 0; traffic < others_.size(); ++traffic) follow_others(traffic);
}

void FluidNetwork::add_others() {
  for (const Traffic& traffic : routes_->conditions()->traffic()) {
    others_.push_back(
        {.route = routes_->add(traffic.links), .first_flow = static_cast<std::uint32_t>(others_flows_.size())});
    others_flows_.resize(others_flows_.size() + traffic.flows,
                         {.traffic = static_cast<std::uint32_t>(others_.size() - 1)});
  }
  add_new_routes();
}

void FluidNetwork::follow_others(std::uint32_t number) {
  Others& others = others_[number];
  const Traffic& traffic = routes_->conditions()->traffic()[number];
  if (std::isinf((*routes_)[others.route].bandwidth.si())) return;
  const Pace quiet = traffic.quiet_at(now_);
  const bool is_quiet = quiet.speed > 0;
  if (traffic.quiet != nullptr) sharing_->hold_route(others.route.value(), is_quiet);
  for (std::uint32_t flow = others.first_flow; flow < others.first_flow + traffic.flows && !is_quiet; ++flow) {
    if (std::exchange(others_flows_[flow].is_under_way, true)) continue;
    sharing_->start(of_others | flow, others.route.value(), others_send);
  }
  for (const topology::LinkId link : routes_->links(others.route)) watch(routes_->fleet().link(link).channel);
  if (others.is_watched || std::isinf(quiet.until.si())) return;
  others.is_watched = true;
  schedule(quiet.until, {What::others_change, number});
}

void FluidNetwork::schedule(Seconds at, const Event& event) {
  queue_.schedule(at, event);
  if (!is_waking_) ask_for_waking();
}

void FluidNetwork::ask_for_waking() {
  if (queue_.empty() || (!wakings_.empty() && wakings_.back() <= queue_.next_time())) return;
  wakings_.push_back(queue_.next_time());
  sharing_->wake_at(queue_.next_time());
}

void FluidNetwork::woken() {
  now_ = std::max(now_, wakings_.back());
  wakings_.pop_back();
  is_waking_ = true;
  while (!queue_.empty() && queue_.next_time() <= now_) happen(queue_.pop());
  is_waking_ = false;
  ask_for_waking();
}

void FluidNetwork::happen(const Event& event) {
  switch (event.what) {
    case What::flow_starts:
      return start_flow(event.id);
    case What::lone_flow_done:
      return lone_flow_done(event.id);
    case What::speed_changes:
      return change_speed(topology::ChannelId(event.id));
    case What::others_change:
      others_[event.id].is_watched = false;
      if (under_way_ > 0) follow_others(event.id);
      return;
    case What::transferred:
      return client_->transferred(TransferId(event.id));
    case What::timer:
      return client_->timer_expired(TimerId(event.id));
    case What::computed:
      return client_->computed(ComputeId(event.id));
  }
}

void FluidNetwork::flow_done(std::uint32_t flow) {
  now_ = std::max(now_, sharing_->now());
  if ((flow & of_others) != 0) {
    OthersFlow& others = others_flows_[flow & ~of_others];
    others.is_under_way = false;
    if (under_way_ > 0) follow_others(others.traffic);
    return;
  }
  lone_.leave(flows_[flow].route);
  --under_way_;
  client_->transferred(TransferId(flow));
}

void FluidNetwork::run(NetworkClient& client) {
  client_ = &client;
  sharing_->run(*this);
}

}  // namespace lockstep::sim
