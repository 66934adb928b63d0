#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "sim/symmetry/fingerprint.hpp"
#include "sim/timeline.hpp"
#include "workloads/step_program/outline.hpp"

// Who does what with whom in the programs of some jobs, whoever they are: ranks number their peers by when they first
// have to do with them, so that ranks that do the same look the same.
namespace lockstep::sim {

// A rank of a job, or an agent of a program.
struct Actor {
  std::uint32_t job = 0;
  topology::VertexId vertex;
  bool is_agent = false;
  Fingerprint does;                           // all of it, with the lines to others as numbers
  std::uint32_t ports = 0;                    // ends of lines, numbered by first use
  std::vector<std::uint32_t> parts = {};      // in the program that it belongs to, then in each call that it makes
  std::vector<std::uint32_t> waits_for = {};  // actors, by first use
};

// A program that runs: that of a job, or a collective that is called; the same by the same members again and again.
struct Scene {
  std::shared_ptr<const workloads::StepProgram> program;
  std::uint32_t job = 0;
  std::uint32_t depth = 0;
  std::uint16_t phase = 0;  // of a collective: of the job's operation that it is part of
  std::shared_ptr<const std::vector<workloads::RankId>> members = {};  // in the caller; null for a job's own
  std::vector<std::uint32_t> part_of = {};                             // of each rank of the program
};

// A rank of a scene's program, played by an actor.
struct Part {
  std::uint32_t actor = 0;
  std::uint32_t number = 0;  // among the actor's
  std::uint32_t scene = 0;
  workloads::RankId rank;
  std::uint32_t caller = 0;  // the actor's part that calls; itself where nobody does
  std::uint32_t runs = 1;    // how often it is called
  Bytes sent = {};           // of a collective that a job calls: in one run, with what that calls in turn
};

// The messages of one tag from one part to another.
struct Line {
  static constexpr std::uint32_t nobody = UINT32_MAX;
  struct End {
    std::uint32_t part = nobody;
    std::uint32_t port = 0;  // the actor's
  };
  End sender = {};
  End receiver = {};
  workloads::Tag tag = 0;
  std::uint32_t within = nobody;  // the sender's part in the collective that its job calls
  Bytes bytes = {};
};

class ProgramGraph {
 public:
  // Whether calls of the same collective by the same members are runs of one scene.
  enum class Repeats : std::uint8_t { together, apart };
  // Walks through all operations of all ranks, but where outlines say what they are.
  explicit ProgramGraph(std::span<const Job> jobs, Repeats repeats = Repeats::together);
  // False where members call the runs of a scene in different orders; then repeats have to be kept apart.
  bool is_orderly() const { return is_orderly_; }

  const std::vector<Actor>& actors() const { return actors_; }
  const std::vector<Scene>& scenes() const { return scenes_; }  // those of the jobs first
  const std::vector<Part>& parts() const { return parts_; }
  const std::vector<Line>& lines() const { return lines_; }
  const Actor& sender(const Line& line) const { return actors_[parts_[line.sender.part].actor]; }
  const Actor& receiver(const Line& line) const { return actors_[parts_[line.receiver.part].actor]; }
  // What is sent has nobody who receives it, or the other way round.
  bool has_loose_ends() const;
  // As the timeline of each job has it.
  const std::vector<std::vector<Bytes>>& bytes_of_phase() const { return bytes_of_phase_; }

  struct LineKey {
    std::uint32_t scene = 0;
    workloads::RankId from;
    workloads::RankId to;
    workloads::Tag tag = 0;
    friend bool operator==(const LineKey&, const LineKey&) = default;
  };
  // Requires that the line is there, as it is when one of its ends is named by an operation.
  std::uint32_t line(const LineKey& key) const { return known_lines_.at(key); }
  // A collective that is called: a scene, and which of its runs.
  struct Call {
    std::uint32_t scene = 0;
    std::uint32_t run = 0;
    bool is_entered = false;  // by the first member
  };
  // The same of the collective that a scene calls by that number.
  const Call& called(std::uint32_t caller, std::uint64_t collective) const { return called_.at(collective).at(caller); }

 private:
  struct LineHash {
    std::size_t operator()(const LineKey& key) const noexcept {
      const std::uint64_t ends = std::uint64_t{key.from.value()} << 32 | key.to.value();
      return Fingerprint::mixed(ends ^ Fingerprint::mixed(std::uint64_t{key.scene} << 32 | key.tag));
    }
  };

  void add_job(std::uint32_t number, const Job& job);
  std::uint32_t add_actor(const Actor& actor);
  std::uint32_t add_part(const Part& part);
  void add_agents(std::uint32_t scene);
  Call& call_of(std::uint32_t caller, const workloads::Op& op);
  void walk_call(std::uint32_t caller, const workloads::Op& op);
  void walk_actor(std::uint32_t actor);
  void walk_part(std::uint32_t part);
  bool outline_part(std::uint32_t part);
  void walk_op(std::uint32_t part, const workloads::Op& op);
  void walk_waits(Actor& actor, std::uint32_t scene, const workloads::Op& op);
  std::uint32_t find_line(const LineKey& key);
  std::uint32_t port_of(Line::End& end, std::uint32_t part);
  void send(Line& line, Bytes bytes);
  void count_bytes(const Scene& scene, std::uint16_t phase, Bytes bytes);

  std::vector<Actor> actors_;
  std::vector<Scene> scenes_;
  std::vector<Part> parts_;
  std::vector<Line> lines_;
  std::unordered_map<LineKey, std::uint32_t, LineHash> known_lines_;
  std::unordered_map<std::uint64_t, std::unordered_map<std::uint32_t, Call>> called_;      // by number, then caller
  std::map<std::tuple<std::uint32_t, const void*, const void*>, std::uint32_t> repeated_;  // by caller, plan, members
  Repeats repeats_;
  bool is_orderly_ = true;
  std::uint32_t within_ = Line::nobody;             // as of Line, while walking
  std::vector<std::vector<Bytes>> bytes_of_phase_;  // of each job
  workloads::Outline outline_;
  std::deque<workloads::Op> ops_;  // one for each depth of walking
};

}  // namespace lockstep::sim
