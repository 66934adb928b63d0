#include "workloads/training/memory_verdict.hpp"

#include <algorithm>

#include "base/contract.hpp"
#include "base/unit_text.hpp"

namespace lockstep::workloads {
namespace {

// Of each stage, the memory of the smallest device that one of its ranks runs on.
std::vector<std::optional<Bytes>> memory_of_stages(const ParallelPlan& plan, const topology::Fleet& fleet,
                                                   const std::vector<topology::VertexId>& devices) {
  const RankLayout layout(plan);
  std::vector<std::optional<Bytes>> smallest(plan.pipeline);
  std::vector<bool> is_silent(plan.pipeline);
  for (std::uint32_t rank = 0; rank < layout.rank_count(); ++rank) {
    const std::uint32_t stage = layout.coordinates(RankId(rank)).pipeline;
    const auto& memory = fleet.device_models()[fleet.vertex(devices[rank]).model.value()].memory;
    if (!memory) {
      is_silent[stage] = true;
    } else if (!smallest[stage] || *memory < *smallest[stage]) {
      smallest[stage] = memory;
    }
  }
  for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
    if (is_silent[stage]) smallest[stage].reset();
  }
  return smallest;
}

const StageRoom& tightest(const MemoryVerdict& verdict) {
  const auto lacking = [](const StageRoom& room) {
    return room.is_too_small() ? room.needed.total() - *room.usable : Bytes(0);
  };
  return *std::max_element(verdict.stages.begin(), verdict.stages.end(),
                           [&](const StageRoom& a, const StageRoom& b) { return lacking(a) < lacking(b); });
}

}  // namespace

std::optional<bool> MemoryVerdict::fits() const {
  bool is_known = true;
  for (const StageRoom& room : stages) {
    if (room.is_too_small()) return false;
    is_known = is_known && room.usable;
  }
  if (!is_known) return std::nullopt;
  return true;
}

std::optional<Bytes> MemoryVerdict::usable() const {
  std::optional<Bytes> least;
  for (const StageRoom& room : stages) {
    if (room.usable && (!least || *room.usable < *least)) least = room.usable;
  }
  return least;
}

MemoryVerdict judge_memory(const TrainingSpec& spec, const InFlightOf& in_flight, const topology::Fleet& fleet,
                           const std::vector<topology::VertexId>& devices) {
  const ParallelPlan& plan = spec.execution.plan;
  auto held = in_flight(plan, spec.most_microbatches());
  LOCKSTEP_REQUIRE(held.has_value());
  MemoryRequest request = spec.memory_request(std::move(*held));
  if (spec.routing.kind == RoutingKind::hot) request.execution.expert_load = spec.routing.factor;
  const auto memory = memory_of_stages(plan, fleet, devices);
  MemoryVerdict verdict;
  for (const StageMemory& needed : memory_of(request)) {
    StageRoom& room = verdict.stages.emplace_back(StageRoom{.needed = needed});
    if (const auto& whole = memory[verdict.stages.size() - 1]) room.usable = spec.usable_memory(*whole);
  }
  if (verdict.fits().value_or(true)) return verdict;
  verdict.remedies = find_remedies(request, spec.duty(), *verdict.usable(), in_flight);
  return verdict;
}

std::string explain(const MemoryVerdict& verdict) {
  if (verdict.fits().value_or(true)) return "";
  const auto too_small = std::count_if(verdict.stages.begin(), verdict.stages.end(),
                                       [](const StageRoom& room) { return room.is_too_small(); });
  const StageRoom& worst = tightest(verdict);
  std::string text = "out of memory: a rank of stage " + std::to_string(&worst - verdict.stages.data()) + " needs " +
                     to_text(worst.needed.total()) + " and can use " + to_text(*worst.usable) + " of its device";
  if (too_small > 1) {
    text += "; " + counted(static_cast<std::uint64_t>(too_small), "stage") + " of " +
            std::to_string(verdict.stages.size()) + " do not fit";
  }
  if (verdict.remedies.empty()) {
    return text + "; nothing that was tried makes it fit on as many devices, so it needs more of them, or larger ones";
  }
  text += "; it fits with";
  for (std::size_t i = 0; i < verdict.remedies.size(); ++i) {
    const Remedy& remedy = verdict.remedies[i];
    const char* const before = i == 0 ? " " : i + 1 < verdict.remedies.size() ? "; " : "; or ";
    text += before + remedy.change + " (" + to_text(remedy.largest) + ")";
  }
  return text;
}

}  // namespace lockstep::workloads
