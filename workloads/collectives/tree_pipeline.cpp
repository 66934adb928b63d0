#include "workloads/collectives/tree_pipeline.hpp"

#include <algorithm>

namespace lockstep::workloads {

TreePipeline::TreePipeline(CollectiveShape shape, const Settings& settings)
    : CollectivePlan(std::move(shape)), settings_(settings) {}

// The roles of an operation are a row: those of a reduction come first.
std::uint32_t TreePipeline::first_role() const {
  return static_cast<std::uint32_t>(shape().operation == Operation::broadcast ? Role::hear_parent
                                                                              : Role::hear_first_child);
}

std::uint32_t TreePipeline::roles() const {
  const bool independent = settings_.branching == Branching::independent;
  const Role last_down = independent ? Role::tell_second_child : Role::tell_children;
  const Role last = shape().operation == Operation::reduce ? Role::tell_parent : last_down;
  return static_cast<std::uint32_t>(last) + 1 - first_role();
}

TreePipeline::Place TreePipeline::place(StreamId stream) const {
  return {stream.value() / roles(), static_cast<Role>(first_role() + stream.value() % roles())};
}

StreamId TreePipeline::stream_of(std::uint32_t tree, Role role) const {
  return StreamId(tree * roles() + static_cast<std::uint32_t>(role) - first_role());
}

std::uint32_t TreePipeline::groups() const {
  return settings_.fidelity == Fidelity::flow ? std::min(settings_.segments, 3U) : settings_.segments;
}

TreePipeline::Group TreePipeline::group(std::uint32_t tree, std::uint32_t number) const {
  const std::uint32_t first = tree * settings_.segments;
  if (groups() == settings_.segments) return {{first + number, 1}, false};
  if (number == 1) return {{first + 1, settings_.segments - 2}, true};
  return {{number == 0 ? first : first + settings_.segments - 1, 1}, false};
}

std::uint32_t TreePipeline::stream_count(RankId) const {
  return settings_.trees * roles();
}

StreamOrder TreePipeline::order(RankId, StreamId stream) const {
  const Role role = place(stream).role;
  const bool hears = role == Role::hear_first_child || role == Role::hear_second_child || role == Role::hear_parent;
  return hears ? StreamOrder::ahead : StreamOrder::in_turn;
}

std::uint64_t TreePipeline::length(RankId rank, StreamId stream) const {
  const Place at = place(stream);
  const Node here = node(at.tree, rank);
  const std::uint64_t each = groups();
  switch (at.role) {
    case Role::hear_first_child:
      return here.children > 0 ? each : 0;
    case Role::hear_second_child:
    case Role::tell_second_child:
      return here.children > 1 ? each : 0;
    case Role::tell_parent:
    case Role::hear_parent:
      return here.parent ? each : 0;
    case Role::tell_children:
      break;
  }
  return settings_.branching == Branching::independent ? std::min(here.children, 1U) * each : here.children * each;
}

void TreePipeline::fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const {
  const Place at = place(stream);
  const Node here = node(at.tree, rank);
  const auto number = static_cast<std::uint32_t>(position);
  switch (at.role) {
    case Role::hear_first_child:
    case Role::hear_second_child: {
      const std::size_t child = at.role == Role::hear_first_child ? 0 : 1;
      return add_combining_receive(op, here.child.at(child), group(at.tree, number).blocks, at.tree);
    }
    case Role::tell_parent:
      wait_for_children(op, here, at.tree, number);
      return tell(op, *here.parent, at, group(at.tree, number));
    case Role::hear_parent:
      return add_receive(op, *here.parent, at.tree);
    case Role::tell_children:
    case Role::tell_second_child:
      return fetch_tell_children(op, here, at, number);
  }
}

void TreePipeline::fetch_tell_children(Op& op, const Node& node, const Place& place, std::uint32_t position) const {
  const bool in_turn = settings_.branching == Branching::in_turn;
  const std::uint32_t number = in_turn ? position / node.children : position;
  const std::uint32_t taken_turn = in_turn ? position % node.children : 0;
  const std::uint32_t child = place.role == Role::tell_second_child ? 1 : taken_turn;
  const Group sent = group(place.tree, number);
  // The second child's turn comes after the first one's, which waited.
  if (taken_turn == 0) {
    if (!node.parent && shape().operation == Operation::all_reduce) wait_for_children(op, node, place.tree, number);
    if (node.parent && !sent.is_steady) op.waits.push_back({stream_of(place.tree, Role::hear_parent), number});
  }
  tell(op, node.child.at(child), place, sent);
}

void TreePipeline::wait_for_children(Op& op, const Node& node, std::uint32_t tree, std::uint32_t number) const {
  if (group(tree, number).is_steady) return;
  for (std::uint32_t child = 0; child < node.children; ++child) {
    const Role role = child == 0 ? Role::hear_first_child : Role::hear_second_child;
    op.waits.push_back({stream_of(tree, role), number});
  }
}

void TreePipeline::tell(Op& op, RankId peer, const Place& place, const Group& group) const {
  add_send(op, peer, group.blocks, place.tree);
  op.sends.back().messages = group.blocks.count;
}

std::string TreePipeline::stream_name(RankId, StreamId stream) const {
  constexpr std::array words = {"hears the first child", "hears the second child", "tells the parent",
                                "hears the parent",      "tells the children",     "tells the second child"};
  const Place at = place(stream);
  return "tree " + std::to_string(at.tree) + " " + words.at(static_cast<std::size_t>(at.role));
}

}  // namespace lockstep::workloads
