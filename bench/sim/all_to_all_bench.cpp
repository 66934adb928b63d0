// All messages of an all-to-all through one switch at once, with sizes that differ by up to 10 %: whenever one ends the
// shares of the others change.
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>

#include "base/random_stream.hpp"
#include "bench/measured.hpp"
#include "sim/run_scenario.hpp"

namespace lockstep::bench {
namespace {

sim::Scenario jittered_all_to_all(unsigned ranks, const Catalog& catalog) {
  RandomStream random(1, "bench/all_to_all");
  Json messages = Json::array();
  for (unsigned from = 0; from < ranks; ++from) {
    for (unsigned to = 0; to < ranks; ++to) {
      const std::string bytes = std::to_string(900'000 + random.below(200'001)) + " B";
      if (from != to) messages.push_back({{"from", from}, {"to", to}, {"bytes", bytes}});
    }
  }
  const Json document = {
      {"fleet",
       {{"topology", "switch"}, {"devices", ranks}, {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2 us"}}}}},
      {"workload", {{"kind", "collective"}, {"operation", "send"}, {"messages", std::move(messages)}}}};
  return sim::read_scenario(document, {.catalog = catalog});
}

void jittered_all_to_all(benchmark::State& state) {
  const auto ranks = static_cast<unsigned>(state.range(0));
  const Catalog catalog = Catalog::bundled();
  const sim::Scenario scenario = jittered_all_to_all(ranks, catalog);
  time_beside_bare(state, ranks, [&] { return timed([&] { return sim::run_scenario(scenario).events; }); });
}
BENCHMARK(jittered_all_to_all)->Arg(32)->Arg(64)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lockstep::bench
