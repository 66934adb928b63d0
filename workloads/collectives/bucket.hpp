#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Reduce-scatter round the rings of one dimension of a torus after the other, all-gather in reverse, through one port
// at a time: the bucket algorithm of van de Geijn and others (Chan et al. 2007).
PlanPointer plan_bucket(const CollectiveRequest& request, const CollectiveGround& ground);
PlanPointer plan_bucket_flow(const CollectiveRequest& request, const CollectiveGround& ground);

// The same for 2d parts at once, each of which begins at another dimension or goes the other way round, so that on
// equal sides all ports are busy all the time (Jain and Sabharwal 2010; Sack and Gropp 2012).
PlanPointer plan_bucket_all_ports(const CollectiveRequest& request, const CollectiveGround& ground);
PlanPointer plan_bucket_all_ports_flow(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
