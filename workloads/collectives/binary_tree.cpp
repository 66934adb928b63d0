#include "workloads/collectives/binary_tree.hpp"

#include "workloads/collectives/tree_pipeline.hpp"

namespace lockstep::workloads {
namespace {

// Places count from the root level by level.
class BinaryTree final : public TreePipeline {
 public:
  using TreePipeline::TreePipeline;

 protected:
  Node node(std::uint32_t, RankId member) const override {
    const std::uint32_t members = shape().members;
    const std::uint32_t place = after(member, members - shape().root.value()).value();
    const std::uint64_t first_child = 2 * std::uint64_t{place} + 1;
    Node node;
    if (place > 0) node.parent = after(shape().root, (place - 1) / 2);
    for (std::uint64_t child = first_child; child < members && child < first_child + 2; ++child) {
      node.child.at(node.children++) = after(shape().root, static_cast<std::uint32_t>(child));
    }
    return node;
  }
};

PlanPointer plan(const CollectiveRequest& request, const CollectiveGround& ground, Fidelity fidelity) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<BinaryTree>(shape_of(request, members, request.segments),
                                      TreePipeline::Settings{.segments = request.segments, .fidelity = fidelity});
}

}  // namespace

PlanPointer plan_binary_tree(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan(request, ground, Fidelity::message);
}

PlanPointer plan_binary_tree_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan(request, ground, Fidelity::flow);
}

}  // namespace lockstep::workloads
