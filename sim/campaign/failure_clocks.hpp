#pragma once

#include <cstdint>
#include <queue>
#include <span>
#include <vector>

#include "base/random_stream.hpp"
#include "sim/campaign/failure_cause.hpp"

namespace lockstep::sim {

// How nodes make up larger and smaller units that fail.
struct NodeUnits {
  std::uint32_t nodes = 1;  // spare ones too
  std::uint32_t devices_of_node = 1;
  std::uint32_t racks = 0;  // racks fail as places, whichever nodes stand there
};

// Tells what fails next. Each unit has, for each cause, a lifetime drawn from a stream of its own, so that none depends
// on what becomes of the others. Lifetimes pass on two clocks: that of the wall, and that of the job, which stands
// still while the job does.
class FailureClocks {
 public:
  struct Time {
    Seconds wall;
    Seconds job;
  };
  struct Failure {
    std::uint32_t cause = 0;
    std::uint32_t unit = 0;  // number of the device, node or rack; devices of node n from n times devices_of_node on
  };

  // The causes must outlive it.
  FailureClocks(std::span<const FailureCause> causes, const NodeUnits& units, std::uint64_t seed,
                std::uint64_t replica);

  // All that concerns the node, or the rack or job, begins a new life.
  void renew_node(std::uint32_t node, const Time& now);
  void renew(std::uint32_t cause, std::uint32_t unit, const Time& now);
  // It fails no more until it is renewed.
  void stop_node(std::uint32_t node);

  // How long until something fails, if the job runs, or if it stands still; infinite where nothing does.
  Seconds next(const Time& now, bool is_running);
  // What that is. It fails no more until it is renewed.
  Failure take();

 private:
  struct Entry {
    double time;  // on the clock of its queue
    std::uint32_t cause;
    std::uint32_t unit;
    std::uint32_t life;  // outdated when the unit has begun another
    bool operator>(const Entry& other) const {
      if (time != other.time) return time > other.time;
      return cause != other.cause ? cause > other.cause : unit > other.unit;
    }
  };
  struct Unit {
    RandomStream stream;
    std::uint32_t life = 0;
  };
  using Queue = std::priority_queue<Entry, std::vector<Entry>, std::greater<>>;

  void drop_outdated(Queue& queue);
  template <class Do>
  void for_units_of_node(std::uint32_t node, Do act);

  std::span<const FailureCause> causes_;
  NodeUnits units_;
  std::vector<std::vector<Unit>> lives_;  // by cause and unit
  Queue by_job_;
  Queue by_wall_;
  Queue* soonest_ = nullptr;  // as next() found
};

}  // namespace lockstep::sim
