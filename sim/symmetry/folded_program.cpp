#include "sim/symmetry/folded_program.hpp"

namespace lockstep::sim {

using workloads::Op;
using workloads::OpKind;
using workloads::RankId;
using workloads::StreamId;

FoldedProgram::FoldedProgram(std::shared_ptr<const Cast> cast, std::shared_ptr<const std::vector<bool>> is_steady,
                             std::uint32_t scene_class)
    : cast_(std::move(cast)), is_steady_(std::move(is_steady)), first_agent_(cast_->first_agent(scene_class)) {
  const Classes& actors = cast_->partition().actors;
  for (const std::uint32_t number : cast_->parts(scene_class)) {
    const Part& part = cast_->part(number);
    players_.push_back({.part = number,
                        .rank = part.rank,
                        .program = cast_->graph().scenes()[part.scene].program.get(),
                        .text = &cast_->graph().text(part),
                        .count = actors.sizes[actors.of[part.actor]],
                        .calls = {}});
    for (const std::uint32_t called : part.calls) {
      players_.back().calls.push_back({cast_->partition().scenes.of[cast_->part(called).scene], rank_of(called)});
    }
  }
}

topology::VertexId FoldedProgram::agent_vertex(RankId rank) const {
  return topology::VertexId(cast_->partition().vertices.of[cast_->actor(part(rank)).vertex.value()]);
}

std::uint32_t FoldedProgram::stream_count(RankId rank) const {
  return player(rank).program->stream_count(player(rank).rank);
}

workloads::StreamOrder FoldedProgram::order(RankId rank, StreamId stream) const {
  return player(rank).program->order(player(rank).rank, stream);
}

std::uint64_t FoldedProgram::length(RankId rank, StreamId stream) const {
  return player(rank).program->length(player(rank).rank, stream);
}

void FoldedProgram::fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const {
  const Player& own = player(rank);
  own.program->fetch(own.rank, stream, position, op);
  for (workloads::Wait& wait : op.waits) {
    if (wait.rank) wait.rank = rank_of(cast_->graph().scenes()[part(rank).scene].part_of[wait.rank->value()]);
  }
  for (workloads::Send& send : op.sends) {
    const Partner to = cast_->receiver(own.part, send.peer, send.tag);
    send.peer = RankId(to.role);
    send.tag = to.line;
  }
  for (workloads::Receive& receive : op.receives) {
    const Partner from = cast_->sender(own.part, receive.peer, receive.tag);
    receive.peer = RankId(from.role);
    receive.tag = from.line;
  }
  if (op.kind != OpKind::collective) return;
  const RankText::Call& call = own.text->call_at({stream, position});
  op.member = own.calls[call.called].member;
  op.collective = std::uint64_t{own.calls[call.called].scene_class} << 32 | call.run;
}

workloads::CollectiveCall FoldedProgram::collective(std::uint64_t number) const {
  const auto scene_class = static_cast<std::uint32_t>(number >> 32);
  workloads::CollectiveCall& known = known_calls_[scene_class];
  if (known.plan != nullptr) return known;
  auto members = std::make_shared<std::vector<RankId>>();
  const std::uint32_t count = cast_->first_agent(scene_class);
  for (std::uint32_t member = 0; member < count; ++member) {
    members->push_back(rank_of(cast_->part(cast_->parts(scene_class)[member]).caller));
  }
  known = {.plan = std::make_shared<FoldedProgram>(cast_, is_steady_, scene_class),
           .members = std::move(members),
           .is_steady = (*is_steady_)[scene_class]};
  return known;
}

workloads::StepProgram::Role FoldedProgram::role(RankId rank) const {
  return {.rank = player(rank).rank, .count = player(rank).count};
}

std::string FoldedProgram::stream_name(RankId rank, StreamId stream) const {
  return player(rank).program->stream_name(player(rank).rank, stream);
}

std::string FoldedProgram::label_text(const workloads::Label& label) const {
  return players_.front().program->label_text(label);
}

}  // namespace lockstep::sim
