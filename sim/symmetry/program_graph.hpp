#pragma once

#include <deque>
#include <memory>
#include <span>
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

// A running program: that of a job, or a collective that is called.
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
  Bytes bytes = {};
};

class ProgramGraph {
 public:
  // Walks through all operations of all ranks, but where outlines say what they are.
  explicit ProgramGraph(std::span<const Job> jobs);

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
  // The same of the collective that a scene calls by that number.
  std::uint32_t called(std::uint32_t caller, std::uint64_t collective) const {
    return called_.at(collective).at(caller);
  }

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
  std::uint32_t scene_of(std::uint32_t caller, const workloads::Op& call);
  void walk_part(std::uint32_t part);
  bool outline_part(std::uint32_t part);
  void walk_op(std::uint32_t part, const workloads::Op& op);
  void walk_waits(Actor& actor, std::uint32_t scene, const workloads::Op& op);
  std::uint32_t find_line(const LineKey& key);
  std::uint32_t port_of(Line::End& end, std::uint32_t part);
  void count_bytes(const Scene& scene, std::uint16_t phase, Bytes bytes);

  std::vector<Actor> actors_;
  std::vector<Scene> scenes_;
  std::vector<Part> parts_;
  std::vector<Line> lines_;
  std::unordered_map<LineKey, std::uint32_t, LineHash> known_lines_;
  std::unordered_map<std::uint64_t, std::unordered_map<std::uint32_t, std::uint32_t>>
      called_;                                      // by number, then caller
  std::vector<std::vector<Bytes>> bytes_of_phase_;  // of each job
  workloads::Outline outline_;
  std::deque<workloads::Op> ops_;  // one for each depth of walking
};

}  // namespace lockstep::sim
