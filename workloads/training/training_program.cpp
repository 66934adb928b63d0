#include "workloads/training/training_program.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/contract.hpp"
#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

Pass pass_of(Action action) {
  switch (action) {
    case Action::forward:
      return Pass::forward;
    case Action::backward:
      return Pass::backward;
    case Action::input_gradient:
      return Pass::input_gradient;
    case Action::weight_gradient:
      return Pass::weight_gradient;
    default:
      return Pass::none;
  }
}

// Hops are all that the schedule's own program decides of messages; how long tasks take, scripts say.
ScheduleTimes hop_times(const StepCosts& costs) {
  ScheduleTimes times;
  times.transfer = costs.hop ? Seconds(0) : costs.hop_delay;
  return times;
}

// The tasks of a stage's list by what their scripts are.
std::vector<ScriptTask> script_tasks(const Schedule& schedule, const std::vector<Task>& tasks) {
  std::vector<ScriptTask> list(tasks.size());
  std::set<std::uint32_t> begun;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const std::uint32_t chunk = tasks[i].chunk % schedule.stages();
    list[i] = {.chunk = chunk, .pass = pass_of(tasks[i].action)};
    if (list[i].pass == Pass::forward) list[i].is_first = begun.insert(chunk).second;
  }
  std::set<std::uint32_t> ended;
  for (std::size_t i = tasks.size(); i-- > 0;) {
    const bool has_gradients = list[i].pass == Pass::backward || list[i].pass == Pass::weight_gradient;
    if (has_gradients) list[i].is_last = ended.insert(list[i].chunk).second;
  }
  return list;
}

}  // namespace

TrainingProgram::TrainingProgram(TrainingSpec spec, std::shared_ptr<const Schedule> schedule, TrainingGround ground,
                                 const CostsOfRank& costs)
    : spec_(std::move(spec)),
      ground_(std::move(ground)),
      layout_(spec_.execution.plan),
      routing_(spec_, ground_.seed),
      stages_(spec_.execution.plan.pipeline) {
  LOCKSTEP_REQUIRE(ground_.devices.size() == layout_.rank_count());
  LOCKSTEP_REQUIRE(schedule->devices() == spec_.execution.plan.pipeline);
  LOCKSTEP_REQUIRE(schedule->stages() == spec_.execution.plan.chunks());
  for (std::uint32_t rank = 0; rank < layout_.rank_count(); ++rank) {
    stage_of_.push_back(layout_.coordinates(RankId(rank)).pipeline);
  }
  sort_ranks(costs);
  const StepCosts& first = kinds_.front().costs;
  skeleton_ = std::make_shared<const ScheduleProgram>(std::move(schedule), hop_times(first), first.hop);
  for (std::uint32_t stage = 0; stage < stages_.size(); ++stage) write_stage(stage);
  seat_members();
  try_calls();
}

void TrainingProgram::sort_ranks(const CostsOfRank& costs) {
  std::map<std::pair<topology::DeviceModelId, double>, std::uint32_t> known;
  for (std::uint32_t rank = 0; rank < layout_.rank_count(); ++rank) {
    const topology::Vertex& device = ground_.fleet->vertex(ground_.devices[rank]);
    const double load = routing_.steady_load(layout_.coordinates(RankId(rank)).expert);
    const auto [entry, is_new] = known.try_emplace({device.model, load}, static_cast<std::uint32_t>(kinds_.size()));
    if (is_new) {
      const DeviceRates rates = rates_of(ground_.fleet->device_models()[device.model.value()], "fleet.device.compute");
      kinds_.push_back(
          {.costs = costs(spec_, rates, load), .scripts = std::vector<std::vector<Script>>(stages_.size())});
    }
    kind_of_.push_back(entry->second);
  }
}

// Every script is written once for each kind of rank; they have the same entries and differ in times alone.
void TrainingProgram::write_stage(std::uint32_t stage) {
  const std::vector<Task>& tasks = schedule().tasks[stage];
  const std::vector<ScriptTask> list = script_tasks(schedule(), tasks);
  // The tasks of each operation of the schedule's program, and each of them once.
  std::vector<std::vector<ScriptTask>> parts;
  const std::uint64_t operations = skeleton_->length(RankId(stage), StreamId(0));
  for (std::uint64_t position = 0; position < operations; ++position) {
    const auto task = skeleton_->task_of(RankId(stage), position);
    parts.emplace_back();
    if (!task || list[*task].pass == Pass::none) continue;
    parts.back().push_back(list[*task]);
    if (tasks[*task].overlaps_next) parts.back().push_back(list[*task + 1]);
  }
  std::map<std::vector<ScriptTask>, std::uint32_t> numbers;
  std::vector<std::uint32_t> chunks;
  for (const ScriptTask& task : list) {
    const bool is_new = std::find(chunks.begin(), chunks.end(), task.chunk) == chunks.end();
    if (task.pass == Pass::forward && is_new) chunks.push_back(task.chunk);
  }
  Stage& written = stages_[stage];
  written.script_of.push_back(0);
  for (const auto& part : parts) {
    const auto [entry, is_new] = numbers.try_emplace(part, static_cast<std::uint32_t>(numbers.size() + 2));
    written.script_of.push_back(entry->second);
  }
  written.script_of.push_back(1);
  for (RankKind& kind : kinds_) {
    const ScriptWriter writer(spec_, kind.costs, stage, chunks, calls_);
    std::vector<Script>& scripts = kind.scripts[stage];
    scripts.resize(numbers.size() + 2);
    scripts[0] = writer.before();
    scripts[1] = writer.after();
    for (const auto& [part, number] : numbers) {
      if (part.empty()) {
        scripts[number][Lane::compute].push_back({.is_join = true});
      } else if (part.size() == 1) {
        scripts[number] = writer.task(part.front());
      } else {
        scripts[number] = ScriptWriter::pair(writer.task(part.front()), writer.task(part.back()));
      }
    }
  }
  const std::vector<Script>& scripts = kinds_.front().scripts[stage];
  for (std::size_t lane = 0; lane < lane_count; ++lane) {
    std::uint64_t begin = 0;
    for (const std::uint32_t number : written.script_of) {
      written.begins.at(lane).push_back(begin);
      begin += scripts[number].lanes.at(lane).size();
    }
    written.begins.at(lane).push_back(begin);
    if (begin > 0 || lane == 0) written.streams.push_back(static_cast<Lane>(lane));
  }
}

void TrainingProgram::seat_members() {
  seats_.resize(group_kinds().size());
  for (const ScriptCall& call : calls_) {
    std::vector<Seat>& seats = seats_[static_cast<std::size_t>(call.call.group)];
    if (!seats.empty()) continue;
    seats.resize(layout_.rank_count());
    if (call.call.group == GroupKind::world) {
      for (std::uint32_t rank = 0; rank < seats.size(); ++rank) seats[rank].member = rank;
      continue;
    }
    for (const std::vector<RankId>& group : layout_.groups(call.call.group)) {
      for (std::uint32_t member = 0; member < group.size(); ++member) {
        seats[group[member].value()] = {group.front().value(), member};
      }
    }
  }
}

// What cannot run is said before anything runs. Groups of a kind are alike but for where they stand.
void TrainingProgram::try_calls() const {
  std::vector<bool> is_tried(calls_.size());
  for (std::uint32_t rank = 0; rank < layout_.rank_count(); ++rank) {
    for (const Script& script : kinds_[kind_of_[rank]].scripts[stage_of(RankId(rank))]) {
      for (const auto& lane : script.lanes) {
        for (const ScriptEntry& entry : lane) {
          if (!entry.call || is_tried[*entry.call]) continue;
          is_tried[*entry.call] = true;
          const Seat& seat = seats_[static_cast<std::size_t>(calls_[*entry.call].call.group)][rank];
          make_call(*entry.call, seat.leader, request_of(calls_[*entry.call], seat.leader, entry, 0));
        }
      }
    }
  }
}

std::uint32_t TrainingProgram::stream_count(RankId rank) const {
  const std::uint32_t stage = stage_of(rank);
  return static_cast<std::uint32_t>(stages_[stage].streams.size()) + skeleton_->stream_count(RankId(stage)) - 1;
}

StreamOrder TrainingProgram::order(RankId rank, StreamId stream) const {
  const std::size_t own = stages_[stage_of(rank)].streams.size();
  if (stream.value() < own) return StreamOrder::in_turn;
  return skeleton_->order(RankId(stage_of(rank)), StreamId(stream.value() - own + 1));
}

std::uint64_t TrainingProgram::length(RankId rank, StreamId stream) const {
  const Stage& stage = stages_[stage_of(rank)];
  if (stream.value() < stage.streams.size()) {
    return stage.begins.at(static_cast<std::size_t>(stage.streams[stream.value()])).back();
  }
  return skeleton_->length(RankId(stage_of(rank)), StreamId(stream.value() - stage.streams.size() + 1));
}

}  // namespace lockstep::workloads
