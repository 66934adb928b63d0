#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "topology/fleet_elements.hpp"
#include "workloads/step_program/step_program.hpp"
#include "workloads/training/packed_sequences.hpp"

// What a simulation tells: when things happened.
namespace lockstep::sim {

// A program on a fleet.
struct Job {
  std::shared_ptr<const workloads::StepProgram> program;
  std::vector<topology::VertexId> placement;  // of each rank that is no agent
  Seconds start = {};
  // The job, by its number, that has to end first; `start` then counts from there.
  std::optional<std::uint32_t> follows = {};
  // Whether it is not run where it has to go just like the one that it follows, which is the same job: where nothing
  // changes and nothing is drawn any more from the beginning of that one on. Of jobs that each follow the one before.
  bool may_repeat = false;
  // How fast a rank combines what it receives; unlimited unless stated. Agents combine for free.
  std::optional<Bandwidth> reduction_rate = {};
  Seconds message_overhead = {};  // before each message
  // How many times as long computation of a rank takes while a collective or a message of its own is under way beside
  // it. From when the rank takes part: kernels that wait for the others occupy the device like those that move data.
  double communication_slowdown = 1;
  // What its microbatches are made of, where that is known.
  std::optional<workloads::PackedSequences> sequences = {};
};

struct JobTimeline {
  Seconds start = {};
  Seconds end;                         // when its last rank was done
  std::vector<Seconds> rank_end = {};  // of each rank that is no agent
  // Of all messages, by the phase in the label of the job's own operation that they belong to; up to the last phase
  // that had any.
  std::vector<Bytes> bytes_of_phase = {};
  // Where it stands for several steps, each begun when the one before has ended: when each of them ended, the last too.
  std::vector<Seconds> step_ends = {};
  // How many of them, at the end, were not simulated: they go just like the one before them.
  std::size_t repeated = 0;

  std::size_t steps() const { return std::max<std::size_t>(1, step_ends.size()); }
  std::size_t simulated_steps() const { return steps() - repeated; }
  Seconds step_time() const { return (end - start) / static_cast<double>(steps()); }
  // Of the last step that was simulated.
  Seconds last_step_start() const { return simulated_steps() > 1 ? step_ends[simulated_steps() - 2] : start; }
  Seconds last_step_end() const { return step_ends.empty() ? end : step_ends[simulated_steps() - 1]; }
};

// What came of the wish to simulate one of each set of equal ranks.
struct FoldReport {
  std::size_t actors = 0;                    // ranks and agents of all jobs; 0 where nobody looked
  std::size_t classes = 0;                   // of equal ones
  std::optional<std::string> obstacle = {};  // why the whole was simulated; absent where it was folded

  // How many ranks one that is simulated stands for, in the mean.
  double ratio() const { return obstacle ? 1 : static_cast<double>(actors) / static_cast<double>(classes); }
};

// Jobs that are left out because they may repeat have no timeline of their own, but count in everything else but `end`.
struct Timeline {
  Seconds end;
  std::vector<JobTimeline> jobs;
  std::uint64_t events = 0;       // transfers, reductions and computations
  std::uint64_t simulated = 0;    // those of them that were simulated, and stand for the others
  Bytes message_bytes;            // of all messages together
  std::vector<Bytes> link_bytes;  // of each link of the fleet
  std::vector<Seconds> busy;      // of each vertex: how long it computed
  FoldReport folding = {.obstacle = "nobody asked for it"};
};

// Where an operation stands: in a stream of the program of a job, or of a collective that it calls.
struct OpPlace {
  std::uint32_t job = 0;
  workloads::RankId rank;   // of the job's program; of agents the first rank that called
  std::uint32_t depth = 0;  // 0: the job's program itself
  bool is_agent = false;
  const workloads::StepProgram* program = nullptr;  // the one that `member` and `stream` belong to
  workloads::RankId member;
  workloads::StreamId stream;
  std::uint64_t position = 0;
  topology::VertexId vertex;
  // One run of `program` by one member, from when it enters to when it is done; never used again for another.
  std::uint64_t frame = 0;
  // Of a collective: the frame and stream that called it. Agents have none: nobody's stream calls them.
  std::optional<std::uint64_t> calling_frame = {};
  workloads::StreamId calling_stream = {};
};

struct OpSpan {
  OpPlace place;
  workloads::OpKind kind;
  workloads::Label label;
  Seconds start;
  Seconds end;
  // What follows lives only while the observer is told.
  const workloads::Op* op = nullptr;
  const workloads::StepProgram* called = nullptr;         // of a collective: its plan
  std::uint32_t call = 0;                                 // of a collective: its number among those under way
  const std::vector<workloads::RankId>* ranks = nullptr;  // of the members of `place.program` in its caller
};

struct MessageSpan {
  OpPlace from;
  OpPlace to;
  Bytes bytes;
  Seconds start;  // when both ends were ready
  Seconds end;
  std::uint32_t number = 0;  // among those under way; used again for later ones
};

// Is told of operations and messages as they happen. Costs time: runs without one are several times faster.
class Observer {
 public:
  virtual ~Observer() = default;

  // Whether it is told of what goes on within collectives too, or only of operations of the jobs' own programs and of
  // the messages between them. Has to stay as it is.
  virtual bool wants_inner() const { return true; }

  virtual void job_begun([[maybe_unused]] std::uint32_t job, [[maybe_unused]] Seconds now) {}
  // The operation has nothing more to wait for, but perhaps for its device; `span` starts and ends now.
  virtual void op_begun(const OpSpan&) {}
  virtual void op_done(const OpSpan& span) = 0;
  // The message of that number starts because `cause`, its send or its receive, was issued now.
  virtual void message_begun(std::uint32_t, [[maybe_unused]] const OpPlace& from,
                             [[maybe_unused]] const OpPlace& cause) {}
  // Comes before the operations that end with the message.
  virtual void message_done(const MessageSpan& span) = 0;
};

}  // namespace lockstep::sim
