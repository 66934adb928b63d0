#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "topology/formats/simgrid/zone_tree.hpp"

namespace lockstep::topology::simgrid {

// The routes that a file lists between numbered ends, all their links in one pool.
class ListedRoutes {
 public:
  struct Route {
    std::uint32_t from, to;
    std::size_t begin, end;  // in the pool
    std::optional<Gateways> gateways;
  };

  // False when the pair has a route already.
  bool add(std::uint32_t from, std::uint32_t to, std::span<const LinkId> links, std::optional<Gateways> gateways = {});
  const Route* find(std::uint32_t from, std::uint32_t to) const;
  std::span<const LinkId> links(const Route& route) const {
    return {pool_.data() + route.begin, route.end - route.begin};
  }
  // In the order in which they were added.
  std::span<const Route> all() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::vector<LinkId> pool_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_ends_;
};

}  // namespace lockstep::topology::simgrid
