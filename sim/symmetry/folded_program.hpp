#pragma once

#include <unordered_map>

#include "sim/symmetry/cast.hpp"

namespace lockstep::sim {

// What is left of a program when one rank of each class stands for all. A message to a rank of a class goes to the rank
// that stands for that class, under the number of its line as a tag, and be it to itself.
class FoldedProgram final : public workloads::StepProgram {
 public:
  // `is_steady` says of each class of scenes whether its runs take equally long.
  FoldedProgram(std::shared_ptr<const Cast> cast, std::shared_ptr<const std::vector<bool>> is_steady,
                std::uint32_t scene_class);

  std::uint32_t rank_count() const override { return static_cast<std::uint32_t>(players_.size()); }
  std::uint32_t first_agent() const override { return first_agent_; }
  topology::VertexId agent_vertex(workloads::RankId rank) const override;

  std::uint32_t stream_count(workloads::RankId rank) const override;
  workloads::StreamOrder order(workloads::RankId rank, workloads::StreamId stream) const override;
  std::uint64_t length(workloads::RankId rank, workloads::StreamId stream) const override;
  bool has_delays() const override { return players_.front().program->has_delays(); }
  void fetch(workloads::RankId rank, workloads::StreamId stream, std::uint64_t position,
             workloads::Op& op) const override;
  workloads::CollectiveCall collective(std::uint64_t number) const override;
  Role role(workloads::RankId rank) const override;

  std::string stream_name(workloads::RankId rank, workloads::StreamId stream) const override;
  std::string label_text(const workloads::Label& label) const override;

 private:
  struct Called {
    std::uint32_t scene_class = 0;
    workloads::RankId member;
  };
  // One that stands for those of its class.
  struct Player {
    std::uint32_t part = 0;
    workloads::RankId rank;  // of the program
    const workloads::StepProgram* program = nullptr;
    const RankText* text = nullptr;
    std::uint32_t count = 1;  // of those
    std::vector<Called> calls;
  };
  const Player& player(workloads::RankId rank) const { return players_[rank.value()]; }
  const Part& part(workloads::RankId rank) const { return cast_->part(player(rank).part); }
  workloads::RankId rank_of(std::uint32_t part) const { return workloads::RankId(cast_->role(part)); }

  std::shared_ptr<const Cast> cast_;
  std::shared_ptr<const std::vector<bool>> is_steady_;
  std::uint32_t first_agent_;
  std::vector<Player> players_;
  // Collectives that were called before, by their class.
  mutable std::unordered_map<std::uint32_t, workloads::CollectiveCall> known_calls_;
};

}  // namespace lockstep::sim
