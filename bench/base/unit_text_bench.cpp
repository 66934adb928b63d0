#include "base/unit_text.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace lockstep {
namespace {

void parse_bandwidth(benchmark::State& state) {
  const std::string text = "400 Gbit/s";
  for (auto _ : state) benchmark::DoNotOptimize(parse_quantity<Bandwidth>(text));
}
BENCHMARK(parse_bandwidth);

void write_exact_bandwidth(benchmark::State& state) {
  const Bandwidth bandwidth(50e9 / 3);
  for (auto _ : state) benchmark::DoNotOptimize(to_exact_text(bandwidth));
}
BENCHMARK(write_exact_bandwidth);

}  // namespace
}  // namespace lockstep
