#include "workloads/collectives/pat.hpp"

#include <bit>
#include <cmath>

namespace lockstep::workloads {
namespace {

// A message of all-gather carries at most so many bytes of aggregated shares: NCCL's buffer of a connection
// (NCCL_BUFFSIZE, 4 MiB unless set).
constexpr Bytes most_aggregated(4.0 * 1024 * 1024);

// In the tree of a share, place v is the member v after the share's own, and hears from the place without the lowest
// bit of v. All trees take the same steps: first, `aggregated` places get the share in steps that double their number;
// then the subtrees below these are walked through side by side, depth first, so that few shares wait to be passed on.
// Reduce-scatter takes the steps backwards.
class ParallelTrees final : public CollectivePlan {
 public:
  explicit ParallelTrees(CollectiveShape shape) : CollectivePlan(std::move(shape)) {
    const auto dimensions = static_cast<std::uint32_t>(std::bit_width(this->shape().members - 1));
    const Bytes share = this->shape().layout.size(this->shape().share(0));
    while (doublings_ + 1 < dimensions && share * std::exp2(doublings_ + 1) <= most_aggregated) ++doublings_;
    subtree_ = 1U << (dimensions - doublings_);
  }

  std::uint64_t length(RankId, StreamId) const override { return doublings_ + subtree_ - 1; }

  void fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const override {
    const bool reduces = shape().reduces();
    const Hop hop = this->hop(static_cast<std::uint32_t>(reduces ? length(rank, StreamId()) - 1 - position : position));
    const std::uint32_t members = shape().members;
    // Without doublings a subtree may have more places than there are members.
    if (hop.first + hop.distance >= members) return;
    const RankId ahead = after(rank, hop.distance);
    const RankId behind = after(rank, members - hop.distance);
    // Of an all-gather the member is place v, of a reduce-scatter the place that v told.
    add_send(op, reduces ? behind : ahead, {});
    for (std::uint32_t v = hop.first; v + hop.distance < members; v += hop.stride) {
      const std::uint32_t place = reduces ? v + hop.distance : v;
      extend_send(op, shape().share(after(rank, members - place).value()));
      if (reduces) op.reduce += shape().layout.size(shape().share(after(rank, members - v).value()));
    }
    op.receives.push_back({.peer = reduces ? ahead : behind, .arrival = reduces ? Arrival::combine : Arrival::replace});
  }

 private:
  // A step: places first, first + stride, … send to those `distance` after them.
  struct Hop {
    std::uint32_t first;
    std::uint32_t stride;
    std::uint32_t distance;
  };

  Hop hop(std::uint32_t step) const {
    if (step < doublings_) {
      const std::uint32_t distance = subtree_ << (doublings_ - 1 - step);
      return {0, 2 * distance, distance};
    }
    // The subtree of `size` places from `first` on: its farthest child, that child's subtree, then the rest.
    std::uint32_t left = step - doublings_;
    std::uint32_t first = 0;
    std::uint32_t size = subtree_;
    while (left > 0) {
      size /= 2;
      --left;
      if (left < size - 1) {
        first += size;
      } else {
        left -= size - 1;
      }
    }
    return {first, subtree_, size / 2};
  }

  std::uint32_t doublings_ = 0;
  std::uint32_t subtree_ = 1;  // places
};

}  // namespace

PlanPointer plan_pat(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<ParallelTrees>(shape_of(request, members, members));
}

}  // namespace lockstep::workloads
