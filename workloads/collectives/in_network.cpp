#include "workloads/collectives/in_network.hpp"

#include "workloads/collectives/request_checks.hpp"
#include "workloads/collectives/switch_tree.hpp"

namespace lockstep::workloads {
namespace {

// Who sends what over which link of the tree.
class TreeTraffic : public CollectivePlan {
 public:
  TreeTraffic(CollectiveShape shape, SwitchTree tree) : CollectivePlan(std::move(shape)), tree_(std::move(tree)) {
    for (std::uint32_t rank = tree_.members(); rank < tree_.ranks(); ++rank) {
      ways_.push_back({.depth = tree_.depth(RankId(rank)),
                       .height = tree_.height(RankId(rank)),
                       .holds_root = tree_.contains(RankId(rank), this->shape().root)});
    }
  }

  std::uint32_t rank_count() const override { return tree_.ranks(); }
  std::uint32_t first_agent() const override { return tree_.members(); }
  topology::VertexId agent_vertex(RankId agent) const override { return tree_.vertex(agent); }

 protected:
  const SwitchTree& tree() const { return tree_; }
  bool is_agent(RankId rank) const { return rank.value() >= tree_.members(); }
  bool is_broadcast() const { return shape().operation == Operation::broadcast; }
  // Whether the collective's root is the rank or below it.
  bool holds_root(RankId rank) const { return is_agent(rank) ? way(rank).holds_root : rank == shape().root; }
  std::uint32_t depth(RankId rank) const {
    return is_agent(rank) ? way(rank).depth : way(tree_.parent(rank)).depth + 1;
  }
  std::uint32_t height(RankId rank) const { return is_agent(rank) ? way(rank).height : 0; }

  // Whether the rank sends to its parent, and the parent to it.
  bool sends_up(RankId rank) const { return rank != tree_.root() && (!is_broadcast() || holds_root(rank)); }
  bool is_sent_down(RankId rank) const {
    if (rank == tree_.root()) return false;
    if (is_broadcast()) return !holds_root(rank);
    return shape().operation != Operation::reduce || holds_root(rank);
  }
  // Whether what an agent sends down is what came up to it, not what came down.
  bool turns_down(RankId agent) const { return agent == tree_.root() || (is_broadcast() && holds_root(agent)); }

 private:
  struct Way {
    std::uint32_t depth;
    std::uint32_t height;
    bool holds_root;
  };
  const Way& way(RankId agent) const { return ways_[agent.value() - tree_.members()]; }

  SwitchTree tree_;
  std::vector<Way> ways_;  // of each agent
};

// An agent has streams for what comes from each child, the sums, what goes up and what comes down, and what goes to
// each child.
class InNetwork final : public TreeTraffic {
 public:
  InNetwork(CollectiveShape shape, SwitchTree tree, std::uint32_t segments)
      : TreeTraffic(std::move(shape), std::move(tree)), segments_(segments) {
    if (this->shape().operation == Operation::barrier) collect_tokens();
  }

  std::uint32_t stream_count(RankId rank) const override { return is_agent(rank) ? 2 * children(rank) + 3 : 2; }
  StreamOrder order(RankId rank, StreamId stream) const override {
    const Part part = part_of(rank, stream);
    return part == Part::from_child || part == Part::from_parent ? StreamOrder::ahead : StreamOrder::in_turn;
  }
  std::uint64_t length(RankId rank, StreamId stream) const override {
    return is_used(rank, stream, part_of(rank, stream)) ? segments_ : 0;
  }
  std::string stream_name(RankId rank, StreamId stream) const override {
    switch (part_of(rank, stream)) {
      case Part::from_child:
        return "from child " + std::to_string(stream.value());
      case Part::sums:
        return "sums";
      case Part::to_parent:
        return "up";
      case Part::from_parent:
        return "down";
      default:
        return "to child " + std::to_string(child_number(rank, stream));
    }
  }

  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override {
    const std::uint32_t count = is_agent(rank) ? children(rank) : 0;
    const auto segment = static_cast<std::uint32_t>(position);
    switch (part_of(rank, stream)) {
      case Part::from_child:
        return receive_from_child(tree().children(rank)[stream.value()], segment, op);
      case Part::sums:
        for (std::uint32_t child = 0; child < count; ++child) {
          if (sends_up(tree().children(rank)[child])) op.waits.push_back({StreamId(child), position});
        }
        return;
      case Part::to_parent:
        if (is_agent(rank)) op.waits.push_back({StreamId(count), position});
        return send(op, tree().parent(rank), risen(rank), segment);
      case Part::from_parent:
        return add_receive(op, tree().parent(rank));
      case Part::to_child:
        op.waits.push_back({StreamId(turns_down(rank) ? count : count + 2), position});
        return send(op, tree().children(rank)[child_number(rank, stream)], all_tokens_, segment);
    }
  }

 private:
  enum class Part : std::uint8_t { from_child, sums, to_parent, from_parent, to_child };
  using Tokens = std::vector<BlockRange>;

  std::uint32_t children(RankId agent) const { return static_cast<std::uint32_t>(tree().children(agent).size()); }
  std::uint32_t child_number(RankId agent, StreamId stream) const { return stream.value() - children(agent) - 3; }
  Part part_of(RankId rank, StreamId stream) const {
    if (!is_agent(rank)) return stream.value() == 0 ? Part::to_parent : Part::from_parent;
    const std::uint32_t count = children(rank);
    if (stream.value() < count) return Part::from_child;
    if (stream.value() > count + 2) return Part::to_child;
    return stream.value() == count ? Part::sums : stream.value() == count + 1 ? Part::to_parent : Part::from_parent;
  }
  bool is_used(RankId rank, StreamId stream, Part part) const {
    switch (part) {
      case Part::from_child:
        return sends_up(tree().children(rank)[stream.value()]);
      case Part::sums:
        return !is_broadcast() || holds_root(rank);
      case Part::to_parent:
        return sends_up(rank);
      case Part::from_parent:
        return is_sent_down(rank);
      case Part::to_child:
        return is_sent_down(tree().children(rank)[child_number(rank, stream)]);
    }
    return false;
  }

  void receive_from_child(RankId child, std::uint32_t segment, Op& op) const {
    if (shape().reduces()) return add_combining_receive(op, child, {segment, 1});
    add_receive(op, child);
  }
  // A segment of the vector, or tokens.
  void send(Op& op, RankId peer, const Tokens& tokens, std::uint32_t segment) const {
    if (shape().operation != Operation::barrier) return add_send(op, peer, {segment, 1});
    add_send(op, peer, {});
    for (const BlockRange range : tokens) extend_send(op, range);
  }

  // The tokens of all members below a rank.
  const Tokens& risen(RankId rank) const {
    static const Tokens none;
    return tokens_.empty() ? none : tokens_[rank.value()];
  }
  void collect_tokens() {
    all_tokens_ = {{0, tree().members()}};
    tokens_.resize(tree().ranks());
    for (std::uint32_t member = 0; member < tree().members(); ++member) {
      for (RankId rank(member);; rank = tree().parent(rank)) {
        Tokens& held = tokens_[rank.value()];
        if (!held.empty() && held.back().first + held.back().count == member) {
          ++held.back().count;
        } else {
          held.push_back({member, 1});
        }
        if (rank == tree().root()) break;
      }
    }
  }

  std::uint32_t segments_;
  std::vector<Tokens> tokens_;  // of each rank, in barriers
  Tokens all_tokens_;
};

// All flows begin at once, each after the latencies of the links that its first byte has come over.
class InNetworkFlow final : public TreeTraffic {
 public:
  using TreeTraffic::TreeTraffic;

  std::uint64_t length(RankId, StreamId) const override { return 1; }
  std::string stream_name(RankId, StreamId) const override { return "flows"; }

  void fetch(RankId rank, StreamId, std::uint64_t, Op& op) const override {
    const Bytes bytes = shape().layout.size({0, shape().layout.blocks()});
    if (sends_up(rank)) {
      const std::uint32_t links = is_broadcast() ? depth(shape().root) - depth(rank) : height(rank);
      op.sends.push_back({.peer = tree().parent(rank), .bytes = bytes, .messages = links + 1});
    }
    if (is_sent_down(rank)) add_receive(op, tree().parent(rank));
    if (!is_agent(rank)) return;
    for (const RankId child : tree().children(rank)) {
      if (sends_up(child)) add_receive(op, child);
      if (is_sent_down(child)) op.sends.push_back({.peer = child, .bytes = bytes, .messages = links_to(child)});
    }
  }

 private:
  // Links from where data begins to a child that it comes down to.
  std::uint32_t links_to(RankId child) const {
    if (!is_broadcast()) return height(tree().root()) + depth(child);
    RankId turn = tree().parent(child);
    while (!holds_root(turn)) turn = tree().parent(turn);
    return depth(shape().root) - depth(turn) + depth(child) - depth(turn);
  }
};

CollectiveShape shape_for(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return shape_of(request, members, request.operation == Operation::barrier ? members : request.segments);
}

}  // namespace

PlanPointer plan_in_network(const CollectiveRequest& request, const CollectiveGround& ground) {
  // Tokens have no segments.
  const std::uint32_t segments = request.operation == Operation::barrier ? 1 : request.segments;
  return std::make_shared<InNetwork>(shape_for(request, ground), SwitchTree(request, ground), segments);
}

PlanPointer plan_in_network_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  return std::make_shared<InNetworkFlow>(shape_for(request, ground), SwitchTree(request, ground));
}

}  // namespace lockstep::workloads
