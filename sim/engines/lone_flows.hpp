#pragma once

#include <optional>

#include "sim/engines/route_table.hpp"

namespace lockstep::sim {

// Which flows have the channels of their routes for themselves. They go as fast as the narrowest channel lets them, and
// nobody has to share anything out among them.
class LoneFlows {
 public:
  explicit LoneFlows(const RouteTable& routes) : routes_(&routes), channels_(routes.fleet().channels().size()) {}

  // Routes are numbered in the order of their adding. Flows of a route that is disturbed are never alone.
  void add_route(RouteId route);
  // How fast the flow goes, if it is alone. Those that were alone where it goes are added to `joined`, some
  // more than once.
  std::optional<Bandwidth> enter(std::uint32_t flow, RouteId route, std::vector<std::uint32_t>& joined);
  // The flow is there, but alone no more.
  void join(std::uint32_t flow, RouteId route);
  void leave(RouteId route);

 private:
  static constexpr std::uint32_t nobody = UINT32_MAX;
  struct Channel {
    std::uint32_t flows = 0;
    std::uint32_t lone = nobody;  // the flow, if it is alone on all of its route
  };
  struct Route {
    std::uint32_t first = 0;  // of its channels that are shared, each once
    std::uint32_t count = 0;
    std::optional<Bandwidth> alone = {};  // how fast it goes then
  };
  std::span<const std::uint32_t> channels_of(const Route& route) const {
    return std::span(channels_of_routes_).subspan(route.first, route.count);
  }

  const RouteTable* routes_;
  std::vector<Channel> channels_;
  std::vector<Route> added_;
  std::vector<std::uint32_t> channels_of_routes_;
};

}  // namespace lockstep::sim
