// What a rank of a training step does at a place of its streams.
#include <algorithm>
#include <utility>

#include "workloads/training/training_program.hpp"

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

Pass pass_of(const Label& label) {
  return static_cast<Pass>(label.microbatch >> pass_shift);
}

std::uint32_t microbatch_of(const Label& label) {
  return label.microbatch & ((std::uint32_t{1} << pass_shift) - 1);
}

}  // namespace

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
    op.work.attention = std::min(entry.attention, entry.work);
    if (entry.of_experts && routing_.is_random()) {
      const Seat& seat = seats_[static_cast<std::size_t>(GroupKind::expert)][rank.value()];
      op.work.nominal *= routing_.load({seat.leader, entry.layer, microbatch}, seat.member);
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
  const std::uint32_t ranks = spec_.execution.plan.context;
  const auto neighbour = [&](std::uint32_t steps) {
    Coordinates place = layout_.coordinates(rank);
    place.context = (place.context + steps) % ranks;
    return layout_.rank_at(place);
  };
  op.sends.push_back({.peer = neighbour(1), .tag = context_tag, .bytes = bytes});
  op.receives.push_back({.peer = neighbour(ranks - 1), .tag = context_tag});
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

std::optional<DataPart> TrainingProgram::data_part(RankId rank, const Label& label) const {
  if (pass_of(label) == Pass::none) return std::nullopt;
  return DataPart{.replica = layout_.coordinates(rank).data, .microbatch = microbatch_of(label)};
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
  std::string purpose = to_text(static_cast<Purpose>(label.phase));
  const auto pass = static_cast<std::size_t>(pass_of(label));
  const std::string of_microbatch = ", microbatch " + std::to_string(microbatch_of(label));
  if (static_cast<Purpose>(label.phase) == Purpose::pipeline) {
    return purpose + ", chunk " + std::to_string(label.layer) + of_microbatch;
  }
  if (pass == 0) return purpose;
  return purpose + ", " + passes.at(pass) + " of layer " + std::to_string(label.layer) + of_microbatch;
}

}  // namespace lockstep::workloads
