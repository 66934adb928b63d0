#include <algorithm>

#include "topology/fleet_graph.hpp"
#include "topology/metrics/fleet_metrics.hpp"

namespace lockstep::topology {

std::optional<Oversubscription> measure_oversubscription(const Fleet& fleet) {
  Oversubscription result;
  for (std::size_t v = 0; v < fleet.vertices().size(); ++v) {
    const std::uint8_t level = fleet.vertices()[v].level;
    if (level == 0) continue;
    Bandwidth from_below, upwards;
    for (const LinkId id : fleet.graph().in_links(VertexId(v))) {
      if (fleet.vertex(fleet.link(id).from).level < level) from_below += fleet.channel_of(id).bandwidth;
    }
    for (const LinkId id : fleet.graph().out_links(VertexId(v))) {
      if (fleet.vertex(fleet.link(id).to).level > level) upwards += fleet.channel_of(id).bandwidth;
    }
    if (upwards.si() == 0) continue;
    if (result.per_level.size() < level) result.per_level.resize(level, 0.0);
    double& worst = result.per_level[level - 1u];
    worst = std::max(worst, from_below / upwards);
    result.worst = std::max(result.worst, worst);
  }
  if (result.per_level.empty()) return std::nullopt;
  return result;
}

}  // namespace lockstep::topology
