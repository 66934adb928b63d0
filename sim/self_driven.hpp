#pragma once

#include "sim/engines/route_table.hpp"
#include "sim/timeline.hpp"

namespace lockstep::sim {

// What a run happens in. All of it must outlive the run.
struct RunGround {
  RouteTable& routes;
  Network& network;
  Conditions* conditions = nullptr;  // may be null
  std::uint64_t replica = 0;
};

// A workload that decides what comes next while it runs, by when things happen, so that no step program can state it.
class SelfDriven {
 public:
  virtual ~SelfDriven() = default;
  // As one job. Throws SimulationError when it cannot go on.
  virtual Timeline run(const RunGround& ground) = 0;
};

}  // namespace lockstep::sim
