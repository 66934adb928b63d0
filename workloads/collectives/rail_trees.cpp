#include "workloads/collectives/rail_trees.hpp"

#include "workloads/collectives/double_tree.hpp"
#include "workloads/collectives/member_groups.hpp"

namespace lockstep::workloads {
namespace {

class RailTrees final : public TreePipeline {
 public:
  RailTrees(CollectiveShape shape, const Settings& settings, MemberGrid grid)
      : TreePipeline(std::move(shape), settings), grid_(std::move(grid)), point_of_(grid_.member_at.size()) {
    for (std::uint32_t point = 0; point < point_of_.size(); ++point) point_of_[grid_.member_at[point]] = point;
  }

 protected:
  Node node(std::uint32_t tree, RankId member) const override {
    const std::uint32_t rail = tree / 2 % each();
    const std::uint32_t point = point_of_[member.value()];
    const std::uint32_t group = point / each();
    const std::uint32_t place = (point % each() + each() - rail) % each();  // in the chain
    auto member_at = [&](std::uint32_t of_group, std::uint32_t at) {
      return RankId(grid_.member_at[of_group * each() + (rail + at) % each()]);
    };
    Node node;
    if (place > 0) node.parent = member_at(group, place - 1);
    if (groups() > 1 && place < 2) {
      const Node among_groups = double_tree_node(tree, groups(), RankId(group));
      if (place == 0 && among_groups.parent) {
        const std::uint32_t above = among_groups.parent->value();
        const Node parent = double_tree_node(tree, groups(), RankId(above));
        node.parent = member_at(above, parent.child[0] == RankId(group) ? 0 : second_place());
      }
      for (std::uint32_t i = 0; i < among_groups.children; ++i) {
        if (place != (i == 0 ? 0 : second_place())) continue;
        node.child.at(node.children++) = member_at(among_groups.child.at(i).value(), 0);
      }
    }
    if (place + 1 < each()) node.child.at(node.children++) = member_at(group, place + 1);
    return node;
  }

 private:
  std::uint32_t each() const { return grid_.sides[0]; }
  std::uint32_t groups() const { return grid_.sides[1]; }
  std::uint32_t second_place() const { return each() > 1 ? 1 : 0; }

  MemberGrid grid_;
  std::vector<std::uint32_t> point_of_;  // of each member
};

PlanPointer plan(const CollectiveRequest& request, const CollectiveGround& ground, Fidelity fidelity) {
  MemberGrid grid = group_members(request, ground);
  const std::uint32_t trees = 2 * (request.channels == 1 ? grid.sides[0] : request.channels);
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  const TreePipeline::Settings settings{.trees = trees,
                                        .segments = request.segments,
                                        .branching = TreePipeline::Branching::independent,
                                        .fidelity = fidelity};
  return std::make_shared<RailTrees>(shape_of(request, members, trees * request.segments), settings, std::move(grid));
}

}  // namespace

PlanPointer plan_rail_trees(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan(request, ground, Fidelity::message);
}

PlanPointer plan_rail_trees_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan(request, ground, Fidelity::flow);
}

}  // namespace lockstep::workloads
