#include "topology/formats/simgrid/listed_zones.hpp"

#include <algorithm>
#include <limits>
#include <queue>

namespace lockstep::topology::simgrid {
namespace {

using Route = ListedRoutes::Route;

constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();

class FullRouting : public ZoneRouting {
 public:
  explicit FullRouting(ListedRoutes routes) : routes_(std::move(routes)) {}

  bool find(const ZoneTree&, const Netpoint& from, const Netpoint& to, LocalRoute& route) const override {
    const Route* listed = routes_.find(from.rank, to.rank);
    if (listed == nullptr) return true;  // SimGrid takes a step that is not listed for free
    const auto links = routes_.links(*listed);
    route.links.assign(links.begin(), links.end());
    route.gateways = listed->gateways;
    return true;
  }

 private:
  ListedRoutes routes_;
};

// Chains listed routes from a table of predecessors. Between zones, whoever enters one at another gateway than the next
// route leaves it from, crosses it in between.
class ChainedRouting : public ZoneRouting {
 public:
  explicit ChainedRouting(ListedRoutes routes) : routes_(std::move(routes)) {}

  bool find(const ZoneTree& tree, const Netpoint& from, const Netpoint& to, LocalRoute& route) const override {
    std::vector<const Route*> chain;  // from the last to the first
    for (std::uint32_t at = to.rank; at != from.rank;) {
      const std::uint32_t before = predecessor(from.rank, at);
      if (before == nowhere) return false;
      chain.push_back(routes_.find(before, at));
      at = before;
    }
    std::reverse(chain.begin(), chain.end());
    for (const Route* listed : chain) {
      const auto& gateways = listed->gateways;
      if (route.gateways && gateways && route.gateways->to != gateways->from &&
          !tree.append_route(route.gateways->to, gateways->from, route.links)) {
        return false;
      }
      const auto links = routes_.links(*listed);
      route.links.insert(route.links.end(), links.begin(), links.end());
      if (gateways) route.gateways = Gateways{route.gateways ? route.gateways->from : gateways->from, gateways->to};
    }
    return true;
  }

 protected:
  // The member before `at` on the way from `source`.
  virtual std::uint32_t predecessor(std::uint32_t source, std::uint32_t at) const = 0;
  std::uint32_t length(const Route& route) const { return static_cast<std::uint32_t>(route.end - route.begin); }
  const ListedRoutes& routes() const { return routes_; }

 private:
  ListedRoutes routes_;
};

class FloydRouting : public ChainedRouting {
 public:
  FloydRouting(ListedRoutes routes, std::uint32_t members) : ChainedRouting(std::move(routes)), members_(members) {}

 protected:
  std::uint32_t predecessor(std::uint32_t source, std::uint32_t at) const override {
    if (predecessors_.empty()) fill();
    return predecessors_[std::size_t{source} * members_ + at];
  }

 private:
  void fill() const {
    const std::size_t n = members_;
    std::vector<std::uint64_t> costs(n * n, nowhere);  // the sum of two of them is still a number
    predecessors_.assign(n * n, nowhere);
    for (const Route& route : routes().all()) {
      costs[route.from * n + route.to] = length(route);
      predecessors_[route.from * n + route.to] = route.from;
    }
    for (std::size_t via = 0; via < n; ++via) {
      for (std::size_t from = 0; from < n; ++from) {
        const std::uint64_t first = costs[from * n + via];
        if (first == nowhere) continue;
        for (std::size_t to = 0; to < n; ++to) {
          const std::uint64_t cost = first + costs[via * n + to];
          if (cost >= costs[from * n + to]) continue;
          costs[from * n + to] = cost;
          predecessors_[from * n + to] = predecessors_[via * n + to];
        }
      }
    }
  }

  std::uint32_t members_;
  mutable std::vector<std::uint32_t> predecessors_;  // filled by the first look-up
};

class DijkstraRouting : public ChainedRouting {
 public:
  explicit DijkstraRouting(ListedRoutes routes) : ChainedRouting(std::move(routes)) {
    for (const Route& route : this->routes().all()) {
      const std::uint32_t from = node_of(route.from);
      const std::uint32_t to = node_of(route.to);
      edges_[from].push_back({to, length(route)});
    }
  }

 protected:
  std::uint32_t predecessor(std::uint32_t source, std::uint32_t at) const override {
    const auto from = nodes_.find(source);
    const auto to = nodes_.find(at);
    if (from == nodes_.end() || to == nodes_.end()) return nowhere;
    const std::uint32_t before = predecessors_of(from->second)[to->second];
    return before == nowhere ? nowhere : members_[before];
  }

 private:
  struct Edge {
    std::uint32_t to, cost;
  };
  static constexpr std::size_t most_cached = std::size_t{1} << 24;

  // SimGrid numbers nodes in the order in which routes name them, and its queue breaks ties by that number.
  std::uint32_t node_of(std::uint32_t member) {
    const auto [found, is_new] = nodes_.try_emplace(member, static_cast<std::uint32_t>(members_.size()));
    if (is_new) {
      members_.push_back(member);
      edges_.emplace_back();
    }
    return found->second;
  }

  const std::vector<std::uint32_t>& predecessors_of(std::uint32_t source) const {
    if (const auto found = cache_.find(source); found != cache_.end()) return found->second;
    if ((cache_.size() + 1) * members_.size() > most_cached) cache_.clear();
    return cache_[source] = search(source);
  }

  std::vector<std::uint32_t> search(std::uint32_t source) const {
    using Entry = std::pair<std::uint64_t, std::uint32_t>;
    std::vector<std::uint64_t> costs(members_.size(), std::numeric_limits<std::uint64_t>::max());
    std::vector<std::uint32_t> predecessors(members_.size(), nowhere);
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    costs[source] = 0;
    queue.emplace(0, source);
    while (!queue.empty()) {
      const auto [cost, node] = queue.top();
      queue.pop();
      if (cost > costs[node]) continue;
      for (const Edge& edge : edges_[node]) {
        if (cost + edge.cost >= costs[edge.to]) continue;
        costs[edge.to] = cost + edge.cost;
        predecessors[edge.to] = node;
        queue.emplace(costs[edge.to], edge.to);
      }
    }
    return predecessors;
  }

  std::unordered_map<std::uint32_t, std::uint32_t> nodes_;  // of members
  std::vector<std::uint32_t> members_;                      // of nodes
  std::vector<std::vector<Edge>> edges_;
  mutable std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> cache_;
};

}  // namespace

std::unique_ptr<const ZoneRouting> full_routing(ListedRoutes routes) {
  return std::make_unique<FullRouting>(std::move(routes));
}

std::unique_ptr<const ZoneRouting> floyd_routing(ListedRoutes routes, std::uint32_t members) {
  return std::make_unique<FloydRouting>(std::move(routes), members);
}

std::unique_ptr<const ZoneRouting> dijkstra_routing(ListedRoutes routes) {
  return std::make_unique<DijkstraRouting>(std::move(routes));
}

}  // namespace lockstep::topology::simgrid
