#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "topology/fleet_builder.hpp"
#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads::testing {

// A plan that is written out, so that tests can make one up or damage one.
class ListedPlan final : public CollectivePlan {
 public:
  struct Stream {
    StreamOrder order = StreamOrder::in_turn;
    std::vector<Op> ops;
  };

  ListedPlan(CollectiveShape shape, std::uint32_t agents = 0)
      : CollectivePlan(std::move(shape)), participants(this->shape().members + agents) {}

  static ListedPlan copy_of(const CollectivePlan& plan) {
    ListedPlan copy(plan.shape(), plan.rank_count() - plan.first_agent());
    for (std::uint32_t rank = 0; rank < plan.rank_count(); ++rank) {
      for (std::uint32_t stream = 0; stream < plan.stream_count(RankId(rank)); ++stream) {
        Stream listed{plan.order(RankId(rank), StreamId(stream)), {}};
        listed.ops.resize(plan.length(RankId(rank), StreamId(stream)));
        for (std::size_t i = 0; i < listed.ops.size(); ++i) {
          plan.fetch(RankId(rank), StreamId(stream), i, listed.ops[i]);
        }
        copy.participants[rank].push_back(std::move(listed));
      }
    }
    return copy;
  }

  std::uint32_t rank_count() const override { return static_cast<std::uint32_t>(participants.size()); }
  std::uint32_t first_agent() const override { return shape().members; }
  std::uint32_t stream_count(RankId rank) const override {
    return static_cast<std::uint32_t>(participants[rank.value()].size());
  }
  StreamOrder order(RankId rank, StreamId stream) const override {
    return participants[rank.value()][stream.value()].order;
  }
  std::uint64_t length(RankId rank, StreamId stream) const override {
    return participants[rank.value()][stream.value()].ops.size();
  }
  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override {
    op = participants[rank.value()][stream.value()].ops[position];
  }

  std::vector<std::vector<Stream>> participants;
};

// The plan of a request among so many members, who stand on no network.
inline PlanPointer plan_for(const CollectiveRequest& request, std::uint32_t members,
                            Fidelity fidelity = Fidelity::message) {
  static const topology::Fleet nowhere = [] {
    topology::FleetBuilder builder("nowhere");
    builder.add_device("somewhere");
    return builder.build();
  }();
  const std::vector<topology::VertexId> places(members);
  return plan_collective(request, {nowhere, places}, fidelity);
}

}  // namespace lockstep::workloads::testing
