#include <benchmark/benchmark.h>

#include <cstdint>

#include "base/catalog.hpp"
#include "base/random_stream.hpp"
#include "topology/fleet_spec.hpp"
#include "topology/metrics/fleet_metrics.hpp"

// The fleets that must stay cheap: 16,384 devices on a three-level tree, and the same on nodes with rails.
namespace lockstep::topology {
namespace {

constexpr const char* tree =
    R"({"topology":"fat_tree","radix":[32,64,64],"devices":16384,"link":{"bandwidth":"50 GB/s","latency":"1 us"}})";
constexpr const char* rails =
    R"({"node":"DGX_H100","nodes":2048,"fabric":{"topology":"rail_optimized","link":"InfiniBand_NDR"}})";
constexpr const char* torus =
    R"({"topology":"torus","dimensions":[16,32,32],"link":{"bandwidth":"50 GB/s","latency":"1 us"}})";

Fleet fleet_of(const char* description) {
  static const Catalog catalog = Catalog::bundled();
  return load_fleet(description, "", {.catalog = catalog});
}

void build_fleet(benchmark::State& state, const char* description) {
  for (auto unused : state) benchmark::DoNotOptimize(fleet_of(description).links().size());
}
BENCHMARK_CAPTURE(build_fleet, tree_16384, tree)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build_fleet, rails_16384, rails)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build_fleet, torus_16384, torus)->Unit(benchmark::kMillisecond);

// A million routes between random devices, the caches empty at first.
void million_routes(benchmark::State& state, const char* description) {
  constexpr int routes = 1'000'000;
  for (auto unused : state) {
    state.PauseTiming();
    const Fleet fleet = fleet_of(description);
    RandomStream random(1, "bench/routes");
    std::vector<LinkId> route;
    std::uint64_t links = 0;
    state.ResumeTiming();
    for (int i = 0; i < routes; ++i) {
      route.clear();
      const VertexId from = fleet.devices()[random.below(fleet.device_count())];
      const VertexId to = fleet.devices()[random.below(fleet.device_count())];
      fleet.append_route(from, to, static_cast<FlowLabel>(i), route);
      links += route.size();
    }
    benchmark::DoNotOptimize(links);
  }
  state.SetItemsProcessed(state.iterations() * routes);
}
BENCHMARK_CAPTURE(million_routes, tree_16384, tree)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK_CAPTURE(million_routes, rails_16384, rails)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK_CAPTURE(million_routes, torus_16384, torus)->Unit(benchmark::kMillisecond)->Iterations(3);

void hops(benchmark::State& state, const char* description) {
  const Fleet fleet = fleet_of(description);
  for (auto unused : state) benchmark::DoNotOptimize(measure_hops(fleet).average);
}
BENCHMARK_CAPTURE(hops, tree_16384, tree)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(hops, rails_16384, rails)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(hops, torus_16384, torus)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lockstep::topology
