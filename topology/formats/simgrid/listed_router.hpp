#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "topology/fleet_builder.hpp"
#include "topology/formats/simgrid/element.hpp"
#include "topology/formats/simgrid/listed_routes.hpp"
#include "topology/routing/router.hpp"

namespace lockstep::topology::simgrid {

// Finds the links of a fleet again that the <route>s of a noted platform name by their channels.
class ListedRouteReader {
 public:
  // False when the name is taken.
  bool name_channel(const std::string& name, ChannelId channel);
  // Every vertex and link must be in the builder by then.
  void add(const Element& route, const FleetBuilder& builder);
  // Answers the routes that were added, and no others.
  std::shared_ptr<const Router> take_router();

 private:
  std::vector<LinkId> links_over(const std::vector<ChannelId>& channels, VertexId from, VertexId to,
                                 const FleetBuilder& builder) const;
  void index_links(const FleetBuilder& builder);

  std::unordered_map<std::string, ChannelId> channels_;
  std::vector<std::vector<LinkId>> links_of_channel_;
  ListedRoutes routes_;
};

}  // namespace lockstep::topology::simgrid
