#include "bench/measured.hpp"

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "base/child_tasks.hpp"
#include "bench/sim/bare_ring.hpp"

namespace lockstep::bench {
namespace {

void add_to(Measured& sum, const Measured& part) {
  sum.events += part.events;
  sum.seconds += part.seconds;
  sum.peak_bytes = std::max(sum.peak_bytes, part.peak_bytes);
}

}  // namespace

Measured timed(const std::function<std::uint64_t()>& simulate) {
  const std::clock_t start = std::clock();
  const std::uint64_t events = simulate();
  return {.events = events, .seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC};
}

Measured measure(const std::function<Measured()>& run) {
  const ChildTask task = [&run] {
    Measured measured = run();
    for (const auto whose : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
      rusage usage{};
      getrusage(whose, &usage);
      measured.peak_bytes = std::max(measured.peak_bytes, static_cast<double>(usage.ru_maxrss) * 1024);
    }
    return std::string(reinterpret_cast<const char*>(&measured), sizeof(measured));
  };
  Measured measured;
  std::memcpy(&measured, run_in_children({&task, 1}, 1).front().bytes().data(), sizeof(measured));
  return measured;
}

void time_beside_bare(benchmark::State& state, unsigned ranks_of_bare, const std::function<Measured()>& run) {
  Measured ours;
  Measured bare;
  for (auto _ : state) {
    const Measured one = measure(run);
    state.SetIterationTime(one.seconds);
    add_to(ours, one);
    add_to(bare, measure([=] { return bare_ring(ranks_of_bare); }));
  }
  state.counters["events/s"] = ours.rate();
  state.counters["bare/s"] = bare.rate();
  state.counters["of_bare"] = ours.rate() / bare.rate();
  state.counters["peak_MiB"] = ours.peak_bytes / 0x1p20;
}

}  // namespace lockstep::bench
