#include "sim/symmetry/program_graph.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::sim {

using workloads::Op;
using workloads::OpKind;
using workloads::RankId;
using workloads::StreamId;

ProgramGraph::ProgramGraph(std::span<const Job> jobs, Repeats repeats)
    : repeats_(repeats), bytes_of_phase_(jobs.size()) {
  for (std::uint32_t number = 0; number < jobs.size(); ++number) add_job(number, jobs[number]);
  // Walking finds further actors: the agents of collectives.
  std::uint32_t actor = 0;
  while (actor < actors_.size()) walk_actor(actor++);
  for (Line& line : lines_) {
    if (line.within != Line::nobody) line.bytes *= parts_[line.within].runs;
  }
}

void ProgramGraph::walk_actor(std::uint32_t actor) {
  const std::uint32_t part = actors_[actor].parts.front();
  const std::uint32_t scene = parts_[part].scene;
  within_ = scenes_[scene].depth > 0 ? part : Line::nobody;
  walk_part(part);
  if (within_ != Line::nobody) count_bytes(scenes_[scene], scenes_[scene].phase, parts_[part].sent);
}

void ProgramGraph::add_job(std::uint32_t number, const Job& job) {
  const auto scene = static_cast<std::uint32_t>(scenes_.size());
  scenes_.push_back({.program = job.program, .job = number});
  scenes_.back().part_of.assign(job.program->rank_count(), Line::nobody);
  for (std::uint32_t rank = 0; rank < job.placement.size(); ++rank) {
    const std::uint32_t actor = add_actor({.job = number, .vertex = job.placement[rank], .does = {}});
    add_part({.actor = actor, .scene = scene, .rank = RankId(rank)});
  }
  add_agents(scene);
}

void ProgramGraph::add_agents(std::uint32_t scene) {
  const std::shared_ptr<const workloads::StepProgram> program = scenes_[scene].program;
  for (std::uint32_t agent = program->first_agent(); agent < program->rank_count(); ++agent) {
    const RankId rank(agent);
    const std::uint32_t actor =
        add_actor({.job = scenes_[scene].job, .vertex = program->agent_vertex(rank), .is_agent = true, .does = {}});
    add_part({.actor = actor, .scene = scene, .rank = rank});
  }
}

std::uint32_t ProgramGraph::add_actor(const Actor& actor) {
  actors_.push_back(actor);
  return static_cast<std::uint32_t>(actors_.size() - 1);
}

std::uint32_t ProgramGraph::add_part(const Part& part) {
  const auto number = static_cast<std::uint32_t>(parts_.size());
  std::vector<std::uint32_t>& own = actors_[part.actor].parts;
  parts_.push_back(part);
  parts_.back().number = static_cast<std::uint32_t>(own.size());
  if (own.empty()) parts_.back().caller = number;
  own.push_back(number);
  scenes_[part.scene].part_of[part.rank.value()] = number;
  return number;
}

ProgramGraph::Call& ProgramGraph::call_of(std::uint32_t caller, const Op& op) {
  const auto [known, is_new] = called_[op.collective].try_emplace(caller);
  Call& call = known->second;
  if (!is_new) return call;
  const workloads::CollectiveCall called = scenes_[caller].program->collective(op.collective);
  call.scene = static_cast<std::uint32_t>(scenes_.size());
  const bool has_agents = called.plan->first_agent() < called.plan->rank_count();
  if (repeats_ == Repeats::together && !has_agents && scenes_[caller].depth == 0) {
    const auto [repeated, is_first] =
        repeated_.try_emplace({caller, called.plan.get(), called.members.get()}, call.scene);
    call.scene = repeated->second;
    if (!is_first) return call;
  }
  scenes_.push_back({.program = called.plan,
                     .job = scenes_[caller].job,
                     .depth = scenes_[caller].depth + 1,
                     .phase = scenes_[caller].depth == 0 ? op.label.phase : scenes_[caller].phase,
                     .members = called.members,
                     .part_of = std::vector(called.plan->rank_count(), Line::nobody)});
  add_agents(call.scene);
  return call;
}

void ProgramGraph::walk_call(std::uint32_t caller, const Op& op) {
  const std::uint32_t own_scene = parts_[caller].scene;
  Call& call = call_of(own_scene, op);
  const std::uint32_t scene = call.scene;
  std::uint32_t part = scenes_[scene].part_of[op.member.value()];
  const bool is_new = part == Line::nobody;
  const std::uint32_t run = is_new ? 0 : parts_[part].runs++;
  if (!std::exchange(call.is_entered, true)) call.run = run;
  is_orderly_ = is_orderly_ && call.run == run;
  const std::uint32_t actor = parts_[caller].actor;
  if (is_new) part = add_part({.actor = actor, .scene = scene, .rank = op.member, .caller = caller});
  actors_[actor].does.append(std::uint64_t{parts_[part].number});
  const bool is_of_job = scenes_[own_scene].depth == 0;
  const std::uint16_t phase = op.label.phase;
  if (is_of_job) within_ = part;
  if (is_new) walk_part(part);
  if (!is_of_job) return;
  within_ = Line::nobody;
  count_bytes(scenes_[scene], phase, parts_[part].sent);
}

// Only of collectives: what a job's own messages are about their labels say.
bool ProgramGraph::outline_part(std::uint32_t number) {
  const Part& part = parts_[number];
  const Scene& scene = scenes_[part.scene];
  const auto* outlined = dynamic_cast<const workloads::Outlined*>(scene.program.get());
  outline_.clear();
  if (scene.depth == 0 || outlined == nullptr || !outlined->outline(part.rank, outline_)) return false;
  Fingerprint& does = actors_[part.actor].does;
  for (const std::uint64_t word : outline_.does) does.append(word);
  for (const workloads::Outline::Port& port : outline_.ports) {
    const RankId from = port.sends ? part.rank : port.peer;
    const RankId to = port.sends ? port.peer : part.rank;
    Line& line = lines_[find_line({part.scene, from, to, port.tag})];
    port_of(port.sends ? line.sender : line.receiver, number);
    if (port.sends) send(line, port.bytes);
  }
  return true;
}

void ProgramGraph::walk_part(std::uint32_t number) {
  if (outline_part(number)) return;
  const Part part = parts_[number];
  const std::shared_ptr<const workloads::StepProgram> program = scenes_[part.scene].program;
  const std::uint32_t depth = scenes_[part.scene].depth;
  if (depth >= ops_.size()) ops_.resize(depth + 1);
  Op& op = ops_[depth];
  const std::uint32_t streams = program->stream_count(part.rank);
  actors_[part.actor].does.append(std::uint64_t{streams});
  for (std::uint32_t stream = 0; stream < streams; ++stream) {
    const std::uint64_t length = program->length(part.rank, StreamId(stream));
    actors_[part.actor].does.append(length);
    actors_[part.actor].does.append(static_cast<std::uint64_t>(program->order(part.rank, StreamId(stream))));
    for (std::uint64_t position = 0; position < length; ++position) {
      op.clear();
      program->fetch(part.rank, StreamId(stream), position, op);
      walk_op(number, op);
    }
  }
}

void ProgramGraph::walk_op(std::uint32_t number, const Op& op) {
  const Part part = parts_[number];
  Actor& actor = actors_[part.actor];
  Fingerprint& does = actor.does;
  does.append(static_cast<std::uint64_t>(op.kind) << 32 | std::uint64_t{op.label.phase} << 16 | op.label.layer);
  does.append(std::uint64_t{op.label.microbatch} << 32 | op.waits.size());
  walk_waits(actor, part.scene, op);
  switch (op.kind) {
    case OpKind::exchange:
      does.append(std::uint64_t{op.receives.size()} << 32 | op.sends.size());
      for (const workloads::Receive& receive : op.receives) {
        const std::uint32_t line = find_line({part.scene, receive.peer, part.rank, receive.tag});
        does.append(std::uint64_t{port_of(lines_[line].receiver, number)});
      }
      for (const workloads::Send& send : op.sends) {
        const std::uint32_t line = find_line({part.scene, part.rank, send.peer, send.tag});
        this->send(lines_[line], send.bytes);
        if (within_ == Line::nobody) count_bytes(scenes_[part.scene], op.label.phase, send.bytes);
        does.append(std::uint64_t{port_of(lines_[line].sender, number)} << 32 | send.messages);
        does.append(send.bytes.si());
      }
      return does.append(op.reduce.si());
    case OpKind::compute:
      does.append(op.work.nominal.si());
      does.append(op.work.flops.si());
      does.append(op.work.memory_traffic.si());
      return does.append(op.work.attention.si());
    case OpKind::hold:
      return does.append(op.until.si());
    case OpKind::collective:
      return walk_call(number, op);
  }
}

void ProgramGraph::walk_waits(Actor& actor, std::uint32_t scene, const Op& op) {
  for (const workloads::Wait& wait : op.waits) {
    std::uint64_t whom = 0;  // oneself
    if (wait.rank) {
      const std::uint32_t awaited = parts_[scenes_[scene].part_of[wait.rank->value()]].actor;
      const auto known = std::find(actor.waits_for.begin(), actor.waits_for.end(), awaited);
      whom = 1 + static_cast<std::uint64_t>(known - actor.waits_for.begin());
      if (known == actor.waits_for.end()) actor.waits_for.push_back(awaited);
    }
    actor.does.append(whom << 32 | wait.stream.value());
    actor.does.append(wait.position);
    actor.does.append(wait.delay.si());
  }
}

std::uint32_t ProgramGraph::find_line(const LineKey& key) {
  const auto [known, is_new] = known_lines_.try_emplace(key, static_cast<std::uint32_t>(lines_.size()));
  if (is_new) lines_.push_back({.tag = key.tag});
  return known->second;
}

std::uint32_t ProgramGraph::port_of(Line::End& end, std::uint32_t part) {
  if (end.part == Line::nobody) end = {.part = part, .port = actors_[parts_[part].actor].ports++};
  return end.port;
}

bool ProgramGraph::has_loose_ends() const {
  return std::any_of(lines_.begin(), lines_.end(), [](const Line& line) {
    return line.sender.part == Line::nobody || line.receiver.part == Line::nobody;
  });
}

void ProgramGraph::send(Line& line, Bytes bytes) {
  line.bytes += bytes;
  line.within = within_;
  if (within_ != Line::nobody) parts_[within_].sent += bytes;
}

void ProgramGraph::count_bytes(const Scene& scene, std::uint16_t phase, Bytes bytes) {
  if (scene.depth > 0 && !(bytes > Bytes(0))) return;
  std::vector<Bytes>& of_job = bytes_of_phase_[scene.job];
  if (phase >= of_job.size()) of_job.resize(phase + std::size_t{1});
  of_job[phase] += bytes;
}

}  // namespace lockstep::sim
