// The program as users run it, from reading the scenario to the JSON results: events a second of the whole process,
// beside the messages a second of a ring by SimGrid alone.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "bench/measured.hpp"

namespace lockstep::bench {
namespace {

constexpr unsigned ranks_of_bare_ring = 128;

std::string output_of(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string output;
  std::array<char, 4096> part{};
  while (const std::size_t length = std::fread(part.data(), 1, part.size(), pipe)) output.append(part.data(), length);
  if (pclose(pipe) != 0) throw std::runtime_error("this fails: " + command);
  return output;
}

double processor_seconds_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void run(benchmark::State& state, const char* arguments) {
  const std::string command =
      "cd '" LOCKSTEP_ROOT "' && '" LOCKSTEP_PROGRAM "' run " + std::string(arguments) + " --json - 2>/dev/null";
  time_beside_bare(state, ranks_of_bare_ring, [&] {
    const auto results = nlohmann::json::parse(output_of(command));
    return Measured{.events = results.at("events").get<std::uint64_t>(), .seconds = processor_seconds_of_children()};
  });
}

void manual(benchmark::internal::Benchmark* runs) {
  runs->UseManualTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(run, dense_128, "bench/scenarios/dense_128.json --set engine.fold=false")->Apply(manual);
BENCHMARK_CAPTURE(run, dense_128_fluid,
                  "bench/scenarios/dense_128.json --set engine.network=fluid --set engine.fold=false")
    ->Apply(manual);
BENCHMARK_CAPTURE(run, dense_128_folded, "bench/scenarios/dense_128.json")->Apply(manual);
BENCHMARK_CAPTURE(run, all_to_all_256, "bench/scenarios/all_to_all.json --set engine.fold=false")->Apply(manual);
BENCHMARK_CAPTURE(run, ring_1024, "bench/scenarios/ring.json --set engine.fold=false")->Apply(manual);
BENCHMARK_CAPTURE(run, ring_1024_folded, "bench/scenarios/ring.json")->Apply(manual);
BENCHMARK_CAPTURE(run, ring_all_reduce, "ring_all_reduce")->Apply(manual);
BENCHMARK_CAPTURE(run, resnet50_64xa100, "resnet50-64xa100")->Apply(manual);
BENCHMARK_CAPTURE(run, straggling_step, "straggling_step")->Apply(manual);
BENCHMARK_CAPTURE(run, tutorial_3d, "tutorial_3d")->Apply(manual);
BENCHMARK_CAPTURE(run, async_sgd, "async_sgd")->Apply(manual);

}  // namespace
}  // namespace lockstep::bench
