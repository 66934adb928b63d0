#pragma once

#include <cstdint>
#include <functional>

namespace benchmark {
class State;
}

namespace lockstep::bench {

// What a simulation was, and what it took.
struct Measured {
  std::uint64_t events = 0;
  double seconds = 0;     // that a processor worked on it
  double peak_bytes = 0;  // of the whole process

  double rate() const { return static_cast<double>(events) / seconds; }
};

// A simulation that returns its events.
Measured timed(const std::function<std::uint64_t()>& simulate);

// In a process of its own, as SimGrid wants it; the peak is that process's. Throws what `run` throws.
Measured measure(const std::function<Measured()>& run);

// Runs of ours and of the ring by SimGrid alone, by turns, so that whatever slows the machine down meets both: reports
// events a second, as such and as a multiple of the messages of that ring, and the peak. The time is set by hand.
void time_beside_bare(benchmark::State& state, unsigned ranks_of_bare, const std::function<Measured()>& run);

}  // namespace lockstep::bench
