#include "workloads/collectives/direct.hpp"

namespace lockstep::workloads {
namespace {

// One operation of everything, or two for all-reduce. Members begin with those next to them, so that where ports are
// scarce not all of them turn to the same one.
class Direct final : public CollectivePlan {
 public:
  using CollectivePlan::CollectivePlan;

  std::uint64_t length(RankId, StreamId) const override { return shape().operation == Operation::all_reduce ? 2 : 1; }

  void fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const override {
    switch (shape().operation) {
      case Operation::all_reduce:
        return position == 0 ? scatter_sums(op, rank) : gather(op, rank);
      case Operation::reduce_scatter:
        return scatter_sums(op, rank);
      case Operation::all_gather:
      case Operation::barrier:
        return gather(op, rank);
      case Operation::all_to_all:
      case Operation::all_to_all_v:
        return swap_all(op, rank);
      case Operation::broadcast:
      case Operation::scatter:
        return rank == shape().root ? leave_root(op) : add_receive(op, shape().root);
      case Operation::reduce:
      case Operation::gather:
        return rank == shape().root ? enter_root(op) : tell_root(op, rank);
    }
  }

 private:
  void scatter_sums(Op& op, RankId rank) const {
    for (std::uint32_t i = 1; i < shape().members; ++i) {
      add_send(op, after(rank, i), shape().share(after(rank, i).value()));
      add_combining_receive(op, after(rank, shape().members - i), shape().share(rank.value()));
    }
  }
  void gather(Op& op, RankId rank) const {
    for (std::uint32_t i = 1; i < shape().members; ++i) {
      add_send(op, after(rank, i), shape().share(rank.value()));
      add_receive(op, after(rank, shape().members - i));
    }
  }
  void swap_all(Op& op, RankId rank) const {
    for (std::uint32_t i = 1; i < shape().members; ++i) {
      add_swap(op, {rank, after(rank, i)}, {after(rank, shape().members - i), rank});
    }
  }
  void leave_root(Op& op) const {
    for (std::uint32_t i = 1; i < shape().members; ++i) {
      const RankId peer = after(shape().root, i);
      add_send(op, peer, shape().operation == Operation::scatter ? shape().share(peer.value()) : all_blocks());
    }
  }
  void enter_root(Op& op) const {
    for (std::uint32_t i = 1; i < shape().members; ++i) {
      const RankId peer = after(shape().root, i);
      shape().reduces() ? add_combining_receive(op, peer, all_blocks()) : add_receive(op, peer);
    }
  }
  void tell_root(Op& op, RankId rank) const {
    add_send(op, shape().root, shape().operation == Operation::gather ? shape().share(rank.value()) : all_blocks());
  }
};

bool has_shares(Operation operation) {
  return operation != Operation::broadcast && operation != Operation::reduce;
}

}  // namespace

PlanPointer plan_direct(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<Direct>(shape_of(request, members, has_shares(request.operation) ? members : 1));
}

}  // namespace lockstep::workloads
