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

TrainingProgram::TrainingProgram(TrainingSpec spec, std::vector<std::shared_ptr<const Schedule>> schedules,
                                 TrainingGround ground, CostsOfRank costs)
    : spec_(std::move(spec)),
      schedules_(std::move(schedules)),
      ground_(std::move(ground)),
      costs_(std::move(costs)),
      layout_(spec_.execution.plan),
      routing_(spec_, ground_.seed) {
  LOCKSTEP_REQUIRE(ground_.devices.size() == layout_.rank_count());
  LOCKSTEP_REQUIRE(schedules_.size() == 1 || schedules_.size() == spec_.execution.plan.data);
  sort_ranks();
  cast_roles();
  for (std::uint32_t role = 0; role < roles_.size(); ++role) write_role(role);
  seat_members();
  check_exchanges();
  try_calls();
}

std::shared_ptr<const StepProgram> TrainingProgram::with_hot_experts(double factor) const {
  LOCKSTEP_REQUIRE(factor >= 1 && factor <= hottest_experts());
  TrainingSpec hot = spec_;
  hot.routing = {.kind = RoutingKind::hot, .factor = factor};
  return std::make_shared<const TrainingProgram>(std::move(hot), schedules_, ground_, costs_);
}

void TrainingProgram::sort_ranks() {
  std::map<std::pair<topology::DeviceModelId, double>, std::uint32_t> known;
  for (std::uint32_t rank = 0; rank < layout_.rank_count(); ++rank) {
    const topology::Vertex& device = ground_.fleet->vertex(ground_.devices[rank]);
    const double load = routing_.steady_load(layout_.coordinates(RankId(rank)).expert);
    const auto [entry, is_new] = known.try_emplace({device.model, load}, static_cast<std::uint32_t>(kinds_.size()));
    if (is_new) {
      const DeviceRates rates = rates_of(ground_.fleet->device_models()[device.model.value()], "fleet.device.compute");
      kinds_.push_back({.costs = costs_(spec_, rates, load), .scripts = {}});
    }
    kind_of_.push_back(entry->second);
  }
}

// Each schedule once, however many replicas have it.
void TrainingProgram::cast_roles() {
  const ParallelPlan& plan = spec_.execution.plan;
  const StepCosts& first = kinds_.front().costs;
  std::map<const Schedule*, std::uint32_t> first_role;
  for (const auto& schedule : schedules_) {
    LOCKSTEP_REQUIRE(schedule->devices() == plan.pipeline && schedule->stages() == plan.chunks());
    if (!first_role.try_emplace(schedule.get(), roles_.size()).second) continue;
    if (longest_ == nullptr || schedule->microbatches > longest_->microbatches) longest_ = schedule;
    const auto skeleton = std::make_shared<const ScheduleProgram>(schedule, hop_times(first), first.hop);
    for (std::uint32_t stage = 0; stage < plan.pipeline; ++stage) {
      roles_.push_back({.stage = stage, .skeleton = skeleton, .script_of = {}, .begins = {}, .streams = {}});
    }
  }
  for (std::uint32_t rank = 0; rank < layout_.rank_count(); ++rank) {
    const Coordinates place = layout_.coordinates(RankId(rank));
    const auto& schedule = schedules_[schedules_.size() == 1 ? 0 : place.data];
    role_of_.push_back(first_role.at(schedule.get()) + place.pipeline);
  }
}

// Every script is written once for each kind of rank; they have the same entries and differ in times alone.
void TrainingProgram::write_role(std::uint32_t number) {
  Role& written = roles_[number];
  const std::uint32_t stage = written.stage;
  const Schedule& schedule = written.skeleton->schedule();
  const std::vector<Task>& tasks = schedule.tasks[stage];
  const std::vector<ScriptTask> list = script_tasks(schedule, tasks);
  // The tasks of each operation of the schedule's program, and each of them once.
  std::vector<std::vector<ScriptTask>> parts;
  const std::uint64_t operations = written.skeleton->length(RankId(stage), StreamId(0));
  for (std::uint64_t position = 0; position < operations; ++position) {
    const auto task = written.skeleton->task_of(RankId(stage), position);
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
  written.script_of.push_back(0);
  for (const auto& part : parts) {
    const auto [entry, is_new] = numbers.try_emplace(part, static_cast<std::uint32_t>(numbers.size() + 2));
    written.script_of.push_back(entry->second);
  }
  written.script_of.push_back(1);
  for (RankKind& kind : kinds_) {
    const ScriptWriter writer(spec_, kind.costs, stage, chunks, calls_);
    std::vector<Script>& scripts = kind.scripts.emplace_back(numbers.size() + 2);
    scripts[0] = writer.before();
    scripts[1] = writer.after();
    for (const auto& [part, script] : numbers) {
      if (part.empty()) {
        scripts[script][Lane::compute].push_back({.is_join = true});
      } else if (part.size() == 1) {
        scripts[script] = writer.task(part.front());
      } else {
        scripts[script] = ScriptWriter::pair(writer.task(part.front()), writer.task(part.back()));
      }
    }
  }
  const std::vector<Script>& scripts = kinds_.front().scripts[number];
  for (std::size_t lane = 0; lane < lane_count; ++lane) {
    std::uint64_t begin = 0;
    for (const std::uint32_t script : written.script_of) {
      written.begins.at(lane).push_back(begin);
      begin += scripts[script].lanes.at(lane).size();
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

// Replicas with different schedules have to exchange the same in the same order. What they exchange stands at the ends
// of their lanes: sums come with the last microbatch of each chunk, or after it.
void TrainingProgram::check_exchanges() const {
  const std::uint32_t stages = spec_.execution.plan.pipeline;
  const auto exchanged = [&](std::uint32_t number) {
    std::vector<std::pair<std::uint32_t, std::uint16_t>> calls;
    for (const std::uint32_t script : roles_[number].script_of) {
      for (const ScriptEntry& entry : kinds_.front().scripts[number][script][Lane::replicas]) {
        calls.emplace_back(entry.call.value_or(UINT32_MAX), entry.layer);
      }
    }
    return calls;
  };
  for (std::uint32_t number = stages; number < roles_.size(); ++number) {
    if (exchanged(number) == exchanged(number % stages)) continue;
    throw InputError({.where = "workload.microbatches_per_replica",
                      .problem =
                          "replicas with other numbers of microbatches finish their chunks in another order under "
                          "this schedule, and would sum different gradients with each other",
                      .suggestion = "use \"1f1b\", or \"overlap\": {\"gradients\": false}"});
  }
}

// What cannot run is said before anything runs. Groups of a kind are alike but for where they stand.
void TrainingProgram::try_calls() const {
  std::vector<bool> is_tried(calls_.size());
  for (std::uint32_t rank = 0; rank < layout_.rank_count(); ++rank) {
    for (const Script& script : kinds_[kind_of_[rank]].scripts[role_of_[rank]]) {
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
  const Role& role = role_of(rank);
  return static_cast<std::uint32_t>(role.streams.size()) + role.skeleton->stream_count(RankId(role.stage)) - 1;
}

// Ranks of a role and a kind run the same scripts, and whom they have to do with goes by where they stand; but what is
// drawn for each pass has no rule.
std::optional<std::uint64_t> TrainingProgram::text(RankId rank) const {
  if (routing_.is_random()) return std::nullopt;
  return std::uint64_t{kind_of_[rank.value()]} << 32 | role_of_[rank.value()];
}

StreamOrder TrainingProgram::order(RankId rank, StreamId stream) const {
  const Role& role = role_of(rank);
  const std::size_t own = role.streams.size();
  if (stream.value() < own) return StreamOrder::in_turn;
  return role.skeleton->order(RankId(role.stage), StreamId(stream.value() - own + 1));
}

std::uint64_t TrainingProgram::length(RankId rank, StreamId stream) const {
  const Role& role = role_of(rank);
  if (stream.value() < role.streams.size()) return length(role, role.streams[stream.value()]);
  return role.skeleton->length(RankId(role.stage), StreamId(stream.value() - role.streams.size() + 1));
}

std::uint64_t TrainingProgram::length(const Role& role, Lane lane) const {
  return role.begins.at(static_cast<std::size_t>(lane)).back();
}

}  // namespace lockstep::workloads
