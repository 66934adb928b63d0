#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "sim/engines/network.hpp"
#include "sim/perturbations/conditions.hpp"

namespace lockstep::sim {

// The fleet's routes that a run uses, each looked up once, with what a transfer over it costs.
class RouteTable {
 public:
  // `conditions` may be null.
  explicit RouteTable(const topology::Fleet& fleet, const Conditions* conditions = nullptr)
      : fleet_(&fleet), conditions_(conditions) {}

  struct Route {
    topology::VertexId from;
    topology::VertexId to;
    Seconds latency = {};
    Bandwidth bandwidth = {};  // of the slowest link
    std::uint32_t first_link = 0;
    std::uint32_t links = 0;
    bool is_disturbed = false;  // the speed of one of its links changes
  };

  // The way along these links, which nobody else is told of.
  RouteId add(std::span<const topology::LinkId> links);
  // Throws InputError naming both ends when there is no route.
  RouteId find(topology::VertexId from, topology::VertexId to, topology::FlowLabel flow);

  const Route& operator[](RouteId id) const { return routes_[id.value()]; }
  std::span<const topology::LinkId> links(RouteId id) const {
    const Route& route = routes_[id.value()];
    return std::span(links_).subspan(route.first_link, route.links);
  }
  // When bytes have passed that set out at `start` and have all links for themselves.
  Seconds passed(RouteId id, Bytes bytes, Seconds start) const {
    const Route& route = routes_[id.value()];
    return route.is_disturbed ? passed_disturbed(id, bytes, start) : start + bytes / route.bandwidth;
  }
  // What each link of the fleet carries when each route carries so many bytes; there may be further routes.
  std::vector<Bytes> link_bytes(std::span<const Bytes> of_routes) const;
  const Conditions* conditions() const { return conditions_; }
  std::size_t size() const { return routes_.size(); }
  const topology::Fleet& fleet() const { return *fleet_; }

 private:
  struct Key {
    std::uint64_t ends;
    topology::FlowLabel flow;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return (key.ends ^ (key.flow * 0x9E3779B97F4A7C15U)) * 0xBF58476D1CE4E5B9U;
    }
  };

  RouteId add_last(Route route);
  Seconds passed_disturbed(RouteId id, Bytes bytes, Seconds start) const;

  const topology::Fleet* fleet_;
  const Conditions* conditions_;
  std::vector<Route> routes_;
  std::vector<topology::LinkId> links_;
  std::unordered_map<Key, RouteId, KeyHash> known_;
};

}  // namespace lockstep::sim
