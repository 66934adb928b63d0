#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <span>

#include "topology/metrics/fleet_metrics.hpp"
#include "topology/metrics/grid_hops.hpp"
#include "topology/routing/core_graph.hpp"

namespace lockstep::topology {
namespace {

using Index = CoreGraph::Index;

// A set of up to 512 sources, one cache line: as large a batch as a random access brings along anyway.
struct Mask {
  std::array<std::uint64_t, 8> words{};

  static constexpr std::size_t size = 512;
  void insert(std::size_t i) { words[i / 64] |= std::uint64_t{1} << (i % 64); }
  bool empty() const { return *this == Mask(); }
  std::uint64_t count() const {
    std::uint64_t bits = 0;
    for (const std::uint64_t word : words) bits += static_cast<std::uint64_t>(std::popcount(word));
    return bits;
  }
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t w = 0; w < words.size(); ++w) {
      for (std::uint64_t left = words[w]; left != 0; left &= left - 1) {
        visit(w * 64 + static_cast<std::size_t>(std::countr_zero(left)));
      }
    }
  }
  Mask& operator|=(const Mask& other) {
    for (std::size_t w = 0; w < words.size(); ++w) words[w] |= other.words[w];
    return *this;
  }
  Mask without(const Mask& other) const {
    Mask rest;
    for (std::size_t w = 0; w < words.size(); ++w) rest.words[w] = words[w] & ~other.words[w];
    return rest;
  }
  friend bool operator==(const Mask&, const Mask&) = default;
};

// The devices at one core vertex: itself, or stubs one link away.
struct Home {
  std::uint64_t devices = 0;
  std::uint64_t stubs = 0;
  friend bool operator==(const Home&, const Home&) = default;
};

// Distances from many core vertices at once, one bit each (multi-source breadth-first search, Then et al. 2014):
// a sweep costs about as much as one search.
class Sweep {
 public:
  // Links followed so far.
  std::uint64_t steps() const { return steps_; }

  Sweep(const CoreGraph& core, const std::vector<Home>& homes)
      : core_(core), homes_(homes), seen_(core.size()), frontier_(core.size()), next_(core.size()) {}

  void run(std::span<const Index> sources, HopMetrics& metrics, double& sum) {
    std::fill(seen_.begin(), seen_.end(), Mask());
    active_.assign(sources.begin(), sources.end());
    alike_ = std::all_of(sources.begin(), sources.end(), [&](Index i) { return homes_[i] == homes_[sources[0]]; });
    for (std::size_t s = 0; s < sources.size(); ++s) {
      seen_[sources[s]].insert(s);
      frontier_[sources[s]].insert(s);
    }
    for (std::uint32_t distance = 1; !active_.empty(); ++distance) {
      advance();
      for (const Index at : active_) count_pairs(sources, at, distance, metrics, sum);
    }
  }

 private:
  void advance() {
    std::vector<Index> touched;
    for (const Index at : active_) {
      const Mask bits = frontier_[at];
      frontier_[at] = Mask();
      steps_ += core_.out(at).size();
      for (const CoreGraph::Edge& edge : core_.out(at)) {
        if (bits.without(seen_[edge.to]).empty()) continue;
        if (next_[edge.to].empty()) touched.push_back(edge.to);
        next_[edge.to] |= bits;
      }
    }
    active_.clear();
    for (const Index at : touched) {
      frontier_[at] = next_[at].without(seen_[at]);
      next_[at] = Mask();
      seen_[at] |= frontier_[at];
      if (!frontier_[at].empty()) active_.push_back(at);
    }
  }

  void count_pairs(std::span<const Index> sources, Index at, std::uint32_t distance, HopMetrics& metrics, double& sum) {
    if (homes_[at].devices == 0) return;
    if (alike_) return count(homes_[sources[0]], homes_[at], frontier_[at].count(), distance, metrics, sum);
    frontier_[at].for_each([&](std::size_t s) { count(homes_[sources[s]], homes_[at], 1, distance, metrics, sum); });
  }

  // `times` homes like `here` that lie `distance` away from `there`.
  static void count(const Home& here, const Home& there, std::uint64_t times, std::uint32_t distance,
                    HopMetrics& metrics, double& sum) {
    const std::uint64_t pairs = here.devices * there.devices * times;
    const std::uint64_t stub_links = (here.stubs * there.devices + here.devices * there.stubs) * times;
    metrics.connected_pairs += pairs;
    sum += double(distance) * double(pairs) + double(stub_links);
    metrics.diameter = std::max(metrics.diameter, distance + (here.stubs > 0) + (there.stubs > 0));
  }

  const CoreGraph& core_;
  const std::vector<Home>& homes_;
  std::vector<Mask> seen_, frontier_, next_;
  std::vector<Index> active_;
  std::uint64_t steps_ = 0;
  bool alike_ = false;  // all sources of the sweep have equally many devices
};

// About ten seconds' worth.
constexpr std::uint64_t most_steps = 1'000'000'000;

HopMetrics measure_on_graph(const Fleet& fleet) {
  const CoreGraph core(fleet, {});
  std::vector<Home> homes(core.size());
  HopMetrics metrics;
  double sum = 0;
  for (const VertexId device : fleet.devices()) {
    Home& home = homes[*core.home(device)];
    home.devices += 1;
    home.stubs += core.is_stub(device) ? 1 : 0;
  }
  std::vector<Index> sources;
  for (Index i = 0; i < core.size(); ++i) {
    const Home& home = homes[i];
    if (home.devices > 0) sources.push_back(i);
    if (home.devices < 2) continue;
    // Devices of one anchor: two links apart, or one from a stub to an anchor that is a device itself.
    const std::uint64_t among_stubs = home.stubs * (home.stubs - 1);
    const std::uint64_t with_anchor = 2 * home.stubs * (home.devices - home.stubs);
    metrics.connected_pairs += among_stubs + with_anchor;
    sum += 2.0 * double(among_stubs) + double(with_anchor);
    metrics.diameter = std::max(metrics.diameter, home.stubs > 1 ? 2u : 1u);
  }
  // A sweep takes neighbouring sources, whose frontiers overlap. Sweeps jump about the fleet by the golden ratio:
  // should they end early, those done stand for the others.
  Sweep sweep(core, homes);
  const std::size_t sweeps = (sources.size() + Mask::size - 1) / Mask::size;
  std::size_t stride = static_cast<std::size_t>(0.618 * double(sweeps)) + 1;
  while (std::gcd(stride, sweeps) > 1) ++stride;
  for (std::size_t done = 0; done < sweeps && !metrics.sampled; ++done) {
    const std::size_t first = done * stride % sweeps * Mask::size;
    sweep.run(std::span(sources).subspan(first, std::min(Mask::size, sources.size() - first)), metrics, sum);
    metrics.sampled = done + 1 < sweeps && sweep.steps() > most_steps;
  }
  if (metrics.connected_pairs > 0) metrics.average = sum / double(metrics.connected_pairs);
  return metrics;
}

// An imported platform says which way every message goes, which need not be the shortest.
HopMetrics measure_on_routes(const Fleet& fleet) {
  HopMetrics metrics;
  std::uint64_t sum = 0;
  std::vector<LinkId> route;
  for (const VertexId from : fleet.devices()) {
    for (const VertexId to : fleet.devices()) {
      route.clear();
      if (from == to || !fleet.append_route(from, to, 0, route)) continue;
      metrics.connected_pairs += 1;
      sum += route.size();
      metrics.diameter = std::max(metrics.diameter, static_cast<std::uint32_t>(route.size()));
    }
  }
  if (metrics.connected_pairs > 0) metrics.average = double(sum) / double(metrics.connected_pairs);
  return metrics;
}

}  // namespace

HopMetrics measure_hops(const Fleet& fleet) {
  constexpr std::size_t most_routed_devices = 1000;
  const bool routed = fleet.routing().kind == RoutingSpec::Kind::table && fleet.device_count() <= most_routed_devices;
  if (routed) return measure_on_routes(fleet);
  if (const auto by_formula = grid_hops(fleet)) return *by_formula;
  return measure_on_graph(fleet);
}

}  // namespace lockstep::topology
