#include "workloads/collectives/switch_tree.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "workloads/collectives/request_checks.hpp"

namespace lockstep::workloads {
namespace {

using topology::VertexId;
using topology::VertexKind;

constexpr std::uint32_t unreached = UINT32_MAX;

// The fleet's links by their ends, and walks along them that pass no device.
class Surroundings {
 public:
  explicit Surroundings(const topology::Fleet& fleet) : fleet_(&fleet), begin_(fleet.vertices().size() + 1) {
    for (const topology::Link& link : fleet.links()) ++begin_[link.to.value() + 1];
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    from_.resize(fleet.links().size());
    std::vector<std::uint32_t> end = begin_;
    for (const topology::Link& link : fleet.links()) from_[end[link.to.value()]++] = link.from;
  }

  // From every vertex the links to `target`, and the vertex that comes next; those beyond `limit` links are left out.
  struct Ways {
    std::vector<std::uint32_t> links;
    std::vector<VertexId> next;
    std::vector<VertexId> reached;  // nearest first
  };
  Ways ways_to(VertexId target, std::uint32_t limit) const {
    Ways ways{.links = std::vector<std::uint32_t>(begin_.size() - 1, unreached),
              .next = std::vector<VertexId>(begin_.size() - 1),
              .reached = {target}};
    ways.links[target.value()] = 0;
    for (std::size_t i = 0; i < ways.reached.size(); ++i) {
      const VertexId at = ways.reached[i];
      const std::uint32_t links = ways.links[at.value()];
      if (links == limit || (i > 0 && fleet_->vertex(at).kind == VertexKind::device)) continue;
      for (std::uint32_t k = begin_[at.value()]; k < begin_[at.value() + 1]; ++k) {
        const VertexId from = from_[k];
        if (ways.links[from.value()] != unreached) continue;
        ways.links[from.value()] = links + 1;
        ways.next[from.value()] = at;
        ways.reached.push_back(from);
      }
    }
    return ways;
  }

 private:
  const topology::Fleet* fleet_;
  std::vector<std::uint32_t> begin_;  // of each vertex
  std::vector<VertexId> from_;        // the vertices with a link to it
};

struct Root {
  VertexId vertex;
  std::uint32_t farthest = unreached;  // member
  std::uint64_t total = 0;             // links from all members
};

Root find_root(const CollectiveGround& ground, const Surroundings& surroundings) {
  Root best;
  // No switch that is farther from the first member than the best root's farthest member is better.
  const auto around_first = surroundings.ways_to(ground.members.front(), unreached);
  for (const VertexId candidate : around_first.reached) {
    if (ground.fleet.vertex(candidate).kind != VertexKind::network_switch) continue;
    if (around_first.links[candidate.value()] > best.farthest) break;
    const auto ways = surroundings.ways_to(candidate, best.farthest);
    Root root{.vertex = candidate, .farthest = 0};
    for (const VertexId member : ground.members) {
      root.farthest = std::max(root.farthest, ways.links[member.value()]);
      root.total += ways.links[member.value()];
    }
    if (root.farthest == unreached) continue;
    if (std::tie(root.farthest, root.total) < std::tie(best.farthest, best.total)) best = root;
  }
  return best;
}

}  // namespace

SwitchTree::SwitchTree(const CollectiveRequest& request, const CollectiveGround& ground)
    : members_(static_cast<std::uint32_t>(ground.members.size())) {
  const Surroundings surroundings(ground.fleet);
  const Root root = find_root(ground, surroundings);
  if (root.farthest == unreached) {
    refuse(request,
           "algorithm '" + request.algorithm + "' reduces in switches, and no switch is above all ranks without a " +
               "device in between",
           "use a fleet with switches, such as \"switch\", \"tree\" or \"fat_tree\", or another algorithm");
  }
  add_agents(ground, surroundings.ways_to(root.vertex, root.farthest).next, root.vertex);
}

void SwitchTree::add_agents(const CollectiveGround& ground, const std::vector<VertexId>& next, VertexId root) {
  parent_.resize(members_);
  std::map<VertexId, RankId> agent_at;
  auto add_agent = [&](VertexId vertex) {
    const RankId agent(parent_.size());
    parent_.emplace_back();
    vertices_.push_back(vertex);
    children_.emplace_back();
    return agent_at.emplace(vertex, agent).first->second;
  };
  add_agent(root);
  for (std::uint32_t member = 0; member < members_; ++member) {
    RankId below(member);
    VertexId at = ground.members[member];
    for (bool joined = false; !joined;) {
      do {
        at = next[at.value()];
      } while (ground.fleet.vertex(at).kind != VertexKind::network_switch);
      const auto known = agent_at.find(at);
      joined = known != agent_at.end();
      const RankId agent = joined ? known->second : add_agent(at);
      parent_[below.value()] = agent;
      children_[agent.value() - members_].push_back(below);
      below = agent;
    }
  }
}

std::uint32_t SwitchTree::depth(RankId rank) const {
  std::uint32_t links = 0;
  for (; rank != root(); rank = parent(rank)) ++links;
  return links;
}

std::uint32_t SwitchTree::height(RankId rank) const {
  if (rank.value() < members_) return 0;
  std::uint32_t links = 0;
  for (const RankId child : children(rank)) links = std::max(links, height(child) + 1);
  return links;
}

bool SwitchTree::contains(RankId rank, RankId member) const {
  for (; member != rank; member = parent(member)) {
    if (member == root()) return false;
  }
  return true;
}

}  // namespace lockstep::workloads
