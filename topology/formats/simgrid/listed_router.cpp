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
  links_of_channel_.resize(builder.parts().channels.size());
  for (std::size_t i = 0; i < builder.link_count(); ++i) {
    links_of_channel_[builder.parts().links[i].channel.value()].emplace_back(i);
  }
}

// A channel may have several links; the route is a walk over one of each. Steps forward through all vertices that the
// channels so far can lead to, then back from the end.
std::vector<LinkId> ListedRouteReader::links_over(const std::vector<ChannelId>& channels, VertexId from, VertexId to,
                                                  const FleetBuilder& builder) {
  const auto& links = builder.parts().links;
  std::vector<std::unordered_map<VertexId, LinkId>> reached;  // after each channel: where, and by which link
  for (const ChannelId channel : channels) {
    std::unordered_map<VertexId, LinkId> next;
    for (const LinkId id : links_of_channel_[channel.value()]) {
      const VertexId start = links[id.value()].from;
      if (reached.empty() ? start == from : reached.back().contains(start)) next.try_emplace(links[id.value()].to, id);
    }
    reached.push_back(std::move(next));
  }
  std::vector<LinkId> route(channels.size());
  VertexId at = to;
  for (std::size_t i = channels.size(); i-- > 0;) {
    const auto found = reached[i].find(at);
    // SimGrid passes some steps for free; the links of such a route do not meet.
    route[i] = found == reached[i].end() ? links_of_channel_[channels[i].value()].front() : found->second;
    at = links[route[i].value()].from;
  }
  return route;
}

}  // namespace lockstep::topology::simgrid
