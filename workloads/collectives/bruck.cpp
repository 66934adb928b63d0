#include "workloads/collectives/bruck.hpp"

#include <bit>

namespace lockstep::workloads {
namespace {

class Bruck final : public CollectivePlan {
 public:
  using CollectivePlan::CollectivePlan;

  std::uint64_t length(RankId, StreamId) const override {
    return static_cast<std::uint64_t>(std::bit_width(shape().members - 1));
  }
  void fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const override {
    const std::uint32_t distance = 1U << position;
    shape().operation == Operation::all_to_all ? pass_on(op, rank, distance) : gather(op, rank, distance);
  }

 private:
  // What has j members to go in all is under way at `rank` when it has made the steps of the lower bits of j.
  void pass_on(Op& op, RankId rank, std::uint32_t distance) const {
    const std::uint32_t members = shape().members;
    add_send(op, after(rank, distance), {});
    for (std::uint32_t way = distance; way < members; way = (way + 1) | distance) {
      const RankId source = after(rank, members - (way & (distance - 1)));
      extend_send(op, {source.value() * members + after(source, way).value(), 1});
    }
    add_receive(op, after(rank, members - distance));
  }
  // A member has its own share and those after it.
  void gather(Op& op, RankId rank, std::uint32_t distance) const {
    const std::uint32_t members = shape().members;
    add_share_send(op, after(rank, members - distance), {rank.value(), std::min(distance, members - distance)});
    add_receive(op, after(rank, distance));
  }
};

}  // namespace

PlanPointer plan_bruck(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<Bruck>(shape_of(request, members, members));
}

}  // namespace lockstep::workloads
