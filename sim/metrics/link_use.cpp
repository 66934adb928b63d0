#include "sim/metrics/link_use.hpp"

#include <algorithm>

namespace lockstep::sim {

std::vector<LinkUse> busiest_links(const topology::Fleet& fleet, const Timeline& timeline, std::size_t most) {
  std::vector<Bytes> carried(fleet.channels().size());
  for (std::size_t link = 0; link < timeline.link_bytes.size(); ++link) {
    carried[fleet.links()[link].channel.value()] += timeline.link_bytes[link];
  }
  struct Busy {
    double utilization;
    std::size_t channel;
    // Seven digits: what is equally busy but for rounding stands in the order of the fleet.
    float roughly() const { return static_cast<float>(utilization); }
  };
  std::vector<Busy> busy;
  for (std::size_t channel = 0; channel < carried.size(); ++channel) {
    if (!(carried[channel] > Bytes(0))) continue;
    const double utilization =
        timeline.end > Seconds(0) ? carried[channel] / (fleet.channels()[channel].bandwidth * timeline.end) : 0;
    busy.push_back({utilization, channel});
  }
  const auto end = busy.begin() + static_cast<std::ptrdiff_t>(std::min(most, busy.size()));
  std::partial_sort(busy.begin(), end, busy.end(), [](const Busy& a, const Busy& b) {
    return a.roughly() != b.roughly() ? a.roughly() > b.roughly() : a.channel < b.channel;
  });
  std::vector<LinkUse> uses;
  for (auto it = busy.begin(); it != end; ++it) {
    uses.push_back({fleet.channel_name(topology::ChannelId(it->channel)), carried[it->channel], it->utilization});
  }
  return uses;
}

}  // namespace lockstep::sim
