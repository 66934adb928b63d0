// Updates a second that protocols of 20 workers reach: without messages, and with messages that share links.
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>

#include "sim/run_scenario.hpp"

namespace lockstep::bench {
namespace {

void updates(benchmark::State& state, const char* protocol, const char* network) {
  static const Catalog catalog = Catalog::bundled();
  Json json = Json::parse(R"({
    "fleet": {"topology": "switch", "devices": 21, "link": {"bandwidth": "200 GB/s", "latency": "1 us"}},
    "workload": {"kind": "updates", "workers": 20, "compute": {"distribution": "exponential", "mean": "1 s"},
                 "k": 16, "updates": 100000}})");
  Json& workload = json["workload"];
  workload["protocol"] = protocol;
  if (protocol[0] != 'k') workload.erase("k");
  json["engine"]["network"] = network;
  if (network != std::string("contention_free")) {
    workload["payload"] = "100 MB";
    workload["server"]["at"] = "d20";
  }
  const sim::Scenario scenario = sim::read_scenario(json, {.catalog = catalog});
  for (auto _ : state) benchmark::DoNotOptimize(sim::run_scenario(scenario).end);
  state.counters["events/s"] = benchmark::Counter(100000, benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK_CAPTURE(updates, async, "async", "contention_free")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(updates, k_async, "k_async", "contention_free")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(updates, sync, "sync", "contention_free")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(updates, async_with_messages, "async", "ports")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lockstep::bench
