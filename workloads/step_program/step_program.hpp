#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "topology/fleet_elements.hpp"
#include "workloads/step_program/op.hpp"

namespace lockstep::workloads {

class StepProgram;
struct CollectiveRequest;

// One collective of a program: what each member does, and which ranks of the program the members are.
struct CollectiveCall {
  std::shared_ptr<const StepProgram> plan;                // its ranks are the members, then the agents
  std::shared_ptr<const std::vector<RankId>> members;     // ranks of the calling program, in member order
  std::shared_ptr<const CollectiveRequest> request = {};  // what the plan was made for, so that files can state it
  // Nothing else can hold it up, so that runs of the same plan take equally long.
  bool is_steady = false;
};

// The training data that an operation works on; all ranks that share in that work name the same.
struct DataPart {
  std::uint32_t replica = 0;
  std::uint32_t microbatch = 0;
  friend auto operator<=>(const DataPart&, const DataPart&) = default;
};

// How a stream issues its operations.
enum class StreamOrder : std::uint8_t {
  in_turn,  // each when the one before is done
  ahead     // all at once, in order: every operation is one receive, and all are from one peer under one tag
};

// What every rank does in one step: streams of operations, each run in order, streams beside each other. A pure
// function of (rank, stream, position), so that programs whose ranks follow a rule need not be written out; immutable.
class StepProgram {
 public:
  virtual ~StepProgram() = default;

  virtual std::uint32_t rank_count() const = 0;
  // Ranks from here on are agents: no device runs them, but a vertex of the fleet that takes part (a switch that
  // reduces). They start when the first other rank does.
  virtual std::uint32_t first_agent() const { return rank_count(); }
  // The vertex that an agent stands on.
  virtual topology::VertexId agent_vertex(RankId) const { return {}; }

  virtual std::uint32_t stream_count(RankId rank) const = 0;
  virtual StreamOrder order(RankId, StreamId) const { return StreamOrder::in_turn; }
  // How many operations the stream has.
  virtual std::uint64_t length(RankId rank, StreamId stream) const = 0;
  // Whether operations wait with a delay, so that it has to be remembered when others were done.
  virtual bool has_delays() const { return false; }
  // Writes the operation at `position` < length into `op`, which arrives cleared.
  virtual void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const = 0;

  // Ranks of equal texts do the same, operation for operation, with others in the places of theirs: peers and tags,
  // ranks that are waited for, collectives and members. Two places that name the same for the one name the same for the
  // other, where collectives are the same whose plans and members are. A collective of both is at the same places for
  // both. None where there is no rule, and operations have to be looked at.
  virtual std::optional<std::uint64_t> text(RankId) const { return std::nullopt; }

  // Whom a rank plays where equal ranks of a larger program were folded into one: the first of them, of how many.
  struct Role {
    RankId rank;
    std::uint32_t count = 1;
  };
  virtual Role role(RankId rank) const { return {.rank = rank}; }

  // Whether computations are about microbatches, and which one an operation of that rank is about.
  virtual bool has_microbatches() const { return false; }
  virtual std::optional<DataPart> data_part(RankId, const Label&) const { return std::nullopt; }

  // How many times their share of the tokens a rank's experts can get at most; 1 where that is no question.
  virtual double hottest_experts() const { return 1; }
  // The same step with `factor` times the share for the experts of the first rank of each group, and the rest for the
  // others. Requires 1 <= factor <= hottest_experts().
  virtual std::shared_ptr<const StepProgram> with_hot_experts(double factor) const;

  // The collective of that number. Only for programs that have collective operations.
  virtual CollectiveCall collective(std::uint64_t number) const;

  // Words for people and traces.
  virtual std::string stream_name(RankId rank, StreamId stream) const;
  virtual std::string label_text(const Label& label) const;
};

}  // namespace lockstep::workloads
