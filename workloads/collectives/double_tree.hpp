#pragma once

#include "workloads/collectives/tree_pipeline.hpp"

namespace lockstep::workloads {

// All-reduce along two binary trees, half of the data each, such that the leaves of one are the inner members of the
// other (Sanders, Speck and Träff 2009), with the trees of NCCL and its connections that know no order among them.
PlanPointer plan_double_tree(const CollectiveRequest& request, const CollectiveGround& ground);
// The segments but the first and the last as one flow.
PlanPointer plan_double_tree_flow(const CollectiveRequest& request, const CollectiveGround& ground);

// A member's neighbours in tree 0 or 1 of the pair; even and odd numbers stand for these.
TreePipeline::Node double_tree_node(std::uint32_t tree, std::uint32_t members, RankId member);

}  // namespace lockstep::workloads
