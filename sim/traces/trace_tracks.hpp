#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/traces/chrome_trace.hpp"

namespace lockstep::sim {

// What a viewer shows as a process: a rank of a job, or an agent.
struct TraceProcess {
  std::uint32_t id = 0;
  std::string name;
};

// What a viewer shows as a thread: runs of a stream, one after the other.
struct TraceTrack {
  std::uint32_t process = 0;  // its id
  std::uint32_t id = 0;       // within the process, from top to bottom
  std::string name;
  std::vector<std::uint32_t> lanes;  // in the order of time; no two overlap
};

// Where everything that was recorded is shown, in the order of process and track.
struct TraceLayout {
  std::vector<TraceProcess> processes;
  std::vector<TraceTrack> tracks;
  std::vector<std::uint32_t> track_of;  // of each lane
};
TraceLayout lay_out(const ChromeTrace& trace);

}  // namespace lockstep::sim
