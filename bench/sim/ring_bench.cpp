// Ring all-reduces of 1 GB through one switch, every message an event: messages a second on each network, beside what a
// bare SimGrid program does.
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>

#include "bench/measured.hpp"
#include "sim/run_scenario.hpp"

namespace lockstep::bench {
namespace {

void ring(benchmark::State& state, const char* network) {
  const auto ranks = static_cast<unsigned>(state.range(0));
  const Catalog catalog = Catalog::bundled();
  const Json document = {
      {"fleet",
       {{"topology", "switch"}, {"devices", ranks}, {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2.5 us"}}}}},
      {"workload", {{"kind", "collective"}, {"operation", "all_reduce"}, {"algorithm", "ring"}, {"bytes", "1 GB"}}},
      {"engine", {{"network", network}, {"fold", false}}}};
  const sim::Scenario scenario = sim::read_scenario(document, {.catalog = catalog});
  time_beside_bare(state, ranks, [&] { return timed([&] { return sim::run_scenario(scenario).events; }); });
}

void manual(benchmark::internal::Benchmark* rings) {
  rings->UseManualTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(ring, fluid, "fluid")->Arg(64)->Arg(256)->Apply(manual);
BENCHMARK_CAPTURE(ring, ports, "ports")->Arg(256)->Apply(manual);
BENCHMARK_CAPTURE(ring, contention_free, "contention_free")->Arg(256)->Apply(manual);
// Once, since the bare program takes several seconds.
BENCHMARK_CAPTURE(ring, fluid, "fluid")->Arg(1024)->Iterations(1)->Apply(manual);
BENCHMARK_CAPTURE(ring, ports, "ports")->Arg(1024)->Iterations(1)->Apply(manual);
BENCHMARK_CAPTURE(ring, contention_free, "contention_free")->Arg(1024)->Iterations(1)->Apply(manual);

}  // namespace
}  // namespace lockstep::bench
