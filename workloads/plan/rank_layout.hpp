#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "workloads/plan/parallel_plan.hpp"
#include "workloads/step_program/op.hpp"

namespace lockstep::workloads {

// Ranks that communicate. All but `embedding` divide the ranks among them.
enum class GroupKind : std::uint8_t {
  tensor,
  context,
  data,
  data_context,  // same dense weights: where gradients are summed
  pipeline,
  expert,         // hold different experts of one layer: all-to-all
  expert_tensor,  // share each of their experts
  expert_data,    // same experts: where their gradients are summed
  embedding,      // first and last stage, which both hold tied embeddings
  shard,          // share one copy of what ZeRO shards: neighbours in data_context
  replica,        // hold the same shard
  expert_shard,   // the same of experts, in expert_data
  expert_replica,
  mirror,  // hold the same chunks where two copies of the model run towards each other
  world
};
std::span<const GroupKind> group_kinds();
const char* to_text(GroupKind kind);

// Where a rank stands. The dense layers' coordinates are tensor, context, data, pipeline; in expert layers those of the
// same stage are regrouped into expert_tensor, expert, expert_data.
struct Coordinates {
  std::uint32_t tensor = 0;
  std::uint32_t context = 0;
  std::uint32_t data = 0;
  std::uint32_t pipeline = 0;
  std::uint32_t expert_tensor = 0;
  std::uint32_t expert = 0;
  std::uint32_t expert_data = 0;
  friend bool operator==(const Coordinates&, const Coordinates&) = default;
};

// Which rank does what: a pure function of the plan, as in Megatron-LM (megatron/core/parallel_state.py,
// RankGenerator): ranks count through the axes in the plan's order, the first the fastest, once without the expert axis
// and once for expert layers without the context axis, where data is what remains. Requires a legal plan.
class RankLayout {
 public:
  explicit RankLayout(const ParallelPlan& plan);

  std::uint32_t rank_count() const { return rank_count_; }
  Coordinates coordinates(RankId rank) const;
  // The rank at these tensor, context, data and pipeline coordinates.
  RankId rank_at(const Coordinates& dense) const;

  // The group of that kind that the rank is in, in group order; empty where it is in none.
  std::vector<RankId> group(GroupKind kind, RankId rank) const;
  // All groups of that kind, in the order of their first members. Those of one rank are listed too.
  std::vector<std::vector<RankId>> groups(GroupKind kind) const;

 private:
  struct Digits {
    std::array<std::uint32_t, axis_count> size = {1, 1, 1, 1, 1};  // by axis
    std::array<std::uint32_t, axis_count> stride = {};
    std::uint32_t digit(Axis axis, std::uint32_t rank) const;
  };
  Digits count_through(std::array<std::uint32_t, axis_count> size) const;
  std::vector<RankId> vary(const Digits& digits, std::initializer_list<Axis> axes, RankId rank) const;
  std::vector<RankId> embedding_group(RankId rank) const;
  std::vector<RankId> mirror_group(RankId rank) const;

  AxisOrder order_;
  std::uint32_t rank_count_;
  std::uint32_t shard_ranks_;
  std::uint32_t expert_shard_ranks_;
  Digits dense_;
  Digits expert_;
};

}  // namespace lockstep::workloads
