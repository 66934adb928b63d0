#include "workloads/collectives/double_tree.hpp"

#include "workloads/collectives/tree_pipeline.hpp"

namespace lockstep::workloads {
namespace {

// NCCL's binary tree over places 0 … members - 1 (its src/graph/trees.cc describes it): a place whose lowest bit is b
// has the children half of b below and above it, and every odd place is a leaf; place 0 is the root and has one child.
// Where the upper child does not exist, the nearest smaller step that stays inside takes its part.
TreePipeline::Node tree_node(std::uint32_t members, std::uint32_t place) {
  TreePipeline::Node node;
  if (place == 0) {
    std::uint32_t top = 1;  // the highest power of two among the places
    while (2 * std::uint64_t{top} < members) top *= 2;
    node.child[0] = RankId(top);
    node.children = 1;
    return node;
  }
  const std::uint32_t bit = place & (0 - place);
  const std::uint64_t upper = (place ^ bit) | (std::uint64_t{bit} << 1);
  node.parent = RankId(upper < members ? upper : place ^ bit);
  if (bit == 1) return node;
  node.child[node.children++] = RankId(place - bit / 2);
  std::uint32_t step = bit / 2;
  while (step > 0 && std::uint64_t{place} + step >= members) step /= 2;
  if (step > 0) node.child.at(node.children++) = RankId(place + step);
  return node;
}

class DoubleTree final : public TreePipeline {
 public:
  using TreePipeline::TreePipeline;

 protected:
  Node node(std::uint32_t tree, RankId member) const override {
    return double_tree_node(tree, shape().members, member);
  }
};

PlanPointer plan(const CollectiveRequest& request, const CollectiveGround& ground, Fidelity fidelity) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  const std::uint32_t trees = 2 * request.channels;
  return std::make_shared<DoubleTree>(shape_of(request, members, trees * request.segments),
                                      TreePipeline::Settings{.trees = trees,
                                                             .segments = request.segments,
                                                             .branching = TreePipeline::Branching::independent,
                                                             .fidelity = fidelity});
}

}  // namespace

// Tree 0 of every channel is the one above. Tree 1 is its mirror image where members are even, and else the same one
// member further on: either makes leaves of the inner members.
TreePipeline::Node double_tree_node(std::uint32_t tree, std::uint32_t members, RankId member) {
  if (tree % 2 == 0) return tree_node(members, member.value());
  const bool is_mirrored = members % 2 == 0;
  auto rename = [&](RankId place) {
    return RankId(is_mirrored ? members - 1 - place.value() : (place.value() + 1) % members);
  };
  const std::uint32_t place = is_mirrored ? members - 1 - member.value() : (member.value() + members - 1) % members;
  TreePipeline::Node node = tree_node(members, place);
  if (node.parent) node.parent = rename(*node.parent);
  for (RankId& child : node.child) child = rename(child);
  return node;
}

PlanPointer plan_double_tree(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan(request, ground, Fidelity::message);
}

PlanPointer plan_double_tree_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan(request, ground, Fidelity::flow);
}

}  // namespace lockstep::workloads
