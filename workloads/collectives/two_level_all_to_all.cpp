#include "workloads/collectives/two_level_all_to_all.hpp"

#include "workloads/collectives/member_groups.hpp"
#include "workloads/collectives/request_checks.hpp"

namespace lockstep::workloads {
namespace {

class TwoLevelAllToAll final : public CollectivePlan {
 public:
  TwoLevelAllToAll(CollectiveShape shape, MemberGrid grid) : CollectivePlan(std::move(shape)), grid_(std::move(grid)) {
    point_of_.resize(grid_.member_at.size());
    for (std::uint32_t point = 0; point < point_of_.size(); ++point) point_of_[grid_.member_at[point]] = point;
  }

  std::uint64_t length(RankId, StreamId) const override { return 2; }
  std::string stream_name(RankId, StreamId) const override { return "exchanges"; }

  void fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const override {
    const std::uint32_t point = point_of_[rank.value()];
    const std::uint32_t rail = point % rails();
    const std::uint32_t node = point / rails();
    const auto tag = static_cast<Tag>(position);
    if (position == 0) {
      // Each begins with its next neighbour, so that at single ports nobody waits.
      for (std::uint32_t step = 1; step < rails(); ++step) {
        const std::uint32_t to = (rail + step) % rails();
        add_send(op, RankId(member_at(to, node)), {}, tag);
        for (std::uint32_t other = 0; other < nodes(); ++other) {
          extend_send(op, block(rank.value(), member_at(to, other)));
        }
        add_receive(op, RankId(member_at((rail + rails() - step) % rails(), node)), tag);
      }
      return;
    }
    for (std::uint32_t step = 1; step < nodes(); ++step) {
      const std::uint32_t to = member_at(rail, (node + step) % nodes());
      add_send(op, RankId(to), {}, tag);
      for (std::uint32_t from = 0; from < rails(); ++from) extend_send(op, block(member_at(from, node), to));
      add_receive(op, RankId(member_at(rail, (node + nodes() - step) % nodes())), tag);
    }
  }

 private:
  std::uint32_t rails() const { return grid_.sides[0]; }
  std::uint32_t nodes() const { return grid_.sides[1]; }
  std::uint32_t member_at(std::uint32_t rail, std::uint32_t node) const {
    return grid_.member_at[node * rails() + rail];
  }
  BlockRange block(std::uint32_t from, std::uint32_t to) const { return {from * shape().members + to, 1}; }

  MemberGrid grid_;
  std::vector<std::uint32_t> point_of_;  // of each member
};

}  // namespace

PlanPointer plan_two_level_all_to_all(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<TwoLevelAllToAll>(shape_of(request, members, members), group_members(request, ground));
}

}  // namespace lockstep::workloads
