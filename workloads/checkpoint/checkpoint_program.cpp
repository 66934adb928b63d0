#include "workloads/checkpoint/checkpoint_program.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "topology/storage.hpp"
#include "workloads/plan/placement.hpp"

namespace lockstep::workloads {
namespace {

using topology::Fleet;
using topology::VertexId;

std::vector<VertexId> storage_of(const Fleet& fleet) {
  std::vector<VertexId> servers = topology::storage_servers(fleet);
  if (!servers.empty()) return servers;
  throw InputError({.where = fleet.name(),
                    .problem = "the fleet has no storage that a checkpoint could be saved to or loaded from",
                    .suggestion = "add for example \"storage\": {\"bandwidth\": \"1 TB/s\", \"servers\": 4} to the "
                                  "fleet, or let \"peers\" keep it in their memory"});
}

// The rank at the same place of the next node.
std::vector<RankId> ranks_of_next_nodes(const Fleet& fleet, const std::vector<VertexId>& devices) {
  const std::vector<std::uint32_t> nodes = nodes_of(fleet, devices);
  std::map<std::uint32_t, std::vector<RankId>> by_node;
  for (std::size_t rank = 0; rank < devices.size(); ++rank) by_node[nodes[rank]].emplace_back(rank);
  if (by_node.size() < 2) {
    throw InputError({.where = fleet.name(),
                      .problem = "all ranks are on one node, so no other could keep a copy of what they hold",
                      .suggestion = "use two nodes or more, or save to a storage"});
  }
  const std::size_t size = by_node.begin()->second.size();
  std::vector<RankId> next(devices.size());
  for (auto& [node, ranks] : by_node) {
    if (ranks.size() != size) {
      throw InputError({.where = fleet.name(),
                        .problem = "nodes have unequal numbers of ranks, so not every rank has one at the same place "
                                   "of the next node",
                        .suggestion = "fill all nodes equally"});
    }
    std::sort(ranks.begin(), ranks.end(), [&](RankId a, RankId b) { return devices[a.value()] < devices[b.value()]; });
  }
  for (auto node = by_node.begin(); node != by_node.end(); ++node) {
    const auto& keepers = std::next(node) == by_node.end() ? by_node.begin()->second : std::next(node)->second;
    for (std::size_t place = 0; place < size; ++place) next[node->second[place].value()] = keepers[place];
  }
  return next;
}

}  // namespace

const char* to_text(CheckpointDirection direction) {
  switch (direction) {
    case CheckpointDirection::save:
      return "save";
    case CheckpointDirection::load:
      return "load";
    case CheckpointDirection::peers:
      return "peers";
  }
  return "";
}

const char* to_text(CheckpointLayout layout) {
  return layout == CheckpointLayout::striped ? "striped" : "round_robin";
}

CheckpointProgram::CheckpointProgram(const CheckpointLoad& load, const Fleet& fleet,
                                     const std::vector<VertexId>& devices, const CheckpointTraffic& traffic)
    : traffic_(traffic), bytes_(traffic.direction == CheckpointDirection::load ? load.loaded : load.written) {
  LOCKSTEP_REQUIRE(bytes_.size() == devices.size());
  if (traffic.direction == CheckpointDirection::load) traffic_.snapshot.reset();
  if (traffic.direction != CheckpointDirection::peers) {
    servers_ = storage_of(fleet);
    return;
  }
  keeper_ = ranks_of_next_nodes(fleet, devices);
  kept_.resize(keeper_.size());
  for (std::size_t rank = 0; rank < keeper_.size(); ++rank) kept_[keeper_[rank].value()] = RankId(rank);
}

std::uint64_t CheckpointProgram::length(RankId rank, StreamId) const {
  return copies_first(rank) ? 2 : 1;
}

void CheckpointProgram::fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const {
  if (copies_first(rank) && position == 0) {
    op.kind = OpKind::compute;
    op.work.nominal = bytes_[rank.value()] / *traffic_.snapshot;
  } else if (rank.value() < first_agent()) {
    exchange_of_rank(rank.value(), op);
  } else {
    exchange_of_server(rank.value() - first_agent(), op);
  }
}

void CheckpointProgram::exchange_of_rank(std::uint32_t rank, Op& op) const {
  if (!keeper_.empty()) {
    if (bytes_[rank] > Bytes(0)) op.sends.push_back({.peer = keeper_[rank], .bytes = bytes_[rank]});
    const RankId kept = kept_[rank];
    if (bytes_[kept.value()] > Bytes(0)) op.receives.push_back({.peer = kept});
    return;
  }
  for (std::uint32_t server = 0; server < servers_.size(); ++server) {
    const Bytes bytes = part(rank, server);
    if (!(bytes > Bytes(0))) continue;
    const RankId peer(first_agent() + server);
    if (traffic_.direction == CheckpointDirection::save) {
      op.sends.push_back({.peer = peer, .bytes = bytes});
    } else {
      op.receives.push_back({.peer = peer});
    }
  }
}

void CheckpointProgram::exchange_of_server(std::uint32_t server, Op& op) const {
  for (std::uint32_t rank = 0; rank < first_agent(); ++rank) {
    const Bytes bytes = part(rank, server);
    if (!(bytes > Bytes(0))) continue;
    if (traffic_.direction == CheckpointDirection::save) {
      op.receives.push_back({.peer = RankId(rank)});
    } else {
      op.sends.push_back({.peer = RankId(rank), .bytes = bytes});
    }
  }
}

Bytes CheckpointProgram::part(std::uint32_t rank, std::uint32_t server) const {
  const auto servers = static_cast<std::uint32_t>(servers_.size());
  if (traffic_.layout == CheckpointLayout::striped) return bytes_[rank] / static_cast<double>(servers);
  return rank % servers == server ? bytes_[rank] : Bytes(0);
}

std::string CheckpointProgram::stream_name(RankId, StreamId) const {
  return "checkpoint";
}

Bytes CheckpointProgram::total_bytes() const {
  return std::accumulate(bytes_.begin(), bytes_.end(), Bytes(0));
}

}  // namespace lockstep::workloads
