#include "workloads/plan/placement_search.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/random_stream.hpp"

namespace lockstep::workloads {
namespace {

constexpr std::size_t most_devices = 2048;
constexpr std::size_t exhaustive_devices = 8;
constexpr std::size_t rotated_devices = 64;  // triples beyond that number are too many
constexpr int kicks = 64;
constexpr std::size_t most_starts = 4;
// Sums in another order differ by so much at most: a smaller gain is none.
constexpr double least_gain = 1e-12;

// One placement on its way: the change of its cost by a swap takes as long as two ranks have neighbours.
class Search {
 public:
  Search(Placement placement, const std::vector<Traffic>& traffic, const std::vector<double>& distances)
      : placement_(std::move(placement)), distances_(distances), neighbours_(placement_.size()) {
    for (const Traffic& flow : traffic) {
      neighbours_[flow.from].push_back({flow.to, flow.bytes});
      neighbours_[flow.to].push_back({flow.from, flow.bytes});
    }
    scale_ = cost_of(placement_, traffic, distances);
  }

  Placement settle() {
    const std::size_t count = placement_.size();
    bool moved = true;
    while (moved) {
      moved = false;
      for (std::size_t a = 0; a < count; ++a) {
        for (std::size_t b = a + 1; b < count; ++b) moved |= swap_if_better(a, b);
      }
      if (!moved && count <= rotated_devices) moved = rotate_three();
    }
    return placement_;
  }

 private:
  struct Neighbour {
    std::uint32_t rank;
    double bytes;
  };

  double distance(std::size_t a, std::size_t b) const {
    return distances_[std::size_t{placement_[a]} * placement_.size() + placement_[b]];
  }
  // Of all traffic that the ranks take part in; what they exchange among themselves is met at both ends.
  double cost_at(std::initializer_list<std::size_t> ranks) const {
    double cost = 0;
    for (const std::size_t rank : ranks) {
      for (const Neighbour& other : neighbours_[rank]) {
        const bool inside = std::find(ranks.begin(), ranks.end(), other.rank) != ranks.end();
        cost += (inside ? 0.5 : 1) * other.bytes * distance(rank, other.rank);
      }
    }
    return cost;
  }
  bool swap_if_better(std::size_t a, std::size_t b) {
    const double before = cost_at({a, b});
    std::swap(placement_[a], placement_[b]);
    if (cost_at({a, b}) < before - least_gain * scale_) return true;
    std::swap(placement_[a], placement_[b]);
    return false;
  }
  bool rotate_if_better(std::size_t a, std::size_t b, std::size_t c) {
    const Placement kept = {placement_[a], placement_[b], placement_[c]};
    const double before = cost_at({a, b, c});
    std::swap(placement_[a], placement_[b]);
    std::swap(placement_[b], placement_[c]);
    if (cost_at({a, b, c}) < before - least_gain * scale_) return true;
    placement_[a] = kept[0];
    placement_[b] = kept[1];
    placement_[c] = kept[2];
    return false;
  }
  bool rotate_three() {
    const std::size_t count = placement_.size();
    for (std::size_t a = 0; a < count; ++a) {
      for (std::size_t b = a + 1; b < count; ++b) {
        for (std::size_t c = b + 1; c < count; ++c) {
          if (rotate_if_better(a, b, c) || rotate_if_better(a, c, b)) return true;
        }
      }
    }
    return false;
  }

  Placement placement_;
  const std::vector<double>& distances_;
  std::vector<std::vector<Neighbour>> neighbours_;
  double scale_ = 0;
};

void add_rings(const RankLayout& layout, GroupKind kind, Bytes sent, std::vector<Traffic>& traffic) {
  if (!(sent > Bytes(0))) return;
  for (const auto& group : layout.groups(kind)) {
    for (std::size_t i = 0; group.size() > 1 && i < group.size(); ++i) {
      traffic.push_back({group[i].value(), group[(i + 1) % group.size()].value(), sent.si()});
    }
  }
}

void add_all_pairs(const RankLayout& layout, GroupKind kind, Bytes sent, std::vector<Traffic>& traffic) {
  if (!(sent > Bytes(0))) return;
  for (const auto& group : layout.groups(kind)) {
    for (std::size_t a = 0; a < group.size(); ++a) {
      for (std::size_t b = a + 1; b < group.size(); ++b) {
        const double each = sent.si() / static_cast<double>(group.size() - 1);
        traffic.push_back({group[a].value(), group[b].value(), 2 * each});
      }
    }
  }
}

// Ranks counted through the axes in every order, on packed devices: plans differ in which group wants to be near, and
// swaps of two ranks do not turn one order into another.
std::vector<Placement> ordered_starts(const RankLayout& layout, const Placement& packed) {
  std::array<int, 4> order = {0, 1, 2, 3};
  std::vector<Placement> starts;
  do {
    std::vector<std::pair<std::array<std::uint32_t, 4>, std::uint32_t>> keyed;
    for (std::uint32_t rank = 0; rank < layout.rank_count(); ++rank) {
      const Coordinates at = layout.coordinates(RankId(rank));
      const std::array<std::uint32_t, 4> digits = {at.tensor, at.context, at.data, at.pipeline};
      std::array<std::uint32_t, 4> key{};
      for (std::size_t i = 0; i < key.size(); ++i) key.at(i) = digits.at(static_cast<std::size_t>(order.at(i)));
      keyed.emplace_back(key, rank);
    }
    std::sort(keyed.begin(), keyed.end());
    Placement start = packed;
    for (std::size_t i = 0; i < keyed.size(); ++i) start[keyed[i].second] = packed[i];
    starts.push_back(std::move(start));
  } while (std::next_permutation(order.begin(), order.end()));
  return starts;
}

struct Best {
  Placement placement;
  double cost = 0;

  void offer(Placement other, const std::vector<Traffic>& traffic, const std::vector<double>& distances) {
    const double other_cost = cost_of(other, traffic, distances);
    if (other_cost >= cost * (1 - least_gain)) return;
    cost = other_cost;
    placement = std::move(other);
  }
};

Placement best_of_all(const Placement& start, const std::vector<Traffic>& traffic,
                      const std::vector<double>& distances) {
  Placement candidate = start;
  std::sort(candidate.begin(), candidate.end());
  Placement best = start;
  double least = cost_of(start, traffic, distances);
  do {
    const double cost = cost_of(candidate, traffic, distances);
    if (cost < least * (1 - least_gain)) {
      least = cost;
      best = candidate;
    }
  } while (std::next_permutation(candidate.begin(), candidate.end()));
  return best;
}

}  // namespace

std::vector<Traffic> traffic_of(const RankLayout& layout, const TrafficVolumes& volumes) {
  std::vector<Traffic> traffic;
  add_rings(layout, GroupKind::tensor, volumes.tensor, traffic);
  add_rings(layout, GroupKind::context, volumes.context, traffic);
  add_rings(layout, GroupKind::data_context, volumes.gradients, traffic);
  add_rings(layout, GroupKind::expert_data, volumes.expert_gradients, traffic);
  add_all_pairs(layout, GroupKind::expert, volumes.expert, traffic);
  if (!(volumes.pipeline > Bytes(0))) return traffic;
  for (const auto& stages : layout.groups(GroupKind::pipeline)) {
    for (std::size_t i = 1; i < stages.size(); ++i) {
      traffic.push_back({stages[i - 1].value(), stages[i].value(), 2 * volumes.pipeline.si()});
    }
  }
  return traffic;
}

std::vector<double> distances_between(const topology::Fleet& fleet, const std::vector<topology::VertexId>& devices) {
  const std::size_t count = devices.size();
  std::vector<double> distances(count * count, 0);
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = a + 1; b < count; ++b) {
      // Both directions count half each, so that distances are symmetrical.
      for (const auto& [from, to] : {std::pair{devices[a], devices[b]}, std::pair{devices[b], devices[a]}}) {
        for (const topology::LinkId link : fleet.route(from, to)) {
          distances[a * count + b] += 0.5 / fleet.channel_of(link).bandwidth.si();
        }
      }
      distances[b * count + a] = distances[a * count + b];
    }
  }
  return distances;
}

double cost_of(const Placement& placement, const std::vector<Traffic>& traffic, const std::vector<double>& distances) {
  double cost = 0;
  for (const Traffic& flow : traffic) {
    cost += flow.bytes * distances[std::size_t{placement[flow.from]} * placement.size() + placement[flow.to]];
  }
  return cost;
}

Placement improve_placement(const std::vector<Placement>& starts, const std::vector<Traffic>& traffic,
                            const std::vector<double>& distances) {
  LOCKSTEP_REQUIRE(!starts.empty());
  Best best{.placement = starts.front(), .cost = cost_of(starts.front(), traffic, distances)};
  for (const Placement& start : starts) best.offer(Search(start, traffic, distances).settle(), traffic, distances);
  // Where no swap helps any more, some swaps at once lead out of the dead end, or are taken back.
  const std::size_t count = best.placement.size();
  RandomStream random(0, "workloads/placement_search");
  for (int kick = 0; kick < kicks && count > 3 && count <= rotated_devices; ++kick) {
    Placement kicked = best.placement;
    for (int swap = 0; swap < 3; ++swap) std::swap(kicked[random.below(count)], kicked[random.below(count)]);
    best.offer(Search(std::move(kicked), traffic, distances).settle(), traffic, distances);
  }
  return best.placement;
}

Placement optimize_placement(const RankLayout& layout, const TrafficVolumes& volumes, const topology::Fleet& fleet,
                             const std::vector<topology::VertexId>& devices) {
  if (devices.size() > most_devices) {
    throw InputError({.problem = "placements of more than " + std::to_string(most_devices) + " devices take too long",
                      .suggestion = "use 'packed', 'spread', 'rail_aware' or a list"});
  }
  const auto count = static_cast<std::uint32_t>(devices.size());
  const std::vector<std::uint32_t> nodes = nodes_of(fleet, devices);
  const std::vector<Traffic> traffic = traffic_of(layout, volumes);
  const std::vector<double> distances = distances_between(fleet, devices);
  const Placement packed = place_packed(nodes, count);
  Placement placement;
  if (count <= exhaustive_devices) {
    placement = best_of_all(packed, traffic, distances);
  } else {
    std::vector<Placement> starts = ordered_starts(layout, packed);
    starts.push_back(packed);
    starts.push_back(place_spread(nodes, count));
    std::stable_sort(starts.begin(), starts.end(), [&](const Placement& a, const Placement& b) {
      return cost_of(a, traffic, distances) < cost_of(b, traffic, distances);
    });
    starts.resize(most_starts);
    placement = improve_placement(starts, traffic, distances);
  }
  placement.resize(layout.rank_count());
  return placement;
}

}  // namespace lockstep::workloads
