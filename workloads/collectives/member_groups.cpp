#include "workloads/collectives/member_groups.hpp"

#include <map>

#include "base/error.hpp"

#include "workloads/collectives/request_checks.hpp"

namespace lockstep::workloads {
namespace {

using Groups = std::vector<std::vector<std::uint32_t>>;

Groups groups_of_size(const CollectiveRequest& request, std::uint32_t members) {
  const std::uint32_t size = *request.group_size;
  if (size == 0 || members % size != 0) {
    refuse(request, std::to_string(members) + " ranks do not make whole groups of " + std::to_string(size),
           "choose a \"group_size\" that divides the number of ranks");
  }
  Groups groups(members / size);
  for (std::uint32_t member = 0; member < members; ++member) groups[member / size].push_back(member);
  return groups;
}

Groups groups_by_node(const CollectiveRequest& request, const CollectiveGround& ground) {
  Groups groups;
  std::map<std::uint32_t, std::size_t> group_of;  // node
  for (std::uint32_t member = 0; member < ground.members.size(); ++member) {
    const topology::Vertex& vertex = ground.fleet.vertex(ground.members[member]);
    if (!vertex.place.node) {
      refuse(request,
             "algorithm '" + request.algorithm +
                 "' needs to know the nodes of ranks, and the fleet does not say in "
                 "which one device '" +
                 excerpt(vertex.name) + "' is",
             "state how many ranks in a row share a node, for example \"group_size\": 8");
    }
    const auto [known, is_new] = group_of.emplace(*vertex.place.node, groups.size());
    if (is_new) groups.emplace_back();
    groups[known->second].push_back(member);
  }
  for (const auto& [node, group] : group_of) {
    if (groups[group].size() == groups.front().size()) continue;
    const std::uint32_t first = *ground.fleet.vertex(ground.members[groups.front().front()]).place.node;
    refuse(request,
           "algorithm '" + request.algorithm + "' needs as many ranks in every node, but node " +
               std::to_string(first) + " has " + std::to_string(groups.front().size()) + " of them and node " +
               std::to_string(node) + " has " + std::to_string(groups[group].size()),
           "choose other \"ranks\", or another algorithm");
  }
  return groups;
}

}  // namespace

MemberGrid group_members(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  const Groups groups = request.group_size ? groups_of_size(request, members) : groups_by_node(request, ground);
  MemberGrid grid;
  grid.sides = {static_cast<std::uint32_t>(groups.front().size()), static_cast<std::uint32_t>(groups.size())};
  for (const auto& group : groups) grid.member_at.insert(grid.member_at.end(), group.begin(), group.end());
  return grid;
}

}  // namespace lockstep::workloads
