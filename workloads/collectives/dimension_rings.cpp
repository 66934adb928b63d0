#include "workloads/collectives/dimension_rings.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace lockstep::workloads {
namespace {

// One dimension of a tour, scattering or gathering.
struct Stage {
  std::uint32_t step = 0;  // which of the tour's dimensions
  bool reduces = false;
};

// The geometry: who passes what to whom, and when.
class TourPlan : public CollectivePlan {
 public:
  TourPlan(CollectiveShape shape, MemberGrid grid, std::vector<RingTour> tours)
      : CollectivePlan(std::move(shape)), grid_(std::move(grid)), tours_(std::move(tours)) {
    for (RingTour& tour : tours_) {
      if (tour.member_at.empty()) tour.member_at = grid_.member_at;
      auto& points = point_of_.emplace_back(tour.member_at.size());
      for (std::uint32_t point = 0; point < points.size(); ++point) points[tour.member_at[point]] = point;
    }
    std::uint32_t stride = 1;
    for (const std::uint32_t side : grid_.sides) {
      strides_.push_back(stride);
      stride *= side;
    }
  }

  std::uint32_t stream_count(RankId) const override { return static_cast<std::uint32_t>(tours_.size()); }
  std::string stream_name(RankId, StreamId stream) const override { return "tour " + std::to_string(stream.value()); }

 protected:
  const RingTour& tour(StreamId stream) const { return tours_[stream.value()]; }
  std::uint32_t side_of(const RingTour& tour, Stage stage) const { return grid_.sides[tour.dimensions[stage.step]]; }
  std::uint32_t coordinate(std::uint32_t point, std::uint32_t dimension) const {
    return point / strides_[dimension] % grid_.sides[dimension];
  }
  std::uint32_t point_of(StreamId stream, RankId member) const { return point_of_[stream.value()][member.value()]; }

  std::uint32_t stage_count() const {
    const auto dimensions = static_cast<std::uint32_t>(grid_.sides.size());
    return shape().operation == Operation::all_reduce ? 2 * dimensions : dimensions;
  }
  Stage stage_at(std::uint32_t index) const {
    const auto dimensions = static_cast<std::uint32_t>(grid_.sides.size());
    const bool reduces = shape().operation != Operation::all_gather && index < dimensions;
    if (reduces) return {index, true};
    return {dimensions - 1 - (index < dimensions ? index : index - dimensions), false};
  }

  // The ring position that is `steps` <= side after `position` in the tour's direction.
  static std::uint32_t after(std::uint32_t position, std::uint32_t steps, std::uint32_t side, Direction direction) {
    return (position + (direction == Direction::backward ? side - steps : steps)) % side;
  }
  // The member that many steps from `point` round the ring of the stage.
  RankId neighbour(const RingTour& tour, Stage stage, std::uint32_t point, std::uint32_t steps) const {
    const std::uint32_t dimension = tour.dimensions[stage.step];
    const std::uint32_t at = coordinate(point, dimension);
    const std::uint32_t to = after(at, steps, grid_.sides[dimension], tour.direction);
    return RankId(tour.member_at[point - at * strides_[dimension] + to * strides_[dimension]]);
  }

  // How many members' blocks make one chunk of the stage.
  std::uint32_t members_in_chunk(const RingTour& tour, Stage stage) const {
    std::uint32_t count = 1;
    for (std::size_t i = stage.step + 1; i < tour.dimensions.size(); ++i) count *= grid_.sides[tour.dimensions[i]];
    return count;
  }
  // Calls with each of those members: they have `point`'s coordinates in the tour's earlier dimensions, `chunk` in the
  // stage's, and any in the later ones.
  template <class Function>
  void for_members_in_chunk(const RingTour& tour, Stage stage, std::uint32_t point, std::uint32_t chunk,
                            Function function) const {
    std::uint32_t first = 0;
    for (std::uint32_t i = 0; i <= stage.step; ++i) {
      const std::uint32_t dimension = tour.dimensions[i];
      first += (i < stage.step ? coordinate(point, dimension) : chunk) * strides_[dimension];
    }
    const std::uint32_t count = members_in_chunk(tour, stage);
    for (std::uint32_t k = 0; k < count; ++k) {
      std::uint32_t at = first;
      std::uint32_t rest = k;
      for (std::size_t i = stage.step + 1; i < tour.dimensions.size(); ++i) {
        const std::uint32_t dimension = tour.dimensions[i];
        at += rest % grid_.sides[dimension] * strides_[dimension];
        rest /= grid_.sides[dimension];
      }
      function(tour.member_at[at]);
    }
  }

 private:
  MemberGrid grid_;
  std::vector<RingTour> tours_;
  std::vector<std::vector<std::uint32_t>> point_of_;  // of each tour, of each member
  std::vector<std::uint32_t> strides_;                // of each dimension
};

class DimensionRings final : public TourPlan {
 public:
  using TourPlan::TourPlan;

  std::uint64_t length(RankId, StreamId stream) const override {
    std::uint64_t rounds = 0;
    for (std::uint32_t i = 0; i < stage_count(); ++i) rounds += side_of(tour(stream), stage_at(i)) - 1;
    return rounds;
  }

  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override {
    const RingTour& tour = this->tour(stream);
    auto round = static_cast<std::uint32_t>(position);
    std::uint32_t index = 0;
    while (round >= side_of(tour, stage_at(index)) - 1) round -= side_of(tour, stage_at(index++)) - 1;
    const Stage stage = stage_at(index);
    const std::uint32_t side = side_of(tour, stage);
    const std::uint32_t point = point_of(stream, rank);
    const std::uint32_t at = coordinate(point, tour.dimensions[stage.step]);
    // As in a single ring: the chunk of one's own coordinate comes last when reducing, and is the first one gathered.
    const std::uint32_t sent = after(at, side - (stage.reduces ? round + 1 : round), side, tour.direction);
    const std::uint32_t received = after(sent, side - 1, side, tour.direction);

    add_send(op, neighbour(tour, stage, point, 1), {}, stream.value());
    for_members_in_chunk(tour, stage, point, sent,
                         [&](std::uint32_t member) { extend_send(op, block(member, stream)); });
    const RankId previous = neighbour(tour, stage, point, side - 1);
    if (!stage.reduces) return add_receive(op, previous, stream.value());
    add_combining_receive(op, previous, {}, stream.value());
    for_members_in_chunk(tour, stage, point, received,
                         [&](std::uint32_t member) { op.reduce += shape().layout.size(block(member, stream)); });
  }

 private:
  BlockRange block(std::uint32_t member, StreamId stream) const {
    return {member * stream_count({}) + stream.value(), 1};
  }
};

class DimensionRingFlows final : public TourPlan {
 public:
  using TourPlan::TourPlan;

  std::uint64_t length(RankId, StreamId) const override { return stage_count(); }

  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override {
    const RingTour& tour = this->tour(stream);
    const Stage stage = stage_at(static_cast<std::uint32_t>(position));
    const std::uint32_t side = side_of(tour, stage);
    const std::uint32_t rounds = side - 1;
    const Bytes moved = rounds * members_in_chunk(tour, stage) * shape().layout.size({0, 1});
    const std::uint32_t point = point_of(stream, rank);
    op.sends.push_back(
        {.peer = neighbour(tour, stage, point, 1), .tag = stream.value(), .bytes = moved, .messages = rounds});
    op.receives.push_back({.peer = neighbour(tour, stage, point, side - 1), .tag = stream.value()});
    if (stage.reduces) op.reduce = moved;
  }
};

template <class Plan>
PlanPointer make_plan(const CollectiveRequest& request, MemberGrid grid, std::vector<RingTour> tours) {
  LOCKSTEP_REQUIRE(!tours.empty());
  const auto members = static_cast<std::uint32_t>(grid.member_at.size());
  const auto parts = static_cast<std::uint32_t>(tours.size());
  CollectiveShape shape = shape_of(request, members, members * parts);
  return std::make_shared<Plan>(std::move(shape), std::move(grid), std::move(tours));
}

}  // namespace

PlanPointer plan_dimension_rings(const CollectiveRequest& request, MemberGrid grid, std::vector<RingTour> tours) {
  return make_plan<DimensionRings>(request, std::move(grid), std::move(tours));
}

PlanPointer plan_dimension_ring_flows(const CollectiveRequest& request, MemberGrid grid, std::vector<RingTour> tours) {
  // Flows are of equal parts, whole elements or not.
  CollectiveRequest divisible = request;
  divisible.element.reset();
  return make_plan<DimensionRingFlows>(divisible, std::move(grid), std::move(tours));
}

std::vector<RingTour> equal_tours(const CollectiveRequest& request, const std::vector<std::uint32_t>& dimensions) {
  std::vector<RingTour> tours;
  for (std::uint32_t channel = 0; channel < request.channels; ++channel) {
    const bool turns_back =
        request.direction == Direction::backward || (request.direction == Direction::alternating && channel % 2 == 1);
    tours.push_back({dimensions, turns_back ? Direction::backward : Direction::forward});
  }
  return tours;
}

}  // namespace lockstep::workloads
