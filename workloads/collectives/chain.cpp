#include "workloads/collectives/chain.hpp"

#include "workloads/collectives/tree_pipeline.hpp"

namespace lockstep::workloads {
namespace {

// The root is at one end of the chain; every channel has a chain of its own.
class Chain final : public TreePipeline {
 public:
  Chain(CollectiveShape shape, const Settings& settings, Direction direction)
      : TreePipeline(std::move(shape), settings), direction_(direction) {}

 protected:
  Node node(std::uint32_t tree, RankId member) const override {
    const std::uint32_t back = shape().members - 1;
    const bool is_backward =
        direction_ == Direction::backward || (direction_ == Direction::alternating && tree % 2 == 1);
    const RankId next = after(member, is_backward ? back : 1);
    const RankId previous = after(member, is_backward ? 1 : back);
    Node node;
    if (member != shape().root) node.parent = previous;
    if (next != shape().root) {
      node.child[0] = next;
      node.children = 1;
    }
    return node;
  }

 private:
  Direction direction_;
};

PlanPointer plan(const CollectiveRequest& request, const CollectiveGround& ground, Fidelity fidelity) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<Chain>(
      shape_of(request, members, request.channels * request.segments),
      TreePipeline::Settings{.trees = request.channels, .segments = request.segments, .fidelity = fidelity},
      request.direction);
}

}  // namespace

PlanPointer plan_chain(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan(request, ground, Fidelity::message);
}

PlanPointer plan_chain_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan(request, ground, Fidelity::flow);
}

}  // namespace lockstep::workloads
