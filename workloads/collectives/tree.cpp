#include "workloads/collectives/tree.hpp"

#include <memory>

#include "workloads/collectives/binomial_tree.hpp"

namespace lockstep::workloads {
namespace {

bool leads_up(Operation operation) {
  return operation != Operation::broadcast && operation != Operation::scatter;
}
bool leads_down(Operation operation) {
  return operation != Operation::reduce && operation != Operation::gather;
}

// A member's operations: hearing from each child, telling the parent; hearing from it, telling each child.
class Tree final : public CollectivePlan {
 public:
  explicit Tree(CollectiveShape shape) : CollectivePlan(std::move(shape)), tree_{this->shape().members} {}

  std::uint64_t length(RankId rank, StreamId) const override {
    const std::uint32_t one_way = one_way_length(place_of(rank));
    return (leads_up(shape().operation) ? one_way : 0) + (leads_down(shape().operation) ? one_way : 0);
  }
  std::string stream_name(RankId, StreamId) const override { return "tree"; }

  void fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const override {
    const std::uint32_t place = place_of(rank);
    const std::uint32_t children = tree_.children(place);
    const bool is_up = leads_up(shape().operation) && position < one_way_length(place);
    auto number = static_cast<std::uint32_t>(position);
    if (is_up) return number < children ? hear_child(op, place, number) : tell_parent(op, place);
    if (leads_up(shape().operation)) number -= one_way_length(place);
    if (place > 0 && number == 0) return add_receive(op, rank_at(tree_.parent(place)));
    tell_child(op, tree_.child(place, children - 1 - (place > 0 ? number - 1 : number)));
  }

 private:
  bool carries_shares(bool is_up) const {
    const Operation operation = shape().operation;
    return operation == Operation::gather || operation == Operation::scatter ||
           (operation == Operation::barrier && is_up);
  }
  std::uint32_t one_way_length(std::uint32_t place) const { return tree_.children(place) + (place > 0 ? 1 : 0); }
  std::uint32_t place_of(RankId rank) const { return after(rank, shape().members - shape().root.value()).value(); }
  RankId rank_at(std::uint32_t place) const { return after(shape().root, place); }

  void hear_child(Op& op, std::uint32_t place, std::uint32_t number) const {
    const RankId child = rank_at(tree_.child(place, number));
    shape().reduces() ? add_combining_receive(op, child, all_blocks()) : add_receive(op, child);
  }
  void tell_parent(Op& op, std::uint32_t place) const { tell(op, rank_at(tree_.parent(place)), place, true); }
  void tell_child(Op& op, std::uint32_t child) const { tell(op, rank_at(child), child, false); }
  // What goes along the edge between `below` and its parent.
  void tell(Op& op, RankId peer, std::uint32_t below, bool is_up) const {
    if (carries_shares(is_up)) {
      add_share_send(op, peer, {rank_at(below).value(), tree_.size(below)});
    } else {
      add_send(op, peer, all_blocks());
    }
  }

  BinomialTree tree_;
};

}  // namespace

PlanPointer plan_tree(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  const Operation operation = request.operation;
  const bool has_shares =
      operation == Operation::gather || operation == Operation::scatter || operation == Operation::barrier;
  return std::make_shared<Tree>(shape_of(request, members, has_shares ? members : 1));
}

}  // namespace lockstep::workloads
