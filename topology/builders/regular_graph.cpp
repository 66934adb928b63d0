#include "topology/builders/regular_graph.hpp"

#include <algorithm>
#include <boost/pending/disjoint_sets.hpp>

#include "base/random_stream.hpp"

namespace lockstep::topology {
namespace {

// Jellyfish's construction (Singla et al., NSDI 2012, section 3): join random free ports; when the last free ports
// cannot be joined, break a random edge and put them in between.
class Construction {
 public:
  Construction(std::size_t vertices, std::size_t degree, RandomStream& random)
      : neighbours_(vertices), degree_(degree), random_(random) {
    for (std::uint32_t v = 0; v < vertices; ++v) free_ports_.insert(free_ports_.end(), degree, v);
  }

  std::vector<IndexPair> run() {
    constexpr int patience = 200;  // failed draws before the free ports count as stuck
    int failures = 0;
    while (free_ports_.size() > 1) {
      failures = join_random_ports() ? 0 : failures + 1;
      if (failures > patience) {
        break_edge();
        failures = 0;
      }
    }
    std::vector<IndexPair> edges;
    for (std::uint32_t v = 0; v < neighbours_.size(); ++v) {
      for (const std::uint32_t other : neighbours_[v]) {
        if (v < other) edges.emplace_back(v, other);
      }
    }
    return edges;
  }

 private:
  std::size_t draw(std::size_t below) { return random_.below(below); }
  bool joined(std::uint32_t a, std::uint32_t b) const {
    return std::find(neighbours_[a].begin(), neighbours_[a].end(), b) != neighbours_[a].end();
  }
  void join(std::uint32_t a, std::uint32_t b) {
    neighbours_[a].push_back(b);
    neighbours_[b].push_back(a);
  }
  void part(std::uint32_t a, std::uint32_t b) {
    std::erase(neighbours_[a], b);
    std::erase(neighbours_[b], a);
  }
  std::uint32_t take_port(std::size_t i) {
    const std::uint32_t vertex = free_ports_[i];
    free_ports_[i] = free_ports_.back();
    free_ports_.pop_back();
    return vertex;
  }

  bool join_random_ports() {
    const std::size_t i = draw(free_ports_.size());
    const std::size_t j = draw(free_ports_.size());
    const std::uint32_t a = free_ports_[i];
    const std::uint32_t b = free_ports_[j];
    if (a == b || joined(a, b)) return false;
    take_port(std::max(i, j));
    take_port(std::min(i, j));
    join(a, b);
    return true;
  }

  // Two free ports a and b (perhaps of one vertex) and an edge x-y that touches neither: a-x and b-y replace it.
  void break_edge() {
    const std::uint32_t a = take_port(draw(free_ports_.size()));
    const std::uint32_t b = take_port(draw(free_ports_.size()));
    constexpr int patience = 10'000;
    for (int attempt = 0; attempt < patience; ++attempt) {
      const auto x = static_cast<std::uint32_t>(draw(neighbours_.size()));
      if (neighbours_[x].empty()) continue;
      const std::uint32_t y = neighbours_[x][draw(neighbours_[x].size())];
      if (x == a || x == b || y == a || y == b || joined(a, x) || joined(b, y)) continue;
      part(x, y);
      join(a, x);
      join(b, y);
      return;
    }
    // Too dense to go on: free all and begin anew.
    for (auto& list : neighbours_) list.clear();
    free_ports_.clear();
    for (std::uint32_t v = 0; v < neighbours_.size(); ++v) free_ports_.insert(free_ports_.end(), degree_, v);
  }

  std::vector<std::vector<std::uint32_t>> neighbours_;
  std::vector<std::uint32_t> free_ports_;
  std::size_t degree_;
  RandomStream& random_;
};

bool connected(std::size_t vertices, const std::vector<IndexPair>& edges) {
  std::vector<std::uint32_t> rank(vertices), parent(vertices);
  boost::disjoint_sets<std::uint32_t*, std::uint32_t*> sets(rank.data(), parent.data());
  for (std::uint32_t v = 0; v < vertices; ++v) sets.make_set(v);
  std::size_t parts = vertices;
  for (const auto& [a, b] : edges) {
    if (sets.find_set(a) == sets.find_set(b)) continue;
    sets.union_set(a, b);
    --parts;
  }
  return parts == 1;
}

// Vertices that have all others as neighbours leave no choice, and near that random joining gets stuck: draw the few
// missing edges instead, which form a random regular graph themselves.
std::vector<IndexPair> complement(std::size_t vertices, const std::vector<IndexPair>& missing) {
  std::vector<IndexPair> sorted = missing;
  std::sort(sorted.begin(), sorted.end());
  std::vector<IndexPair> edges;
  for (std::uint32_t a = 0; a < vertices; ++a) {
    for (std::uint32_t b = a + 1; b < vertices; ++b) {
      if (!std::binary_search(sorted.begin(), sorted.end(), IndexPair(a, b))) edges.emplace_back(a, b);
    }
  }
  return edges;
}

}  // namespace

std::optional<std::vector<IndexPair>> random_regular_graph(std::size_t vertices, std::size_t degree,
                                                           std::uint64_t seed) {
  if (vertices <= 1) return std::vector<IndexPair>();
  constexpr std::uint64_t most_attempts = 100;
  const bool dense = degree > (vertices - 1) / 2;
  for (std::uint64_t attempt = 0; attempt < most_attempts; ++attempt) {
    RandomStream random(seed, "topology/random_regular", {attempt});
    std::vector<IndexPair> edges = Construction(vertices, dense ? vertices - 1 - degree : degree, random).run();
    if (dense) edges = complement(vertices, edges);
    if (connected(vertices, edges)) return edges;
  }
  return std::nullopt;
}

}  // namespace lockstep::topology
