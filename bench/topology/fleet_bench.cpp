#include "topology/fleet.hpp"

#include <benchmark/benchmark.h>

#include <string>

#include "topology/fleet_builder.hpp"

namespace lockstep::topology {
namespace {

// Devices around switches of 32 ports under one root: `devices` of them.
Fleet make_star_of_stars(std::int64_t devices) {
  const LinkProperties cable = {Bandwidth(50e9), Seconds(1e-6), LinkKind::network};
  FleetBuilder builder("star of stars");
  const VertexId root = builder.add_switch("root", 2);
  VertexId leaf;
  for (std::int64_t d = 0; d < devices; ++d) {
    if (d % 32 == 0) {
      leaf = builder.add_switch("s" + std::to_string(d / 32));
      builder.add_cable(leaf, root, cable);
    }
    builder.add_cable(builder.add_device("d" + std::to_string(d)), leaf, cable);
  }
  return builder.build();
}

void build_fleet(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(make_star_of_stars(state.range(0)));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(build_fleet)->Arg(256)->Arg(16384)->Unit(benchmark::kMillisecond);

// Asks for routes from ever-changing devices, as a collective over all of them does.
void find_route(benchmark::State& state) {
  const Fleet fleet = make_star_of_stars(state.range(0));
  const auto devices = fleet.devices();
  std::vector<LinkId> route;
  std::size_t from = 0;
  for (auto _ : state) {
    route.clear();
    benchmark::DoNotOptimize(fleet.append_route(devices[from], devices[devices.size() - 1 - from], 0, route));
    from = (from + 1) % (devices.size() / 2);
  }
}
BENCHMARK(find_route)->Arg(256)->Arg(4096);

}  // namespace
}  // namespace lockstep::topology
