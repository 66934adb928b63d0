// Replicas a second of a small scenario: what starting processes and reading the scenario anew leave of the simulation.
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>

#include "sim/run_scenario.hpp"
#include "studies/replicas.hpp"

namespace lockstep::bench {
namespace {

const Json& document() {
  static const Json json = Json::parse(R"({
    "workload": {"kind": "pipeline", "schedule": "1f1b", "stages": 8, "microbatches": 16,
                 "forward": "10 ms", "backward": "20 ms"},
    "perturbations": [{"kind": "compute_jitter", "factor": {"distribution": "lognormal", "mean": 1, "sigma": 0.2}}],
    "engine": {"network": "contention_free"}})");
  return json;
}

constexpr std::uint32_t replicas = 2000;

void count_replicas(benchmark::State& state) {
  state.counters["events/s"] = benchmark::Counter(replicas, benchmark::Counter::kIsIterationInvariantRate);
}

void replicas_in_processes(benchmark::State& state) {
  const Catalog catalog = Catalog::bundled();
  const sim::ScenarioSource source{.catalog = catalog};
  const studies::ReplicaPlan plan{.replicas = replicas, .jobs = static_cast<unsigned>(state.range(0))};
  for (auto _ : state) {
    const studies::ScenarioText text{.document = document(), .source = source};
    benchmark::DoNotOptimize(studies::run_replicas(text, plan).rows.size());
  }
  count_replicas(state);
}

// The simulation alone, in this process and read once.
void simulations_alone(benchmark::State& state) {
  const Catalog catalog = Catalog::bundled();
  const sim::Scenario scenario = sim::read_scenario(document(), {.catalog = catalog});
  for (auto _ : state) {
    for (std::uint32_t replica = 0; replica < replicas; ++replica) {
      benchmark::DoNotOptimize(sim::run_scenario(scenario, nullptr, {.replica = replica}).end);
    }
  }
  count_replicas(state);
}

BENCHMARK(replicas_in_processes)->ArgName("jobs")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(simulations_alone)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lockstep::bench
