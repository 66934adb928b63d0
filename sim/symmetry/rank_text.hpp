#pragma once

#include <functional>
#include <vector>

#include "sim/symmetry/fingerprint.hpp"
#include "workloads/step_program/step_program.hpp"

namespace lockstep::sim {

// What a rank of a program does, whoever the others are. Others that it has to do with are *named*: the peer and tag of
// a send or a receive, the rank that it waits for, the collective that it calls. Names are numbered by first use.
struct RankText {
  enum class Naming : std::uint8_t { receive, send, wait, call };
  struct Place {
    workloads::StreamId stream;
    std::uint64_t position = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  // How often a collective is called in a phase of the program.
  struct Runs {
    std::uint16_t phase = 0;
    std::uint32_t count = 0;
  };
  struct Name {
    Naming naming = Naming::send;
    Place place;  // where it is used first
    std::uint32_t index =
        0;  // there, among the operation's receives, sends or waits; of a call among all names of such
    bool in_one_stream = true;  // all uses are
    Bytes sent = {};            // altogether
    bool has_agents = false;    // of a collective
    std::vector<Runs> runs{};   // of a collective
  };
  struct Call {
    Place place;
    std::uint32_t called = 0;  // which of the collectives that have names
    std::uint32_t run = 0;     // of that
  };

  Fingerprint does;  // all of it, with names as numbers
  std::vector<Name> names;
  std::vector<Call> calls;            // by place
  std::vector<Bytes> bytes_of_phase;  // that it sends itself
  bool only_exchanges = true;         // nothing is computed, called or held
  std::uint32_t combining = 0;        // streams that combine what they receive

  // Requires that there is one.
  const Call& call_at(const Place& place) const;
};

// A collective that is called, as something to tell it apart by.
struct CalledScene {
  std::uint32_t number = 0;
  bool has_agents = false;
};
using SceneOfCall = std::function<CalledScene(std::uint64_t collective)>;

// Looks at all operations of the rank. `op` serves as memory.
RankText text_of(const workloads::StepProgram& program, workloads::RankId rank, const SceneOfCall& scene_of,
                 workloads::Op& op);

}  // namespace lockstep::sim
