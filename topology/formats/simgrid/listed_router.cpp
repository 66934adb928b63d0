#include "topology/formats/simgrid/listed_router.hpp"

#include <algorithm>

namespace lockstep::topology::simgrid {
namespace {

class ListedRouter : public Router {
 public:
  explicit ListedRouter(ListedRoutes routes) : routes_(std::move(routes)) {}

  bool append_route(const Fleet&, VertexId from, VertexId to, FlowLabel, std::vector<LinkId>& route) const override {
    if (from == to) return true;
    const auto* listed = routes_.find(from.value(), to.value());
    if (listed == nullptr) return false;
    const auto links = routes_.links(*listed);
    route.insert(route.end(), links.begin(), links.end());
    return true;
  }

 private:
  ListedRoutes routes_;
};

}  // namespace

bool ListedRouteReader::name_channel(const std::string& name, ChannelId channel) {
  return channels_.emplace(name, channel).second;
}

void ListedRouteReader::add(const Element& route, const FleetBuilder& builder) {
  if (links_of_channel_.empty()) index_links(builder);
  const auto end = [&](const char* attribute) {
    const auto vertex = builder.find_vertex(route.required(attribute));
    if (!vertex) route.fail(std::string(attribute) + "=\"" + route.required(attribute) + "\" names no host or router");
    return *vertex;
  };
  std::vector<ChannelId> channels;
  for (const Element& child : route.children()) {
    const auto found = channels_.find(child.required("id"));
    if (found == channels_.end() || links_of_channel_[found->second.value()].empty()) {
      child.fail("there is no link '" + child.required("id") + "'");
    }
    channels.push_back(found->second);
  }
  const VertexId from = end("src");
  const VertexId to = end("dst");
  if (!routes_.add(from.value(), to.value(), links_over(channels, from, to, builder))) {
    route.fail("there is a route between the two already");
  }
}

std::shared_ptr<const Router> ListedRouteReader::take_router() {
  return std::make_shared<ListedRouter>(std::move(routes_));
}

void ListedRouteReader::index_links(const FleetBuilder& builder) {
  const auto& links = builder.parts().links;
  links_of_channel_.resize(builder.parts().channels.size());
  for (std::size_t i = 0; i < links.size(); ++i) links_of_channel_[links[i].channel.value()].emplace_back(i);
  for (auto& of_channel : links_of_channel_) {
    std::stable_sort(of_channel.begin(), of_channel.end(),
                     [&](LinkId a, LinkId b) { return links[a.value()].from < links[b.value()].from; });
  }
}

// A channel may have several links; the route is a walk over one of each. Steps forward through all vertices that the
// channels so far can lead to, then back from the end.
std::vector<LinkId> ListedRouteReader::links_over(const std::vector<ChannelId>& channels, VertexId from, VertexId to,
                                                  const FleetBuilder& builder) const {
  const auto& links = builder.parts().links;
  const auto end_of = [&](LinkId id) { return links[id.value()].to; };
  const auto before_end = [&](LinkId a, LinkId b) { return end_of(a) < end_of(b); };
  std::vector<std::vector<LinkId>> steps;  // one link for each vertex that a channel leads to, by that vertex
  std::vector<VertexId> starts = {from};
  for (const ChannelId channel : channels) {
    const auto& candidates = links_of_channel_[channel.value()];
    auto& step = steps.emplace_back();
    for (const VertexId start : starts) {
      auto next = std::lower_bound(candidates.begin(), candidates.end(), start,
                                   [&](LinkId id, VertexId vertex) { return links[id.value()].from < vertex; });
      for (; next != candidates.end() && links[next->value()].from == start; ++next) step.push_back(*next);
    }
    std::stable_sort(step.begin(), step.end(), before_end);
    step.erase(std::unique(step.begin(), step.end(), [&](LinkId a, LinkId b) { return end_of(a) == end_of(b); }),
               step.end());
    starts.clear();
    for (const LinkId id : step) starts.push_back(end_of(id));
  }
  std::vector<LinkId> route(channels.size());
  VertexId at = to;
  for (std::size_t i = channels.size(); i-- > 0;) {
    const auto found = std::lower_bound(steps[i].begin(), steps[i].end(), at,
                                        [&](LinkId id, VertexId vertex) { return end_of(id) < vertex; });
    // SimGrid takes some steps without a link; the links of such a route do not meet.
    const bool meets = found != steps[i].end() && end_of(*found) == at;
    route[i] = meets ? *found : links_of_channel_[channels[i].value()].front();
    at = links[route[i].value()].from;
  }
  return route;
}

}  // namespace lockstep::topology::simgrid
