#include "workloads/collectives/scatter_all_gather.hpp"

#include "workloads/collectives/binomial_tree.hpp"

namespace lockstep::workloads {
namespace {

// Places count from the root; block b is the one that place b gets from the scatter.
class ScatterAllGather final : public CollectivePlan {
 public:
  ScatterAllGather(CollectiveShape shape, Fidelity fidelity)
      : CollectivePlan(std::move(shape)), tree_{this->shape().members}, fidelity_(fidelity) {}

  std::uint64_t length(RankId rank, StreamId) const override {
    const std::uint32_t rounds = fidelity_ == Fidelity::flow ? 1 : shape().members - 1;
    return scatter_length(place_of(rank)) + rounds;
  }
  std::string stream_name(RankId, StreamId) const override { return "scatter, then ring"; }

  void fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const override {
    const std::uint32_t place = place_of(rank);
    const auto number = static_cast<std::uint32_t>(position);
    if (number >= scatter_length(place)) return gather(op, rank, number - scatter_length(place));
    if (place > 0 && number == 0) return add_receive(op, after(shape().root, tree_.parent(place)));
    const std::uint32_t sent = place > 0 ? number - 1 : number;
    const std::uint32_t child = tree_.child(place, tree_.children(place) - 1 - sent);
    add_send(op, after(shape().root, child), {child, tree_.size(child)});
  }

 private:
  std::uint32_t place_of(RankId rank) const { return after(rank, shape().members - shape().root.value()).value(); }
  std::uint32_t scatter_length(std::uint32_t place) const { return tree_.children(place) + (place > 0 ? 1 : 0); }

  void gather(Op& op, RankId rank, std::uint32_t round) const {
    const std::uint32_t members = shape().members;
    const std::uint32_t place = place_of(rank);
    const RankId next = after(rank, 1);
    if (fidelity_ == Fidelity::message) {
      add_send(op, next, {(place + members - round) % members, 1});
    } else {
      // All blocks but the one that the next begins with.
      const Bytes bytes = shape().layout.size(all_blocks()) - shape().layout.size({(place + 1) % members, 1});
      op.sends.push_back({.peer = next, .bytes = bytes, .messages = members - 1});
    }
    add_receive(op, after(rank, members - 1));
  }

  BinomialTree tree_;
  Fidelity fidelity_;
};

PlanPointer plan(const CollectiveRequest& request, const CollectiveGround& ground, Fidelity fidelity) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<ScatterAllGather>(shape_of(request, members, members), fidelity);
}

}  // namespace

PlanPointer plan_scatter_all_gather(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan(request, ground, Fidelity::message);
}

PlanPointer plan_scatter_all_gather_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan(request, ground, Fidelity::flow);
}

}  // namespace lockstep::workloads
