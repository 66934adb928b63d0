#pragma once

#include <cstdint>
#include <vector>

#include "base/quantity.hpp"
#include "workloads/step_program/op.hpp"

namespace lockstep::sim {

// What a stretch of a path is spent on.
enum class PathWhat : std::uint8_t {
  operation,  // of `rank`
  message,    // that `rank` sent
  delay,      // that an operation of `rank` lets pass after another
  clock,      // `rank` does nothing before a stated time
  queueing    // of `rank`, for a device that something else occupies
};

struct PathStep {
  PathWhat what = {};
  workloads::RankId rank;
  workloads::StreamId stream;
  workloads::Label label;  // of the last of its operations
  Seconds start = {};
  Seconds end = {};
  std::uint32_t operations = 1;                          // in a row, all of one stream, kind and phase
  workloads::OpKind kind = workloads::OpKind::exchange;  // of an operation
};

// Paths that share their beginnings: each is its last step and the path before it. What no path needs any more is used
// again, so memory follows what is under way, not how long it has been.
class PathChains {
 public:
  using Chain = std::uint32_t;
  static constexpr Chain beginning = UINT32_MAX;  // no step yet

  explicit PathChains(Seconds start) : start_(start) {}

  Seconds end(Chain chain) const { return chain == beginning ? start_ : nodes_[chain].step.end; }
  // A chain lives while somebody holds it.
  Chain hold(Chain chain) {
    if (chain != beginning) ++nodes_[chain].holders;
    return chain;
  }
  void drop(Chain chain);
  // Lets `place` hold `chain` instead of what it held.
  void assign(Chain& place, Chain chain) { replace(place, hold(chain)); }
  // The same with a chain that the caller holds, and hands over.
  void replace(Chain& place, Chain chain) {
    drop(place);
    place = chain;
  }
  // `chain` and then the step, which starts where the chain ends; the caller holds it. Steps of no length are none, and
  // those that go on with the last one of the chain are one with it.
  Chain extended(Chain chain, const PathStep& step);

  std::vector<PathStep> steps(Chain chain) const;
  // How many steps are kept.
  std::size_t size() const { return nodes_.size() - free_.size(); }

 private:
  struct Node {
    PathStep step;  // but for its start
    Chain before = beginning;
    std::uint32_t holders = 1;  // places and nodes
  };
  Chain take(const Node& node);

  Seconds start_;
  std::vector<Node> nodes_;
  std::vector<Chain> free_;
};

}  // namespace lockstep::sim
