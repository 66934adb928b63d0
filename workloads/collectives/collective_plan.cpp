#include "workloads/collectives/collective_plan.hpp"

namespace lockstep::workloads {

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
