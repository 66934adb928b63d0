#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/symmetry/rank_text.hpp"
#include "sim/timeline.hpp"

// Who does what with whom in the programs of some jobs, whoever they are: ranks number their peers by when they first
// have to do with them, so that ranks that do the same look the same.
namespace lockstep::sim {

// A rank of a job, or an agent of a program.
struct Actor {
  std::uint32_t job = 0;
  topology::VertexId vertex;
  bool is_agent = false;
  Fingerprint does = {};                      // all of it, with the lines to others as numbers
  std::uint32_t ports = 0;                    // ends of lines, numbered by first use
  std::vector<std::uint32_t> parts = {};      // in the program that it belongs to, then in each call that it makes
  std::vector<std::uint32_t> waits_for = {};  // actors, by first use
};

// A program that runs: that of a job, or a collective that is called; the same by the same members again and again.
struct Scene {
  std::shared_ptr<const workloads::StepProgram> program;
  std::uint32_t job = 0;
  std::uint32_t depth = 0;
  std::uint32_t caller = 0;                                            // a scene; itself for a job's own
  std::shared_ptr<const std::vector<workloads::RankId>> members = {};  // in the caller; null for a job's own
  std::vector<std::uint32_t> part_of = {};                             // of each rank of the program
  std::vector<RankText::Runs> runs = {};                               // of what a job calls: how often it does
};

// A rank of a scene's program, played by an actor.
struct Part {
  std::uint32_t actor = 0;
  std::uint32_t number = 0;  // among the actor's
  std::uint32_t scene = 0;
  workloads::RankId rank;
  std::uint32_t caller = 0;               // the actor's part that calls; itself where nobody does
  std::uint32_t text = 0;                 // what it does
  std::vector<std::uint32_t> calls = {};  // the part in each collective that its text names, in that order
  Bytes sent = {};                        // in one run, with what it calls in turn
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
  // Whether calls of the same collective by the same members are runs of one scene.
  enum class Repeats : std::uint8_t { together, apart };
  // Looks at one rank of each text that programs state, and at every rank where they state none.
  explicit ProgramGraph(std::span<const Job> jobs, Repeats repeats = Repeats::together);
  // False where members call the runs of a scene in different orders; then repeats have to be kept apart.
  bool is_orderly() const { return is_orderly_; }

  const std::vector<Actor>& actors() const { return actors_; }
  const std::vector<Scene>& scenes() const { return scenes_; }  // those of the jobs first
  const std::vector<Part>& parts() const { return parts_; }
  const std::vector<Line>& lines() const { return lines_; }
  const RankText& text(const Part& part) const { return texts_[part.text]; }
  workloads::RankId rank(const Line::End& end) const { return parts_[end.part].rank; }
  const Actor& actor(const Line::End& end) const { return actors_[parts_[end.part].actor]; }
  // Why equal ranks of these jobs might do unequal things after all; absent where they cannot.
  std::optional<std::string> ambiguity(std::span<const Job> jobs) const;
  // As the timeline of each job has it.
  const std::vector<std::vector<Bytes>>& bytes_of_phase() const { return bytes_of_phase_; }

 private:
  friend class ProgramWalk;
  bool has_loose_ends() const;
  bool has_common_lines() const;
  bool combines_at_once(const Actor& actor) const;

  std::vector<Actor> actors_;
  std::vector<Scene> scenes_;
  std::vector<Part> parts_;
  std::vector<Line> lines_;
  std::deque<RankText> texts_;                      // each once
  std::vector<std::vector<Bytes>> bytes_of_phase_;  // of each job
  bool is_orderly_ = true;
};

}  // namespace lockstep::sim
