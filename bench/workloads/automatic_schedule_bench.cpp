#include <benchmark/benchmark.h>

#include "base/random_stream.hpp"
#include "workloads/schedules/automatic/automatic.hpp"

// The search for a schedule of 64 stages that are not alike and 512 microbatches, with the usual budget.
namespace lockstep::workloads {
namespace {

ScheduleTimes uneven_times(const Schedule& placed) {
  auto table = [&](double least, std::string_view name) {
    std::vector<Seconds> values;
    for (const std::uint32_t device : placed.device_of) {
      RandomStream random(1, name, {device});
      values.emplace_back((least + 0.3 * random.uniform()) * placed.devices() / placed.stages());
    }
    return TimeTable(std::move(values));
  };
  ScheduleTimes times;
  times.forward = table(1, "forward");
  times.input_gradient = table(1, "input_gradient");
  times.weight_gradient = table(0.8, "weight_gradient");
  times.backward = table(2, "backward");
  times.transfer = Seconds(0.1);
  return times;
}

void search(benchmark::State& state, std::uint32_t virtual_stages, double most_activations) {
  ScheduleSearch search;
  search.times = uneven_times;
  search.limit.most = most_activations;
  for (auto unused : state) {
    benchmark::DoNotOptimize(find_schedule({64, 512, virtual_stages}, search).makespan);
  }
}
BENCHMARK_CAPTURE(search, room_for_64, 1, 64)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK_CAPTURE(search, room_for_128, 1, 128)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK_CAPTURE(search, two_chunks_room_for_128, 2, 128)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace lockstep::workloads
