#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/fleet.hpp"
#include "workloads/checkpoint/checkpoint_load.hpp"
#include "workloads/step_program/step_program.hpp"

namespace lockstep::workloads {

enum class CheckpointDirection : std::uint8_t {
  save,  // from ranks to the fleet's storage
  load,  // from storage to ranks
  peers  // to the rank at the same place of the next node, whose memory keeps it (Gemini, Wang et al., SOSP 2023)
};
enum class CheckpointLayout : std::uint8_t {
  striped,     // each rank's bytes in equal parts over all servers
  round_robin  // each rank's bytes on one server
};
const char* to_text(CheckpointDirection direction);
const char* to_text(CheckpointLayout layout);

struct CheckpointTraffic {
  CheckpointDirection direction = CheckpointDirection::save;
  CheckpointLayout layout = CheckpointLayout::striped;
  // Each rank first copies what it sends to its host's memory at this speed, and computes nothing meanwhile.
  std::optional<Bandwidth> snapshot = {};
};

// The bytes of a checkpoint on their way, one message a rank and server. The servers are agents.
class CheckpointProgram final : public StepProgram {
 public:
  // `devices` has one entry a rank. Throws InputError where the fleet has no storage, or no other node to send to.
  CheckpointProgram(const CheckpointLoad& load, const topology::Fleet& fleet,
                    const std::vector<topology::VertexId>& devices, const CheckpointTraffic& traffic);

  std::uint32_t rank_count() const override { return first_agent() + static_cast<std::uint32_t>(servers_.size()); }
  std::uint32_t first_agent() const override { return static_cast<std::uint32_t>(bytes_.size()); }
  topology::VertexId agent_vertex(RankId agent) const override { return servers_[agent.value() - first_agent()]; }
  std::uint32_t stream_count(RankId) const override { return 1; }
  std::uint64_t length(RankId rank, StreamId stream) const override;
  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override;
  std::string stream_name(RankId rank, StreamId stream) const override;

  // Of all messages together.
  Bytes total_bytes() const;

 private:
  bool copies_first(RankId rank) const { return traffic_.snapshot && rank.value() < first_agent(); }
  void exchange_of_rank(std::uint32_t rank, Op& op) const;
  void exchange_of_server(std::uint32_t server, Op& op) const;
  // The part of a rank's bytes that is on a server; none where it has nothing there.
  Bytes part(std::uint32_t rank, std::uint32_t server) const;

  CheckpointTraffic traffic_;
  std::vector<Bytes> bytes_;                 // of each rank
  std::vector<topology::VertexId> servers_;  // none where ranks send to each other
  std::vector<RankId> keeper_;               // of each rank's bytes, where ranks send to each other
  std::vector<RankId> kept_;                 // the rank whose bytes each rank keeps
};

}  // namespace lockstep::workloads
