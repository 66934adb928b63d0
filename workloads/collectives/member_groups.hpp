#pragma once

#include "workloads/collectives/dimension_rings.hpp"

namespace lockstep::workloads {

// The members as a grid of two sides: place in the group, then group. Groups are what request.group_size says, in
// member order, else the members of each node of the fleet. Throws InputError unless groups are of one size.
MemberGrid group_members(const CollectiveRequest& request, const CollectiveGround& ground);

}  // namespace lockstep::workloads
