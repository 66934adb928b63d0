#include "workloads/training/training_program.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/contract.hpp"
#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

constexpr Tag context_tag = 2;  // messages between stages have 0 and 1

// A collective's number says which rank leads it, where in its stage's step it stands, and in which lane. Those that
// ranks of several stages take part in happen once a step: there the kind of group stands instead of a place.
constexpr unsigned lane_shift = 36;
constexpr unsigned leader_shift = 40;
constexpr std::uint64_t across_stages = std::uint64_t{1} << 63;

bool crosses_stages(GroupKind group) {
  return group == GroupKind::embedding || group == GroupKind::mirror || group == GroupKind::world;
}

// A label's microbatch says which pass it is about, too.
constexpr unsigned pass_shift = 29;

Label label_of(Purpose purpose, std::uint16_t layer, std::uint32_t microbatch, Pass pass) {
  return {.phase = static_cast<std::uint16_t>(purpose),
          .layer = layer,
          .microbatch = microbatch | (static_cast<std::uint32_t>(pass) << pass_shift)};
}

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

void TrainingProgram::fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const {
  const std::uint32_t stage = stage_of(rank);
  const std::vector<Lane>& streams = stages_[stage].streams;
  if (stream.value() < streams.size()) return fetch_entry(rank, spot(stage, streams[stream.value()], position), op);
  fetch_message(rank, static_cast<std::uint32_t>(stream.value() - streams.size() + 1), position, op);
}

TrainingProgram::Spot TrainingProgram::spot(std::uint32_t stage, Lane lane, std::uint64_t position) const {
  const std::vector<std::uint64_t>& begins = stages_[stage].begins.at(static_cast<std::size_t>(lane));
  const auto after = std::upper_bound(begins.begin(), begins.end(), position);
  return {stage, lane, static_cast<std::uint32_t>(after - begins.begin() - 1), position};
}

const ScriptEntry& TrainingProgram::entry(RankId rank, const Spot& spot) const {
  const Stage& stage = stages_[spot.stage];
  const Script& script = kinds_[kind_of_[rank.value()]].scripts[spot.stage][stage.script_of[spot.part]];
  return script[spot.lane][spot.position - stage.begins.at(static_cast<std::size_t>(spot.lane))[spot.part]];
}

// The position of what a part does last in a lane; requires that it does something there.
std::uint64_t TrainingProgram::end_of_part(std::uint32_t stage, std::uint32_t part, Lane lane) const {
  return stages_[stage].begins.at(static_cast<std::size_t>(lane))[part + 1] - 1;
}

RankId TrainingProgram::at_stage(RankId rank, std::uint32_t stage) const {
  Coordinates place = layout_.coordinates(rank);
  place.pipeline = stage;
  return layout_.rank_at(place);
}

std::uint32_t TrainingProgram::stream_of(std::uint32_t stage, Lane lane) const {
  const std::vector<Lane>& streams = stages_[stage].streams;
  return static_cast<std::uint32_t>(std::find(streams.begin(), streams.end(), lane) - streams.begin());
}

const Task* TrainingProgram::task_at(const Spot& spot) const {
  if (spot.part == 0 || spot.part + 1 == stages_[spot.stage].script_of.size()) return nullptr;
  const auto number = skeleton_->task_of(RankId(spot.stage), spot.part - 1);
  if (!number) return nullptr;
  return &schedule().tasks[spot.stage][*number + (spot.lane == Lane::paired ? 1 : 0)];
}

std::optional<std::uint32_t> TrainingProgram::task_of(RankId rank, std::uint64_t position) const {
  const Spot at = spot(stage_of(rank), Lane::compute, position);
  if (task_at(at) == nullptr) return std::nullopt;
  return skeleton_->task_of(RankId(at.stage), at.part - 1);
}

void TrainingProgram::fetch_entry(RankId rank, const Spot& spot, Op& op) const {
  const ScriptEntry& entry = this->entry(rank, spot);
  const Task* task = task_at(spot);
  const std::uint32_t microbatch = task != nullptr ? task->microbatch : 0;
  op.label = label_of(entry.purpose, entry.layer, microbatch, entry.pass);
  fetch_waits(entry, spot, op);
  fetch_arrivals(rank, spot, op);
  if (entry.call) {
    const ScriptCall& call = calls_[*entry.call];
    const Seat& seat = seats_[static_cast<std::size_t>(call.call.group)][rank.value()];
    op.kind = OpKind::collective;
    op.collective = number_of(call, seat, spot);
    op.member = RankId(seat.member);
  } else if (entry.hop) {
    fetch_hop(rank, *entry.hop, op);
  } else if (!entry.is_join) {
    op.kind = OpKind::compute;
    op.work.nominal = entry.work;
    if (entry.of_experts && routing_.is_random()) {
      const std::vector<RankId> group = layout_.group(GroupKind::expert, rank);
      const auto member = static_cast<std::uint32_t>(std::find(group.begin(), group.end(), rank) - group.begin());
      op.work.nominal *= routing_.load({group.front().value(), entry.layer, microbatch}, member);
    }
  }
}

void TrainingProgram::fetch_waits(const ScriptEntry& entry, const Spot& spot, Op& op) const {
  for (const ScriptWait& wait : entry.waits) {
    const std::vector<std::uint64_t>& begins = stages_[spot.stage].begins.at(static_cast<std::size_t>(wait.lane));
    const std::uint64_t begin = wait.from_start ? 0 : begins[spot.part];
    if (wait.entry < 0 && begin == 0) continue;
    // The stream's own order sees to the rest.
    if (wait.lane == spot.lane) continue;
    op.waits.push_back({.stream = StreamId(stream_of(spot.stage, wait.lane)),
                        .position = begin + static_cast<std::uint64_t>(std::int64_t{wait.entry} + 1) - 1});
  }
}

// What a task has to receive before it begins.
void TrainingProgram::fetch_arrivals(RankId rank, const Spot& spot, Op& op) const {
  const bool computes = spot.lane == Lane::compute || spot.lane == Lane::paired;
  if (!computes || spot.position != stages_[spot.stage].begins.at(static_cast<std::size_t>(spot.lane))[spot.part])
    return;
  const Task* task = task_at(spot);
  if (task == nullptr) return;
  const std::size_t first = op.waits.size();
  skeleton_->add_waits(spot.stage, *task, op);
  for (std::size_t i = first; i < op.waits.size(); ++i) {
    Wait& wait = op.waits[i];
    if (wait.stream.value() > 0) {
      wait.stream = StreamId(stages_[spot.stage].streams.size() + wait.stream.value() - 1);
      continue;
    }
    // A fixed time after an operation of another stage's schedule, or of this one's.
    const std::uint32_t stage = wait.rank ? wait.rank->value() : spot.stage;
    if (wait.rank) wait.rank = at_stage(rank, stage);
    wait.position = end_of_part(stage, static_cast<std::uint32_t>(wait.position + 1), Lane::compute);
  }
}

void TrainingProgram::fetch_message(RankId rank, std::uint32_t stream, std::uint64_t position, Op& op) const {
  const std::uint32_t stage = stage_of(rank);
  skeleton_->fetch(RankId(stage), StreamId(stream), position, op);
  op.label = label_of(Purpose::pipeline, op.label.layer, op.label.microbatch, Pass::none);
  for (Wait& wait : op.waits) {
    const auto part = static_cast<std::uint32_t>(wait.position + 1);
    Lane lane = Lane::compute;
    // Of two tasks at once each hands on what it has made.
    const Spot beside{stage, Lane::paired, part, 0};
    const auto& begins = stages_[stage].begins.at(static_cast<std::size_t>(Lane::paired));
    if (begins[part] < begins[part + 1]) {
      const Task* second = task_at(beside);
      const bool is_second = second->chunk == op.label.layer && second->microbatch == op.label.microbatch;
      if (is_second) lane = Lane::paired;
    }
    std::uint64_t last = end_of_part(stage, part, lane);
    // The first half is done one operation before the one that joins both.
    if (lane == Lane::compute && begins[part] < begins[part + 1]) --last;
    wait = {.stream = StreamId(stream_of(stage, lane)), .position = last};
  }
  for (Send& send : op.sends) send.peer = at_stage(rank, send.peer.value());
  for (Receive& receive : op.receives) receive.peer = at_stage(rank, receive.peer.value());
}

void TrainingProgram::fetch_hop(RankId rank, Bytes bytes, Op& op) const {
  const std::vector<RankId> ring = layout_.group(GroupKind::context, rank);
  const auto place = static_cast<std::size_t>(std::find(ring.begin(), ring.end(), rank) - ring.begin());
  op.sends.push_back({.peer = ring[(place + 1) % ring.size()], .tag = context_tag, .bytes = bytes});
  op.receives.push_back({.peer = ring[(place + ring.size() - 1) % ring.size()], .tag = context_tag});
}

std::uint64_t TrainingProgram::number_of(const ScriptCall& call, const Seat& seat, const Spot& spot) const {
  const std::uint64_t leader = std::uint64_t{seat.leader} << leader_shift;
  if (crosses_stages(call.call.group)) {
    const auto which = static_cast<std::uint64_t>(&call - calls_.data());
    return across_stages | leader | which;
  }
  return leader | (static_cast<std::uint64_t>(spot.lane) << lane_shift) | spot.position;
}

CollectiveCall TrainingProgram::collective(std::uint64_t number) const {
  const auto leader = static_cast<std::uint32_t>((number & ~across_stages) >> leader_shift);
  const std::uint64_t rest = number & ((std::uint64_t{1} << leader_shift) - 1);
  const bool has_place = (number & across_stages) == 0;
  Spot at;
  const ScriptEntry* found = nullptr;
  if (has_place) {
    const auto lane = static_cast<Lane>(rest >> lane_shift);
    at = spot(stage_of(RankId(leader)), lane, rest & ((std::uint64_t{1} << lane_shift) - 1));
    found = &entry(RankId(leader), at);
  }
  const std::uint32_t call = has_place ? *found->call : static_cast<std::uint32_t>(rest);
  const bool always_same = !has_place || found->purpose != Purpose::expert || !routing_.is_random();
  if (always_same) {
    const auto known = known_calls_.find({call, leader});
    if (known != known_calls_.end()) return known->second;
  }
  const Task* task = has_place ? task_at(at) : nullptr;
  const std::uint32_t microbatch = task != nullptr ? task->microbatch : 0;
  const ScriptEntry nothing;
  CollectiveCall made =
      make_call(call, leader, request_of(calls_[call], leader, found != nullptr ? *found : nothing, microbatch));
  if (always_same) known_calls_.emplace(std::pair(call, leader), made);
  return made;
}

CollectiveRequest TrainingProgram::request_of(const ScriptCall& call, std::uint32_t leader, const ScriptEntry& entry,
                                              std::uint32_t microbatch) const {
  CollectiveRequest request{.operation = call.call.operation, .algorithm = call.algorithm, .bytes = call.call.bytes};
  request.where = std::string("workload.collectives.") + to_text(entry.purpose);
  if (call.call.operation != Operation::all_to_all || routing_.is_balanced()) return request;
  request.operation = Operation::all_to_all_v;
  request.sizes = routing_.sizes({leader, entry.layer, microbatch}, call.call.bytes);
  request.bytes = Bytes(0);
  if (!call.call.returns) return request;
  const std::uint32_t members = spec_.execution.plan.expert;
  for (std::uint32_t a = 0; a < members; ++a) {
    for (std::uint32_t b = 0; b < a; ++b) {
      std::swap(request.sizes[std::size_t{a} * members + b], request.sizes[std::size_t{b} * members + a]);
    }
  }
  return request;
}

CollectiveCall TrainingProgram::make_call(std::uint32_t call, std::uint32_t leader,
                                          const CollectiveRequest& request) const {
  auto members = std::make_shared<const std::vector<RankId>>(layout_.group(calls_[call].call.group, RankId(leader)));
  std::vector<topology::VertexId> devices;
  devices.reserve(members->size());
  for (const RankId member : *members) devices.push_back(ground_.devices[member.value()]);
  return {.plan = plan_collective(request, {*ground_.fleet, devices}, ground_.fidelity),
          .members = std::move(members),
          .request = std::make_shared<const CollectiveRequest>(request)};
}

std::string TrainingProgram::stream_name(RankId rank, StreamId stream) const {
  constexpr std::array names = {"compute", "compute beside", "tensor", "context", "replicas"};
  const std::vector<Lane>& streams = stages_[stage_of(rank)].streams;
  if (stream.value() < streams.size()) return names.at(static_cast<std::size_t>(streams[stream.value()]));
  const StreamId own(stream.value() - streams.size() + 1);
  std::string name = skeleton_->stream_name(RankId(stage_of(rank)), own);
  return name.insert(name.rfind(' ') + 1, "stage ");
}

std::string TrainingProgram::label_text(const Label& label) const {
  constexpr std::array passes = {"", "forward", "backward", "input gradient", "weight gradient"};
  const std::string purpose = to_text(static_cast<Purpose>(label.phase));
  const auto pass = static_cast<std::size_t>(label.microbatch >> pass_shift);
  const std::uint32_t microbatch = label.microbatch & ((std::uint32_t{1} << pass_shift) - 1);
  const std::string of_microbatch = ", microbatch " + std::to_string(microbatch);
  if (static_cast<Purpose>(label.phase) == Purpose::pipeline) {
    return purpose + ", chunk " + std::to_string(label.layer) + of_microbatch;
  }
  if (pass == 0) return purpose;
  return purpose + ", " + passes.at(pass) + " of layer " + std::to_string(label.layer) + of_microbatch;
}

}  // namespace lockstep::workloads
