#pragma once

#include "sim/symmetry/cast.hpp"

namespace lockstep::sim {

// What is left of a program when one rank of each class stands for all. A message to a rank of a class goes to the rank
// that stands for that class, under the number of its line as a tag, and be it to itself.
class FoldedProgram final : public workloads::StepProgram {
 public:
  FoldedProgram(std::shared_ptr<const Cast> cast, std::uint32_t scene_class)
      : cast_(std::move(cast)), class_(scene_class) {}

  std::uint32_t rank_count() const override { return static_cast<std::uint32_t>(cast_->parts(class_).size()); }
  std::uint32_t first_agent() const override { return cast_->first_agent(class_); }
  topology::VertexId agent_vertex(workloads::RankId rank) const override;

  std::uint32_t stream_count(workloads::RankId rank) const override;
  workloads::StreamOrder order(workloads::RankId rank, workloads::StreamId stream) const override;
  std::uint64_t length(workloads::RankId rank, workloads::StreamId stream) const override;
  bool has_delays() const override { return program(part(workloads::RankId(0))).has_delays(); }
  void fetch(workloads::RankId rank, workloads::StreamId stream, std::uint64_t position,
             workloads::Op& op) const override;
  workloads::CollectiveCall collective(std::uint64_t number) const override;
  Role role(workloads::RankId rank) const override;

  std::string stream_name(workloads::RankId rank, workloads::StreamId stream) const override;
  std::string label_text(const workloads::Label& label) const override;

 private:
  const Part& part(workloads::RankId rank) const { return cast_->part(cast_->parts(class_)[rank.value()]); }
  const workloads::StepProgram& program(const Part& part) const { return *cast_->graph().scenes()[part.scene].program; }
  workloads::RankId rank_of(std::uint32_t part) const { return workloads::RankId(cast_->role(part)); }

  std::shared_ptr<const Cast> cast_;
  std::uint32_t class_;
};

}  // namespace lockstep::sim
