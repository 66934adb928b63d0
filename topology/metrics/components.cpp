#include <algorithm>
#include <boost/pending/disjoint_sets.hpp>

#include "topology/metrics/fleet_metrics.hpp"

namespace lockstep::topology {

std::vector<Component> find_components(const Fleet& fleet) {
  const std::size_t count = fleet.vertices().size();
  std::vector<std::uint32_t> rank(count), parent(count), number(count, 0xffffffff);
  boost::disjoint_sets<std::uint32_t*, std::uint32_t*> sets(rank.data(), parent.data());
  for (std::uint32_t v = 0; v < count; ++v) sets.make_set(v);
  for (const Link& link : fleet.links()) sets.union_set(link.from.value(), link.to.value());
  std::vector<Component> components;
  for (std::uint32_t v = 0; v < count; ++v) {
    std::uint32_t& component = number[sets.find_set(v)];
    if (component == 0xffffffff) {
      component = static_cast<std::uint32_t>(components.size());
      components.push_back({.example = VertexId(v)});
    }
    Component& own = components[component];
    own.vertices += 1;
    if (fleet.vertices()[v].kind != VertexKind::device) continue;
    if (own.devices == 0) own.example = VertexId(v);
    own.devices += 1;
  }
  std::stable_sort(components.begin(), components.end(), [](const Component& a, const Component& b) {
    return std::pair(a.devices, a.vertices) > std::pair(b.devices, b.vertices);
  });
  return components;
}

}  // namespace lockstep::topology
