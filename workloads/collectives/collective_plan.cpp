#include "workloads/collectives/collective_plan.hpp"

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
