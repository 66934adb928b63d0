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
    const Partner to = cast_->receiver(number(rank), send.peer, send.tag);
    send.peer = RankId(to.role);
    send.tag = to.line;
  }
  for (workloads::Receive& receive : op.receives) {
    const Partner from = cast_->sender(number(rank), receive.peer, receive.tag);
    receive.peer = RankId(from.role);
    receive.tag = from.line;
  }
  if (op.kind != OpKind::collective) return;
  const RankText::Call& call = graph.text(own).call_at({stream, position});
  const std::uint32_t called = own.calls[call.name];
  op.member = rank_of(called);
  op.collective = std::uint64_t{cast_->partition().scenes.of[cast_->part(called).scene]} << 32 | call.run;
}

workloads::CollectiveCall FoldedProgram::collective(std::uint64_t number) const {
  const auto scene_class = static_cast<std::uint32_t>(number >> 32);
  const auto [known, is_new] = known_calls_.try_emplace(scene_class);
  if (!is_new) return known->second;
  auto members = std::make_shared<std::vector<RankId>>();
  const std::uint32_t count = cast_->first_agent(scene_class);
  for (std::uint32_t member = 0; member < count; ++member) {
    members->push_back(rank_of(cast_->part(cast_->parts(scene_class)[member]).caller));
  }
  known->second = {.plan = std::make_shared<FoldedProgram>(cast_, scene_class), .members = std::move(members)};
  return known->second;
}

std::string FoldedProgram::stream_name(RankId rank, StreamId stream) const {
  return program(part(rank)).stream_name(part(rank).rank, stream);
}

std::string FoldedProgram::label_text(const workloads::Label& label) const {
  return program(part(RankId(0))).label_text(label);
}

}  // namespace lockstep::sim
