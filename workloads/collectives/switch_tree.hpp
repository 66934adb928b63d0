#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// A tree whose leaves are the members of a collective and whose inner vertices are switches that combine what comes in:
// agents of a plan, numbered after the members.
class SwitchTree {
 public:
  // The switch that is nearest to the farthest member becomes the root, and every member hangs on it by a shortest way
  // that passes no device. Throws InputError at the request's place when no switch is above all members.
  SwitchTree(const CollectiveRequest& request, const CollectiveGround& ground);

  std::uint32_t members() const { return members_; }
  std::uint32_t ranks() const { return static_cast<std::uint32_t>(parent_.size()); }
  RankId root() const { return RankId(members_); }  // the first agent
  topology::VertexId vertex(RankId agent) const { return vertices_[agent.value() - members_]; }
  // Of all but the root.
  RankId parent(RankId rank) const { return parent_[rank.value()]; }
  std::span<const RankId> children(RankId agent) const { return children_[agent.value() - members_]; }
  // Links of the tree from the rank to the root, and from the rank to the farthest member below it.
  std::uint32_t depth(RankId rank) const;
  std::uint32_t height(RankId rank) const;
  // Whether the member is the rank or below it.
  bool contains(RankId rank, RankId member) const;

 private:
  void add_agents(const CollectiveGround& ground, const std::vector<topology::VertexId>& next, topology::VertexId root);

  std::uint32_t members_;
  std::vector<topology::VertexId> vertices_;  // of agents
  std::vector<RankId> parent_;
  std::vector<std::vector<RankId>> children_;  // of agents
};

}  // namespace lockstep::workloads
