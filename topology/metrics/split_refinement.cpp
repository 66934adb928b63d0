#include "topology/metrics/split_refinement.hpp"

#include <algorithm>
#include <limits>

#include "topology/routing/core_graph.hpp"

namespace lockstep::topology {
namespace {

using Index = CoreGraph::Index;

// The core of the fleet, each vertex with its devices, in two halves.
class Halves {
 public:
  Halves(const Fleet& fleet, const std::vector<bool>& in_first_half)
      : fleet_(fleet), core_(fleet, {}), devices_(core_.size()), first_(core_.size()) {
    for (std::size_t d = 0; d < fleet.device_count(); ++d) {
      const Index home = *core_.home(fleet.devices()[d]);
      mixed_ = mixed_ || (devices_[home] > 0 && first_[home] != in_first_half[d]);
      devices_[home] += 1;
      first_[home] = in_first_half[d];
    }
  }

  // Whether swapping whole vertices is all that there is to try.
  bool can_be_refined() const {
    constexpr std::size_t most_vertices_tried = 1500;
    return !mixed_ && core_.size() <= most_vertices_tried &&
           std::none_of(devices_.begin(), devices_.end(), [](std::size_t count) { return count == 0; });
  }

  // Swaps pair after pair, the best first even when it costs, and keeps the swaps up to the best moment. Returns
  // whether that cut less than before.
  bool improve() {
    std::vector<bool> moved(core_.size(), false);
    std::vector<std::pair<Index, Index>> swaps;
    std::vector<double> gains = gains_of_moving();
    double total = 0, best = 0;
    std::size_t best_count = 0;
    while (const auto pair = best_pair(gains, moved)) {
      total += gains[pair->first] + gains[pair->second] - 2 * between(pair->first, pair->second);
      swap(*pair);
      moved[pair->first] = moved[pair->second] = true;
      swaps.push_back(*pair);
      gains = gains_after(*pair, std::move(gains));
      if (total > best * (1 + 1e-9) + 1e-9) {
        best = total;
        best_count = swaps.size();
      }
    }
    for (std::size_t s = swaps.size(); s > best_count; --s) swap(swaps[s - 1]);
    return best_count > 0;
  }

  std::vector<bool> split() const {
    std::vector<bool> in_first_half(fleet_.device_count());
    for (std::size_t d = 0; d < in_first_half.size(); ++d) {
      in_first_half[d] = first_[*core_.home(fleet_.devices()[d])];
    }
    return in_first_half;
  }

 private:
  double capacity(const CoreGraph::Edge& edge) const { return fleet_.channel_of(edge.link).bandwidth.si(); }
  double gain_of(Index v) const {
    double gain = 0;
    for (const CoreGraph::Edge& edge : core_.out(v))
      gain += first_[edge.to] != first_[v] ? capacity(edge) : -capacity(edge);
    for (const CoreGraph::Edge& edge : core_.in(v))
      gain += first_[edge.to] != first_[v] ? capacity(edge) : -capacity(edge);
    return gain;
  }
  std::vector<double> gains_of_moving() const {
    std::vector<double> gains(core_.size());
    for (Index v = 0; v < core_.size(); ++v) gains[v] = gain_of(v);
    return gains;
  }
  std::vector<double> gains_after(const std::pair<Index, Index>& swapped, std::vector<double> gains) const {
    for (const Index v : {swapped.first, swapped.second}) {
      gains[v] = gain_of(v);
      for (const CoreGraph::Edge& edge : core_.out(v)) gains[edge.to] = gain_of(edge.to);
      for (const CoreGraph::Edge& edge : core_.in(v)) gains[edge.to] = gain_of(edge.to);
    }
    return gains;
  }
  double between(Index a, Index b) const {
    double sum = 0;
    for (const CoreGraph::Edge& edge : core_.out(a)) sum += edge.to == b ? capacity(edge) : 0;
    for (const CoreGraph::Edge& edge : core_.in(a)) sum += edge.to == b ? capacity(edge) : 0;
    return sum;
  }
  void swap(const std::pair<Index, Index>& pair) {
    first_[pair.first] = !first_[pair.first];
    first_[pair.second] = !first_[pair.second];
  }

  // The unmoved vertices with the highest gains, one of each half and with equally many devices.
  std::optional<std::pair<Index, Index>> best_pair(const std::vector<double>& gains,
                                                   const std::vector<bool>& moved) const {
    std::optional<Index> a, b;
    for (Index v = 0; v < core_.size(); ++v) {
      if (!moved[v] && first_[v] && (!a || gains[v] > gains[*a])) a = v;
    }
    if (!a) return std::nullopt;
    double best = -std::numeric_limits<double>::infinity();
    for (Index v = 0; v < core_.size(); ++v) {
      if (moved[v] || first_[v] || devices_[v] != devices_[*a]) continue;
      const double gain = gains[v] - 2 * between(*a, v);
      if (gain <= best) continue;
      best = gain;
      b = v;
    }
    if (!b) return std::nullopt;
    return std::pair(*a, *b);
  }

  const Fleet& fleet_;
  CoreGraph core_;
  std::vector<std::size_t> devices_;
  std::vector<bool> first_;
  bool mixed_ = false;  // devices of one vertex are in both halves
};

}  // namespace

std::optional<std::vector<bool>> refined_split(const Fleet& fleet, const std::vector<bool>& in_first_half) {
  Halves halves(fleet, in_first_half);
  if (!halves.can_be_refined()) return std::nullopt;
  constexpr int most_passes = 10;
  for (int pass = 0; pass < most_passes && halves.improve(); ++pass) continue;
  return halves.split();
}

}  // namespace lockstep::topology
