#pragma once

#include <memory>
#include <vector>

#include "topology/fleet_elements.hpp"

namespace lockstep::topology {

class Fleet;

// Answers routes over a fleet. A router may cache, but asked twice it gives the same route.
class Router {
 public:
  virtual ~Router() = default;
  // Appends the links from `from` to `to` in order; nothing when they are the same vertex. Returns false, with `route`
  // as it was, when there is no route. `flow` only matters to routers that spread flows.
  virtual bool append_route(const Fleet& fleet, VertexId from, VertexId to, FlowLabel flow,
                            std::vector<LinkId>& route) const = 0;
};

// Throws InputError unless switches stand on levels, which up_down routing needs.
void require_levels(const Fleet& fleet);

// The router that the fleet's RoutingSpec asks for.
std::shared_ptr<const Router> make_router(const Fleet& fleet);

}  // namespace lockstep::topology
