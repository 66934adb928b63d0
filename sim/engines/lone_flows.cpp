#include "sim/engines/lone_flows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lockstep::sim {

void LoneFlows::add_route(RouteId id) {
  Route route{.first = static_cast<std::uint32_t>(channels_of_routes_.size())};
  const topology::Fleet& fleet = routes_->fleet();
  std::vector<topology::ChannelId> channels;
  for (const topology::LinkId link : routes_->links(id)) channels.push_back(fleet.link(link).channel);
  std::ranges::sort(channels);
  Bandwidth alone(std::numeric_limits<double>::infinity());
  for (std::size_t i = 0, next = 0; i < channels.size(); i = next) {
    while (next < channels.size() && channels[next] == channels[i]) ++next;
    const topology::Channel& channel = fleet.channel(channels[i]);
    const bool is_shared = channel.sharing == topology::Sharing::shared && !std::isinf(channel.bandwidth.si());
    if (is_shared) channels_of_routes_.push_back(channels[i].value());
    // A route that goes over a channel several times takes that many shares of it.
    alone = std::min(alone, channel.bandwidth / (is_shared ? static_cast<double>(next - i) : 1));
  }
  route.count = static_cast<std::uint32_t>(channels_of_routes_.size()) - route.first;
  if (!(*routes_)[id].is_disturbed) route.alone = alone;
  added_.push_back(route);
}

std::optional<Bandwidth> LoneFlows::enter(std::uint32_t flow, RouteId id, std::vector<std::uint32_t>& joined) {
  const Route& route = added_[id.value()];
  const auto own = channels_of(route);
  const bool is_alone =
      route.alone && std::ranges::all_of(own, [&](std::uint32_t channel) { return channels_[channel].flows == 0; });
  for (const std::uint32_t number : own) {
    Channel& channel = channels_[number];
    ++channel.flows;
    if (channel.lone != nobody) joined.push_back(channel.lone);
    channel.lone = is_alone ? flow : nobody;
  }
  return is_alone ? route.alone : std::nullopt;
}

void LoneFlows::join(std::uint32_t flow, RouteId id) {
  for (const std::uint32_t number : channels_of(added_[id.value()])) {
    if (channels_[number].lone == flow) channels_[number].lone = nobody;
  }
}

void LoneFlows::leave(RouteId id) {
  for (const std::uint32_t number : channels_of(added_[id.value()])) {
    --channels_[number].flows;
    channels_[number].lone = nobody;
  }
}

}  // namespace lockstep::sim
