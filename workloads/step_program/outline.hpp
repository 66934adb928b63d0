#pragma once

#include <cstdint>
#include <vector>

#include "workloads/step_program/op.hpp"

// What ranks of regular programs do, without writing it out.
namespace lockstep::workloads {

// Ranks whose outlines agree in `does` do the same, operation for operation, with those at their ports for peers.
struct Outline {
  // An end of all messages of one tag with one peer.
  struct Port {
    RankId peer;
    Tag tag = 0;
    bool sends = false;
    Bytes bytes = {};  // that it sends, altogether
  };
  std::vector<std::uint64_t> does;  // begins with a number that no other kind of program begins with
  std::vector<Port> ports;

  void clear() {
    does.clear();
    ports.clear();
  }
};

// A program without collectives, and without waits for other ranks, that can outline what its ranks do.
class Outlined {
 public:
  virtual ~Outlined() = default;
  // False where there is no rule that all ranks follow, and operations have to be looked at. Else writes the outline,
  // which arrives cleared.
  virtual bool outline(RankId rank, Outline& outline) const = 0;

 protected:
  Outlined() = default;
  Outlined(const Outlined&) = default;
  Outlined& operator=(const Outlined&) = default;
};

}  // namespace lockstep::workloads
