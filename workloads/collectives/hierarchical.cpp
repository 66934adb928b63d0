#include "workloads/collectives/hierarchical.hpp"

#include "workloads/collectives/member_groups.hpp"
#include "workloads/collectives/request_checks.hpp"

namespace lockstep::workloads {

PlanPointer plan_hierarchical(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan_dimension_rings(request, group_members(request, ground), equal_tours(request, {0, 1}));
}

PlanPointer plan_hierarchical_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  return plan_dimension_ring_flows(request, group_members(request, ground), equal_tours(request, {0, 1}));
}

}  // namespace lockstep::workloads
