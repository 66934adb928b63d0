// Ring all-reduces of 1 GB through one switch, every message an event: messages a second on each network, and beside
// `fluid` what bare SimGrid programs do. Each run has a process of its own, as SimGrid wants it, which also tells how
// much memory it takes.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <map>

#include "base/catalog.hpp"
#include "base/child_tasks.hpp"
#include "bench/sim/bare_ring.hpp"
#include "sim/simulate.hpp"
#include "topology/fleet_spec.hpp"
#include "workloads/collectives/algorithms.hpp"
#include "workloads/step_program/listed_program.hpp"

namespace lockstep::bench {
namespace {

using RingFunction = RingRun (*)(unsigned ranks);

sim::Job ring_on(const topology::Fleet& fleet) {
  const std::vector<topology::VertexId> devices(fleet.devices().begin(), fleet.devices().end());
  const auto ranks = static_cast<std::uint32_t>(devices.size());
  workloads::ProgramBuilder builder(ranks);
  std::vector<workloads::RankId> members;
  for (std::uint32_t rank = 0; rank < ranks; ++rank) members.emplace_back(rank);
  const auto plan = workloads::plan_collective({.bytes = Bytes(1e9)}, {fleet, devices}, workloads::Fidelity::message);
  const auto collective =
      builder.add_collective({plan, std::make_shared<const std::vector<workloads::RankId>>(members)});
  for (const workloads::RankId rank : members) {
    workloads::Op op;
    op.kind = workloads::OpKind::collective;
    op.collective = collective;
    op.member = rank;
    builder.add(rank, builder.add_stream(rank, "collective"), op);
  }
  return {.program = builder.build(), .placement = devices};
}

// So many simulations, one after the other.
RingRun ring_on_network(unsigned ranks, const char* network, unsigned simulations) {
  const Catalog catalog = Catalog::bundled();
  const topology::Fleet fleet =
      topology::load_fleet(R"({"topology":"switch","link":{"bandwidth":"50 GB/s","latency":"2.5 us"},"devices":)" +
                               std::to_string(ranks) + "}",
                           "", {.catalog = catalog});
  const sim::Job job = ring_on(fleet);
  const std::clock_t start = std::clock();
  sim::Timeline timeline;
  for (unsigned i = 0; i < simulations; ++i) timeline = sim::simulate(fleet, {&job, 1}, {.network = network});
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return {simulations * timeline.events, timeline.end.si(), seconds};
}
RingRun fluid(unsigned ranks) {
  return ring_on_network(ranks, "fluid", 1);
}
RingRun contention_free(unsigned ranks) {
  return ring_on_network(ranks, "contention_free", ranks < 100 ? 100 : 1);
}

struct Measured {
  RingRun run;
  double peak_bytes;  // of the whole process
};

Measured measure(RingFunction ring, unsigned ranks) {
  const ChildTask task = [=] {
    Measured measured{ring(ranks), 0};
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    measured.peak_bytes = static_cast<double>(usage.ru_maxrss) * 1024;
    return std::string(reinterpret_cast<const char*>(&measured), sizeof(measured));
  };
  Measured measured{};
  std::memcpy(&measured, run_in_children({&task, 1}, 1).front().bytes().data(), sizeof(measured));
  return measured;
}

// The best of three (of one where that takes long), of the better way to write it.
double bare_rate(unsigned ranks) {
  static std::map<unsigned, double> known;
  double& best = known[ranks];
  if (best > 0) return best;
  for (const RingFunction ring : {bare_ring_by_callbacks, bare_ring_by_actors}) {
    for (int i = 0; i < (ranks < 1000 ? 3 : 1); ++i) {
      const RingRun run = measure(ring, ranks).run;
      best = std::max(best, static_cast<double>(run.messages) / run.seconds);
    }
  }
  return best;
}

void rate_of_rings(benchmark::State& state, RingFunction ring) {
  const auto ranks = static_cast<unsigned>(state.range(0));
  double seconds = 0;
  double messages = 0;
  Measured measured{};
  for (auto _ : state) {
    measured = measure(ring, ranks);
    state.SetIterationTime(measured.run.seconds);
    seconds += measured.run.seconds;
    messages += static_cast<double>(measured.run.messages);
  }
  state.counters["messages/s"] = messages / seconds;
  state.counters["peak_MiB"] = measured.peak_bytes / 0x1p20;
  if (ring == &fluid) state.counters["of_bare"] = messages / seconds / bare_rate(ranks);
}

BENCHMARK_CAPTURE(rate_of_rings, bare_simgrid_by_callbacks, bare_ring_by_callbacks)
    ->Arg(64)
    ->Arg(256)
    ->Arg(1024)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rate_of_rings, bare_simgrid_by_actors, bare_ring_by_actors)
    ->Arg(64)
    ->Arg(256)
    ->Arg(1024)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rate_of_rings, fluid, fluid)
    ->Arg(64)
    ->Arg(256)
    ->Arg(1024)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rate_of_rings, contention_free, contention_free)
    ->Arg(8)
    ->Arg(64)
    ->Arg(1024)
    ->Arg(4096)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lockstep::bench
