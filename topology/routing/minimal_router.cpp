#include "topology/routing/minimal_router.hpp"

#include <algorithm>

#include "topology/fleet_graph.hpp"
#include "topology/routing/route_links.hpp"

namespace lockstep::topology {
namespace {

constexpr std::uint32_t unreachable = 0xffffffff;
constexpr std::uint32_t unknown = 0xfffffffe;
// Tables are worked out anew rather than let them fill the machine's memory.
constexpr std::size_t most_table_bytes = std::size_t{1} << 30;

}  // namespace

// Chooses among links that lead on equally well: counts them first, then names the one to take.
class MinimalRouter::Picker {
 public:
  Picker(TieBreak rule, std::uint64_t hash, std::uint64_t digits) : rule_(rule), hash_(hash), digits_(digits) {}

  std::size_t pick(std::size_t candidates) {
    if (candidates == 1 || rule_ == TieBreak::first_link) return 0;
    if (rule_ == TieBreak::destination_digits) {
      const std::size_t digit = digits_ % candidates;
      digits_ /= candidates;
      return digit;
    }
    hash_ = mixed(hash_);
    return hash_ % candidates;
  }

 private:
  TieBreak rule_;
  std::uint64_t hash_;
  std::uint64_t digits_;
};

MinimalRouter::MinimalRouter(const Fleet& fleet, Options options)
    : core_(fleet, std::move(options.transit)),
      tie_break_(options.tie_break),
      up_down_(options.up_down),
      seed_(options.seed),
      tables_(core_.size()) {
  if (!up_down_) return;
  for (Index i = 0; i < core_.size(); ++i) level_.push_back(fleet.vertex(core_.vertex(i)).level);
}

const MinimalRouter::Distances& MinimalRouter::towards(Index root) const {
  std::unique_ptr<const Distances>& table = tables_[root];
  if (table == nullptr) {
    const std::size_t table_bytes = core_.size() * (2 * sizeof(Hops) + sizeof(Choice));
    if (++kept_tables_ * table_bytes > most_table_bytes) {
      for (auto& old : tables_) old.reset();
      kept_tables_ = 1;
    }
    Distances distances = up_down_ ? up_down_towards(root) : shortest_towards(root);
    distances.choices.resize(core_.size());
    table = std::make_unique<const Distances>(std::move(distances));
  }
  return *table;
}

MinimalRouter::Distances MinimalRouter::shortest_towards(Index root) const {
  Distances distances{.total = std::vector<Hops>(core_.size(), unreachable), .only_down = {}, .choices = {}};
  std::vector<Index> reached = {root};
  distances.total[root] = 0;
  for (std::size_t next = 0; next < reached.size(); ++next) {
    const Index at = reached[next];
    if (at != root && !core_.transit(at)) continue;
    for (const CoreGraph::Edge& edge : core_.in(at)) {
      if (distances.total[edge.to] != unreachable) continue;
      distances.total[edge.to] = static_cast<Hops>(distances.total[at] + 1);
      reached.push_back(edge.to);
    }
  }
  return distances;
}

MinimalRouter::Distances MinimalRouter::up_down_towards(Index root) const {
  Distances distances{.total = {}, .only_down = std::vector<Hops>(core_.size(), unreachable), .choices = {}};
  std::vector<Index> reached = {root};
  distances.only_down[root] = 0;
  for (std::size_t next = 0; next < reached.size(); ++next) {
    const Index at = reached[next];
    if (at != root && !core_.transit(at)) continue;
    for (const CoreGraph::Edge& edge : core_.in(at)) {
      if (level_[edge.to] <= level_[at] || distances.only_down[edge.to] != unreachable) continue;
      distances.only_down[edge.to] = static_cast<Hops>(distances.only_down[at] + 1);
      reached.push_back(edge.to);
    }
  }
  distances.total.assign(core_.size(), unknown);
  return distances;
}

// Up-down distances are only wanted from where routes begin and what lies above, a small part of a wide tree. The
// recursion is as deep as there are levels.
MinimalRouter::Hops MinimalRouter::hops_from(Index at, Index root, const Distances& distances) const {
  if (distances.total[at] != unknown) return distances.total[at];
  Hops least = distances.only_down[at];
  for (const CoreGraph::Edge& edge : core_.out(at)) {
    if (level_[edge.to] <= level_[at] || (edge.to != root && !core_.transit(edge.to))) continue;
    const Hops onward = hops_from(edge.to, root, distances);
    if (onward != unreachable) least = std::min(least, static_cast<Hops>(onward + 1));
  }
  return distances.total[at] = least;
}

const CoreGraph::Edge& MinimalRouter::find_edge(Index at, Index root, bool descending, const Distances& distances,
                                                Picker& picker) const {
  const auto edges = core_.out(at);
  hops_from(at, root, distances);
  const Hops left = static_cast<Hops>((descending ? distances.only_down : distances.total)[at] - 1);
  auto leads_on = [&](const CoreGraph::Edge& edge) {
    if (edge.to != root && !core_.transit(edge.to)) return false;
    if (!up_down_) return distances.total[edge.to] == left;
    if (level_[edge.to] < level_[at]) return distances.only_down[edge.to] == left;
    return !descending && level_[edge.to] > level_[at] && hops_from(edge.to, root, distances) == left;
  };
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint32_t count = 0;
  bool climbs = false;
  for (std::uint32_t e = 0; e < edges.size(); ++e) {
    if (!leads_on(edges[e])) continue;
    if (count++ == 0) first = e;
    last = e;
    climbs = climbs || (up_down_ && level_[edges[e].to] > level_[at]);
  }
  const bool side_by_side = last - first + 1 == count;
  // Where a route could both climb and descend, what it may do depends on where it comes from.
  const bool always_so = !climbs || distances.only_down[at] != distances.total[at];
  constexpr std::uint32_t most_kept = 0xffff;
  if (side_by_side && always_so && last <= most_kept) {
    distances.choices[at] = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(count)};
  }
  std::size_t skip = picker.pick(count);
  if (side_by_side) return edges[first + skip];
  return *std::find_if(edges.begin(), edges.end(), [&](const auto& edge) { return leads_on(edge) && skip-- == 0; });
}

bool MinimalRouter::walk(Index at, Index root, Picker& picker, std::vector<LinkId>& route) const {
  const Distances& distances = towards(root);
  if (distances.choices[at].count == 0 && hops_from(at, root, distances) == unreachable) return false;
  bool descending = false;
  while (at != root) {
    const Choice known = distances.choices[at];
    const CoreGraph::Edge& chosen = known.count > 0 ? core_.out(at)[known.first + picker.pick(known.count)]
                                                    : find_edge(at, root, descending, distances, picker);
    descending = up_down_ && level_[chosen.to] < level_[at];
    route.push_back(chosen.link);
    at = chosen.to;
  }
  return true;
}

bool MinimalRouter::append_route(const Fleet& fleet, VertexId from, VertexId to, FlowLabel flow,
                                 std::vector<LinkId>& route) const {
  if (from == to) return true;
  const auto start = core_.home(from);
  const auto root = core_.home(to);
  if (!start || !root) return false;
  const std::uint64_t ends = (std::uint64_t{from.value()} << 32) | to.value();
  Picker picker(tie_break_, mixed(mixed(ends ^ seed_) + flow), core_.position(to));
  const std::size_t before = route.size();
  auto step_between = [&](VertexId a, VertexId b, std::optional<LinkId> only_link) {  // a stub and its anchor
    if (only_link) {
      route.push_back(*only_link);
      return true;
    }
    const auto links = fleet.graph().out_links(a);
    auto leads = [&](LinkId id) { return fleet.link(id).to == b; };
    const auto candidates = static_cast<std::size_t>(std::count_if(links.begin(), links.end(), leads));
    if (candidates == 0) return false;
    std::size_t skip = picker.pick(candidates);
    route.push_back(*std::find_if(links.begin(), links.end(), [&](LinkId id) { return leads(id) && skip-- == 0; }));
    return true;
  };
  const VertexId start_vertex = core_.vertex(*start);
  const VertexId root_vertex = core_.vertex(*root);
  bool found = start_vertex == from || step_between(from, start_vertex, core_.only_link_up(from));
  found = found && walk(*start, *root, picker, route);
  found = found && (root_vertex == to || step_between(root_vertex, to, core_.only_link_down(to)));
  if (!found) route.resize(before);
  return found;
}

}  // namespace lockstep::topology
