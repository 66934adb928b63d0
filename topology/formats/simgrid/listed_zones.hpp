#pragma once

#include <memory>

#include "topology/formats/simgrid/listed_routes.hpp"

// The zones whose file lists routes: Full takes them as they are, Floyd and Dijkstra chain them by the number of links.
namespace lockstep::topology::simgrid {

// Floyd's algorithm takes cubic time; zones with more members are routed by Dijkstra's, whose ties fall differently.
constexpr std::uint32_t most_floyd_members = 1000;

std::unique_ptr<const ZoneRouting> full_routing(ListedRoutes routes);
// Ties as SimGrid's FloydZone breaks them. At most `most_floyd_members` members.
std::unique_ptr<const ZoneRouting> floyd_routing(ListedRoutes routes, std::uint32_t members);
// Ties as SimGrid's DijkstraZone breaks them, cached or not.
std::unique_ptr<const ZoneRouting> dijkstra_routing(ListedRoutes routes);

}  // namespace lockstep::topology::simgrid
