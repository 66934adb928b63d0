#include "workloads/memory/remedies.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace lockstep::workloads {
namespace {

constexpr std::size_t most_remedies = 5;

// Changes the job, or says that there is nothing to change. Returns the change in words.
using Change = std::optional<std::string> (*)(Execution& execution);

template <class Value>
std::optional<std::string> set(Value& field, const Value& value, const std::string& words) {
  if (field == value) return std::nullopt;
  field = value;
  return words;
}

std::optional<std::string> divide_sequences(Execution& execution) {
  if (execution.plan.tensor == 1) return std::nullopt;
  return set(execution.plan.sequence_parallel, true, "sequence_parallel: true");
}

std::optional<std::string> use_flash_attention(Execution& execution) {
  return set(execution.attention, AttentionKernel::flash, "attention: flash");
}

std::optional<std::string> recompute_selectively(Execution& execution) {
  const bool has_scores = execution.attention == AttentionKernel::unfused;
  if (!has_scores || execution.recompute != Recompute::none) return std::nullopt;
  return set(execution.recompute, Recompute::selective, "recompute: selective");
}

template <std::uint32_t stage>
std::optional<std::string> shard(Execution& execution) {
  if (execution.plan.zero >= stage || execution.plan.gradient_ranks() == 1) return std::nullopt;
  return set(execution.plan.zero, stage, "zero: " + std::to_string(stage));
}

std::optional<std::string> shard_among_all(Execution& execution) {
  if (!execution.plan.shard_ranks) return std::nullopt;
  execution.plan.shard_ranks.reset();
  return "shard_ranks: all";
}

std::optional<std::string> halve_microbatch(Execution& execution) {
  if (execution.microbatch % 2 != 0) return std::nullopt;
  execution.microbatch /= 2;
  return "microbatch: " + std::to_string(execution.microbatch);
}

std::optional<std::string> recompute_fully(Execution& execution) {
  return set(execution.recompute, Recompute::full, "recompute: full");
}

// Twice as many ranks share what replicas had for themselves.
template <std::uint32_t ParallelPlan::*axis>
std::optional<std::string> double_axis(Execution& execution, const std::string& name) {
  ParallelPlan& plan = execution.plan;
  if (plan.data % 2 != 0) return std::nullopt;
  plan.data /= 2;
  plan.*axis *= 2;
  if (plan.shard_ranks) plan.shard_ranks = std::nullopt;
  plan.stage_layers.clear();
  return name + ": " + std::to_string(plan.*axis) + ", data: " + std::to_string(plan.data);
}
std::optional<std::string> double_tensor(Execution& execution) {
  return double_axis<&ParallelPlan::tensor>(execution, "tensor");
}
std::optional<std::string> double_pipeline(Execution& execution) {
  return double_axis<&ParallelPlan::pipeline>(execution, "pipeline");
}
std::optional<std::string> double_context(Execution& execution) {
  return double_axis<&ParallelPlan::context>(execution, "context");
}

// The mildest first: what costs no time, then what costs communication, then what costs work.
constexpr std::array<Change, 12> changes = {
    divide_sequences, use_flash_attention, shard<1>,        recompute_selectively,
    shard<2>,         halve_microbatch,    shard_among_all, shard<3>,
    recompute_fully,  double_pipeline,     double_tensor,   double_context};

class Search {
 public:
  Search(const MemoryRequest& request, const PlanDuty& duty, Bytes usable, const InFlightOf& in_flight)
      : request_(request), duty_(duty), usable_(usable), in_flight_(in_flight) {}

  std::vector<Remedy> search() {
    for (const Change change : changes) try_changes({&change, 1});
    if (!found_.empty()) return std::move(found_);
    for (std::size_t first = 0; first < changes.size(); ++first) {
      for (std::size_t second = 0; second < changes.size(); ++second) {
        // Either order of two different changes is the same job; one may be made twice.
        if (second >= first) try_changes(std::array{changes.at(first), changes.at(second)});
      }
    }
    return std::move(found_);
  }

 private:
  void try_changes(std::span<const Change> some) {
    if (found_.size() == most_remedies) return;
    Remedy remedy{.execution = request_.execution};
    for (const Change change : some) {
      const std::optional<std::string> words = change(remedy.execution);
      if (!words) return;
      remedy.change += (remedy.change.empty() ? "" : " and ") + *words;
    }
    PlanDuty duty = duty_;
    duty.microbatch = remedy.execution.microbatch;
    if (!problems_of(remedy.execution.plan, duty).empty()) return;
    MemoryRequest changed = request_;
    changed.execution = remedy.execution;
    auto in_flight = in_flight_(remedy.execution.plan, microbatches_of(remedy.execution.plan, duty));
    if (!in_flight) return;
    changed.in_flight = std::move(*in_flight);
    remedy.largest = largest_of(memory_of(changed));
    if (remedy.largest <= usable_) found_.push_back(std::move(remedy));
  }

  const MemoryRequest& request_;
  const PlanDuty& duty_;
  Bytes usable_;
  const InFlightOf& in_flight_;
  std::vector<Remedy> found_;
};

}  // namespace

std::vector<Remedy> find_remedies(const MemoryRequest& request, const PlanDuty& duty, Bytes usable,
                                  const InFlightOf& in_flight) {
  return Search(request, duty, usable, in_flight).search();
}

Bytes largest_of(const std::vector<StageMemory>& stages) {
  Bytes largest(0);
  for (const StageMemory& stage : stages) largest = std::max(largest, stage.total());
  return largest;
}

}  // namespace lockstep::workloads
