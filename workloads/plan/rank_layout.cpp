#include "workloads/plan/rank_layout.hpp"

#include <algorithm>

namespace lockstep::workloads {
namespace {

constexpr std::array kinds = {GroupKind::tensor,         GroupKind::context,     GroupKind::data,
                              GroupKind::data_context,   GroupKind::pipeline,    GroupKind::expert,
                              GroupKind::expert_tensor,  GroupKind::expert_data, GroupKind::embedding,
                              GroupKind::shard,          GroupKind::replica,     GroupKind::expert_shard,
                              GroupKind::expert_replica, GroupKind::mirror,      GroupKind::world};
constexpr std::array kind_names = {"tensor",  "context",       "data",           "data_context", "pipeline",
                                   "expert",  "expert_tensor", "expert_data",    "embedding",    "shard",
                                   "replica", "expert_shard",  "expert_replica", "mirror",       "world"};

constexpr std::size_t index_of(Axis axis) {
  return static_cast<std::size_t>(axis);
}

std::size_t place_in(const std::vector<RankId>& all, RankId rank) {
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), rank) - all.begin());
}

// Of `all`, cut into runs of `size`: the run that the rank is in, and those who have its place in their runs.
std::vector<RankId> neighbours(const std::vector<RankId>& all, RankId rank, std::uint32_t size) {
  const std::size_t place = place_in(all, rank);
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(place - place % size);
  return {first, first + size};
}
std::vector<RankId> namesakes(const std::vector<RankId>& all, RankId rank, std::uint32_t size) {
  std::vector<RankId> members;
  for (std::size_t i = place_in(all, rank) % size; i < all.size(); i += size) members.push_back(all[i]);
  return members;
}

}  // namespace

std::span<const GroupKind> group_kinds() {
  return kinds;
}

const char* to_text(GroupKind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}

std::uint32_t RankLayout::Digits::digit(Axis axis, std::uint32_t rank) const {
  return rank / stride[index_of(axis)] % size[index_of(axis)];
}

RankLayout::Digits RankLayout::count_through(std::array<std::uint32_t, axis_count> size) const {
  Digits digits{.size = size};
  std::uint32_t stride = 1;
  for (const Axis axis : order_) {
    digits.stride[index_of(axis)] = stride;
    stride *= size[index_of(axis)];
  }
  return digits;
}

RankLayout::RankLayout(const ParallelPlan& plan)
    : order_(plan.order),
      rank_count_(static_cast<std::uint32_t>(plan.ranks())),
      shard_ranks_(static_cast<std::uint32_t>(plan.sharding_ranks())),
      expert_shard_ranks_(static_cast<std::uint32_t>(plan.expert_sharding_ranks())),
      dense_(count_through({plan.tensor, plan.context, 1, plan.data, plan.pipeline})),
      expert_(count_through({plan.tensor_of_experts(), 1, plan.expert,
                             static_cast<std::uint32_t>(plan.expert_gradient_ranks()), plan.pipeline})) {}

Coordinates RankLayout::coordinates(RankId rank) const {
  const std::uint32_t number = rank.value();
  return {.tensor = dense_.digit(Axis::tensor, number),
          .context = dense_.digit(Axis::context, number),
          .data = dense_.digit(Axis::data, number),
          .pipeline = dense_.digit(Axis::pipeline, number),
          .expert_tensor = expert_.digit(Axis::tensor, number),
          .expert = expert_.digit(Axis::expert, number),
          .expert_data = expert_.digit(Axis::data, number)};
}

RankId RankLayout::rank_at(const Coordinates& dense) const {
  return RankId(std::size_t{dense.tensor} * dense_.stride[index_of(Axis::tensor)] +
                std::size_t{dense.context} * dense_.stride[index_of(Axis::context)] +
                std::size_t{dense.data} * dense_.stride[index_of(Axis::data)] +
                std::size_t{dense.pipeline} * dense_.stride[index_of(Axis::pipeline)]);
}

// All ranks that differ from `rank` only along `axes`, counted through in the plan's order.
std::vector<RankId> RankLayout::vary(const Digits& digits, std::initializer_list<Axis> axes, RankId rank) const {
  std::uint32_t origin = rank.value();
  for (const Axis axis : axes) origin -= digits.digit(axis, rank.value()) * digits.stride[index_of(axis)];
  std::vector<RankId> members = {RankId(origin)};
  for (const Axis axis : order_) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) continue;
    const std::size_t before = members.size();
    for (std::uint32_t step = 1; step < digits.size[index_of(axis)]; ++step) {
      for (std::size_t i = 0; i < before; ++i) {
        members.emplace_back(std::size_t{members[i].value()} + std::size_t{step} * digits.stride[index_of(axis)]);
      }
    }
  }
  return members;
}

std::vector<RankId> RankLayout::embedding_group(RankId rank) const {
  std::vector<RankId> stages = vary(dense_, {Axis::pipeline}, rank);
  if (rank != stages.front() && rank != stages.back()) return {};
  if (stages.size() == 1) return stages;
  return {stages.front(), stages.back()};
}

std::vector<RankId> RankLayout::mirror_group(RankId rank) const {
  const std::vector<RankId> stages = vary(dense_, {Axis::pipeline}, rank);
  const auto place = static_cast<std::size_t>(std::find(stages.begin(), stages.end(), rank) - stages.begin());
  const std::size_t opposite = stages.size() - 1 - place;
  if (opposite == place) return {rank};
  return {stages[std::min(place, opposite)], stages[std::max(place, opposite)]};
}

std::vector<RankId> RankLayout::group(GroupKind kind, RankId rank) const {
  switch (kind) {
    case GroupKind::tensor:
      return vary(dense_, {Axis::tensor}, rank);
    case GroupKind::context:
      return vary(dense_, {Axis::context}, rank);
    case GroupKind::data:
      return vary(dense_, {Axis::data}, rank);
    case GroupKind::data_context:
      return vary(dense_, {Axis::data, Axis::context}, rank);
    case GroupKind::pipeline:
      return vary(dense_, {Axis::pipeline}, rank);
    case GroupKind::expert:
      return vary(expert_, {Axis::expert}, rank);
    case GroupKind::expert_tensor:
      return vary(expert_, {Axis::tensor}, rank);
    case GroupKind::expert_data:
      return vary(expert_, {Axis::data}, rank);
    case GroupKind::embedding:
      return embedding_group(rank);
    case GroupKind::shard:
      return neighbours(vary(dense_, {Axis::data, Axis::context}, rank), rank, shard_ranks_);
    case GroupKind::replica:
      return namesakes(vary(dense_, {Axis::data, Axis::context}, rank), rank, shard_ranks_);
    case GroupKind::expert_shard:
      return neighbours(vary(expert_, {Axis::data}, rank), rank, expert_shard_ranks_);
    case GroupKind::expert_replica:
      return namesakes(vary(expert_, {Axis::data}, rank), rank, expert_shard_ranks_);
    case GroupKind::mirror:
      return mirror_group(rank);
    case GroupKind::world:
      return vary(dense_, {Axis::tensor, Axis::context, Axis::data, Axis::pipeline}, rank);
  }
  return {};
}

std::vector<std::vector<RankId>> RankLayout::groups(GroupKind kind) const {
  std::vector<std::vector<RankId>> found;
  for (std::uint32_t number = 0; number < rank_count_; ++number) {
    std::vector<RankId> members = group(kind, RankId(number));
    if (!members.empty() && members.front() == RankId(number)) found.push_back(std::move(members));
  }
  return found;
}

}  // namespace lockstep::workloads
