#include "workloads/collectives/pairwise.hpp"

namespace lockstep::workloads {
namespace {

class Pairwise final : public CollectivePlan {
 public:
  using CollectivePlan::CollectivePlan;

  std::uint64_t length(RankId, StreamId) const override { return shape().members - 1; }
  void fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const override {
    const auto distance = static_cast<std::uint32_t>(position + 1);
    add_swap(op, {rank, after(rank, distance)}, {after(rank, shape().members - distance), rank});
  }
};

}  // namespace

PlanPointer plan_pairwise(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<Pairwise>(shape_of(request, members, members));
}

}  // namespace lockstep::workloads
