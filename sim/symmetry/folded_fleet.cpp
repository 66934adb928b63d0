#include "sim/symmetry/folded_fleet.hpp"

#include <limits>
#include <map>
#include <numeric>

#include "topology/routing/router.hpp"

namespace lockstep::sim {

using topology::Channel;
using topology::ChannelId;
using topology::LinkId;
using topology::Sharing;
using topology::VertexId;

namespace {

// Knows the way of each line, wherever it is from and to.
class LineRouter final : public topology::Router {
 public:
  explicit LineRouter(std::vector<std::vector<LinkId>> of_lines) : of_lines_(std::move(of_lines)) {}
  bool append_route(const topology::Fleet&, VertexId, VertexId, topology::FlowLabel line,
                    std::vector<LinkId>& route) const override {
    route.insert(route.end(), of_lines_[line].begin(), of_lines_[line].end());
    return true;
  }

 private:
  std::vector<std::vector<LinkId>> of_lines_;
};

class FleetFolder {
 public:
  explicit FleetFolder(const FoldingGround& ground)
      : ground_(ground), fleet_(ground.routes.fleet()), classes_(ground.cast.partition()) {}

  topology::Fleet fold() {
    parts_.name = fleet_.name();
    parts_.device_models = fleet_.parts().device_models;
    parts_.routing.kind = topology::RoutingSpec::Kind::table;
    for (const std::uint32_t vertex : classes_.vertices.first) {
      parts_.vertices.push_back(fleet_.vertex(VertexId(vertex)));
    }
    fold_channels();
    std::vector<std::vector<LinkId>> routes;
    for (std::uint32_t line = 0; line < ground_.cast.lines().size(); ++line) routes.push_back(route_of(line));
    parts_.router = std::make_shared<LineRouter>(std::move(routes));
    return topology::Fleet(std::move(parts_));
  }

 private:
  using Crossings = std::map<std::uint32_t, std::uint32_t>;  // how often the flows of each line cross it

  std::uint32_t class_of(LinkId link) const { return classes_.channels.of[fleet_.link(link).channel.value()]; }
  std::span<const LinkId> links_of(std::uint32_t line) const { return ground_.routes.links(ground_.of_lines[line]); }

  bool is_shared(std::uint32_t channel_class) const {
    const ChannelId first(classes_.channels.first[channel_class]);
    return ground_.shares && fleet_.channel(first).sharing == Sharing::shared;
  }

  // What all flows do equally often counts as once, on a channel that is that much narrower.
  void fold_channels() {
    count_crossings();
    for (std::uint32_t number = 0; number < classes_.channels.first.size(); ++number) {
      const ChannelId first(classes_.channels.first[number]);
      Channel channel = fleet_.channel(first);
      channel.name = fleet_.channel_name(first);
      channel.latency = Seconds(0);
      std::uint32_t common = 0;
      for (const auto& [line, times] : crossings_[number]) common = std::gcd(common, times);
      if (common == 0 || is_beside_others(first)) common = 1;
      channel.bandwidth = channel.bandwidth / double(common);
      for (auto& [line, times] : crossings_[number]) crossed_by_[line].emplace_back(number, times / common);
      add_channel(channel);
    }
  }

  bool is_beside_others(ChannelId channel) const {
    const Conditions* conditions = ground_.routes.conditions();
    return conditions != nullptr && !conditions->traffic_on(channel).empty();
  }

  // One channel of a class is crossed like all of them.
  void count_crossings() {
    crossings_.resize(classes_.channels.first.size());
    crossed_by_.resize(ground_.cast.lines().size());
    for (std::uint32_t line = 0; line < ground_.of_lines.size(); ++line) {
      for (const LinkId link : links_of(line)) {
        const std::uint32_t number = class_of(link);
        const bool is_first = classes_.channels.is_first(fleet_.link(link).channel.value());
        if (is_first && is_shared(number)) ++crossings_[number][ground_.cast.line(line)];
      }
    }
  }

  // All latency first, on a link without any other limit.
  std::vector<LinkId> route_of(std::uint32_t line) {
    const std::uint32_t first = ground_.cast.lines()[line];
    std::vector<LinkId> route;
    if (links_of(first).empty()) return route;
    route.push_back(latency_link(ground_.routes[ground_.of_lines[first]].latency));
    for (const auto& [channel, times] : crossed_by_[line]) route.insert(route.end(), times, LinkId(channel));
    for (const LinkId link : links_of(first)) {
      if (!is_shared(class_of(link))) route.emplace_back(class_of(link));
    }
    return route;
  }

  LinkId latency_link(Seconds latency) {
    const auto [known, is_new] = latencies_.try_emplace(latency, parts_.links.size());
    if (is_new) {
      add_channel({.bandwidth = Bandwidth(std::numeric_limits<double>::infinity()), .latency = latency});
    }
    return known->second;
  }

  // Only routes say where links lead.
  void add_channel(const Channel& channel) {
    parts_.links.push_back({.from = {}, .to = {}, .channel = ChannelId(parts_.channels.size())});
    parts_.channels.push_back(channel);
  }

  const FoldingGround& ground_;
  const topology::Fleet& fleet_;
  const Partition& classes_;
  topology::FleetParts parts_;
  std::vector<Crossings> crossings_;                                              // of each class of channels
  std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> crossed_by_;  // classes by each line, how often
  std::map<Seconds, LinkId> latencies_;
};

// A profile that somebody else keeps.
ProfilePointer borrowed(const SpeedProfile& profile) {
  return {ProfilePointer(), &profile};
}

}  // namespace

topology::Fleet folded_fleet(const FoldingGround& ground) {
  return FleetFolder(ground).fold();
}

Conditions folded_conditions(const FoldingGround& ground, const topology::Fleet& folded) {
  Conditions conditions(folded);
  const Conditions* whole = ground.routes.conditions();
  if (whole == nullptr) return conditions;
  const Partition& classes = ground.cast.partition();
  for (std::uint32_t number = 0; number < classes.vertices.first.size(); ++number) {
    const SpeedProfile* profile = whole->of_device(VertexId(classes.vertices.first[number]));
    if (profile != nullptr) conditions.disturb_device(VertexId(number), borrowed(*profile));
  }
  for (std::uint32_t number = 0; number < classes.channels.first.size(); ++number) {
    const SpeedProfile* profile = whole->of_channel(ChannelId(classes.channels.first[number]));
    if (profile != nullptr) conditions.disturb_channel(ChannelId(number), borrowed(*profile));
  }
  for (const Traffic& traffic : whole->traffic()) {
    Traffic own = traffic;
    for (LinkId& link : own.links) {
      link = LinkId(classes.channels.of[ground.routes.fleet().link(link).channel.value()]);
    }
    conditions.add_traffic(std::move(own));
  }
  return conditions;
}

}  // namespace lockstep::sim
