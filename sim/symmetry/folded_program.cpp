#include "sim/symmetry/folded_program.hpp"

namespace lockstep::sim {

using workloads::Op;
using workloads::OpKind;
using workloads::RankId;
using workloads::StreamId;

topology::VertexId FoldedProgram::agent_vertex(RankId rank) const {
  return topology::VertexId(cast_->partition().vertices.of[cast_->actor(part(rank)).vertex.value()]);
}

std::uint32_t FoldedProgram::stream_count(RankId rank) const {
  return program(part(rank)).stream_count(part(rank).rank);
}

workloads::StreamOrder FoldedProgram::order(RankId rank, StreamId stream) const {
  return program(part(rank)).order(part(rank).rank, stream);
}

std::uint64_t FoldedProgram::length(RankId rank, StreamId stream) const {
  return program(part(rank)).length(part(rank).rank, stream);
}

void FoldedProgram::fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const {
  const ProgramGraph& graph = cast_->graph();
  const Part& own = part(rank);
  program(own).fetch(own.rank, stream, position, op);
  for (workloads::Wait& wait : op.waits) {
    if (wait.rank) wait.rank = rank_of(graph.scenes()[own.scene].part_of[wait.rank->value()]);
  }
  for (workloads::Send& send : op.sends) {
    const std::uint32_t line = graph.line({own.scene, own.rank, send.peer, send.tag});
    send.peer = rank_of(graph.lines()[line].receiver.part);
    send.tag = cast_->line(line);
  }
  for (workloads::Receive& receive : op.receives) {
    const std::uint32_t line = graph.line({own.scene, receive.peer, own.rank, receive.tag});
    receive.peer = rank_of(graph.lines()[line].sender.part);
    receive.tag = cast_->line(line);
  }
  if (op.kind != OpKind::collective) return;
  const ProgramGraph::Call& call = graph.called(own.scene, op.collective);
  op.member = rank_of(graph.scenes()[call.scene].part_of[op.member.value()]);
  op.collective = std::uint64_t{cast_->partition().scenes.of[call.scene]} << 32 | call.run;
}

workloads::CollectiveCall FoldedProgram::collective(std::uint64_t number) const {
  const auto scene_class = static_cast<std::uint32_t>(number >> 32);
  auto members = std::make_shared<std::vector<RankId>>();
  const std::uint32_t count = cast_->first_agent(scene_class);
  for (std::uint32_t member = 0; member < count; ++member) {
    members->push_back(rank_of(cast_->part(cast_->parts(scene_class)[member]).caller));
  }
  return {.plan = std::make_shared<FoldedProgram>(cast_, scene_class), .members = std::move(members)};
}

workloads::StepProgram::Role FoldedProgram::role(RankId rank) const {
  const Classes& actors = cast_->partition().actors;
  return {.rank = part(rank).rank, .count = actors.sizes[actors.of[part(rank).actor]]};
}

std::string FoldedProgram::stream_name(RankId rank, StreamId stream) const {
  return program(part(rank)).stream_name(part(rank).rank, stream);
}

std::string FoldedProgram::label_text(const workloads::Label& label) const {
  return program(part(RankId(0))).label_text(label);
}

}  // namespace lockstep::sim
