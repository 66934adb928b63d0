#include "workloads/collectives/collective_plan.hpp"

#include <algorithm>

namespace lockstep::workloads {

bool CollectiveShape::reduces() const {
  return operation == Operation::all_reduce || operation == Operation::reduce_scatter || operation == Operation::reduce;
}

std::uint32_t CollectiveShape::origin(std::uint32_t block) const {
  const bool is_of_root = operation == Operation::broadcast || operation == Operation::scatter;
  return is_of_root ? root.value() : block / (layout.blocks() / members);
}

bool CollectiveShape::begins_with(std::uint32_t member, std::uint32_t block) const {
  return reduces() || origin(block) == member;
}

bool CollectiveShape::ends_with(std::uint32_t member, std::uint32_t block) const {
  const std::uint32_t each = layout.blocks() / members;
  switch (operation) {
    case Operation::reduce_scatter:
    case Operation::scatter:
      return block / each == member;
    case Operation::reduce:
    case Operation::gather:
      return root.value() == member;
    case Operation::all_to_all:
    case Operation::all_to_all_v:
      return block % each / (each / members) == member;
    default:
      return true;
  }
}

void CollectivePlan::add_send(Op& op, RankId peer, BlockRange blocks, Tag tag) const {
  const auto begin = static_cast<std::uint32_t>(op.blocks.size());
  op.sends.push_back({.peer = peer, .tag = tag, .blocks = {begin, begin}});
  if (blocks.count > 0) extend_send(op, blocks);
}

void CollectivePlan::add_share_send(Op& op, RankId peer, BlockRange shares, Tag tag) const {
  const std::uint32_t members = shape_.members;
  const std::uint32_t first = shares.first % members;
  const std::uint32_t until_last = std::min(shares.count, members - first);
  const std::uint32_t each = shape_.layout.blocks() / members;
  add_send(op, peer, {first * each, until_last * each}, tag);
  if (shares.count > until_last) extend_send(op, {0, (shares.count - until_last) * each});
}

void CollectivePlan::add_swap(Op& op, Ends sent, Ends received) const {
  auto block = [&](Ends ends) { return BlockRange{ends.from.value() * shape_.members + ends.to.value(), 1}; };
  auto is_message = [&](Ends ends) {
    return shape_.operation != Operation::all_to_all_v || shape_.layout.size(block(ends)) > Bytes(0);
  };
  if (is_message(sent)) add_send(op, sent.to, block(sent));
  if (is_message(received)) add_receive(op, received.from);
}

void CollectivePlan::extend_send(Op& op, BlockRange blocks) const {
  Send& send = op.sends.back();
  op.blocks.push_back(blocks);
  send.blocks.end = static_cast<std::uint32_t>(op.blocks.size());
  send.bytes += shape_.layout.size(blocks);
}

void CollectivePlan::add_receive(Op& op, RankId peer, Tag tag) {
  op.receives.push_back({.peer = peer, .tag = tag});
}

void CollectivePlan::add_combining_receive(Op& op, RankId peer, BlockRange combined, Tag tag) const {
  op.receives.push_back({.peer = peer, .tag = tag, .arrival = Arrival::combine});
  op.reduce += shape_.layout.size(combined);
}

}  // namespace lockstep::workloads
