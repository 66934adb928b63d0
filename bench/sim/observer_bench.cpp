// What it costs to watch a training step of 256 ranks: the time that the step takes to simulate with each observer, as
// a multiple of the time that it takes without one.
#include <benchmark/benchmark.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "sim/metrics/critical_path.hpp"
#include "sim/metrics/time_use.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/simulate.hpp"

namespace lockstep::bench {
namespace {

const sim::Scenario& training_step() {
  static const sim::Scenario scenario = [] {
    const Catalog catalog = Catalog::bundled();
    return sim::read_scenario(Json::parse(R"({
      "fleet": {"topology": "switch", "devices": 256, "link": {"bandwidth": "50 GB/s", "latency": "2 us"},
                "device": {"compute": "989 TFLOP/s", "memory": "80 GB", "memory_bandwidth": "3.35 TB/s"}},
      "workload": {"kind": "training", "model": "Llama3_70B", "global_batch": 64, "sequence_length": 4096,
                   "parallel": {"data": 8, "tensor": 8, "pipeline": 4, "zero": 1}},
      "engine": {"network": "contention_free", "memory": "report"}})"),
                              {.catalog = catalog});
  }();
  return scenario;
}

double seconds_to_simulate(sim::Observer* observer) {
  const std::vector<sim::Job> jobs = training_step().jobs();
  const std::clock_t start = std::clock();
  benchmark::DoNotOptimize(sim::simulate(training_step().fleet(), jobs, training_step().engine(), observer).end);
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

template <class Watch>
void cost_of_watching(benchmark::State& state) {
  seconds_to_simulate(nullptr);
  double watched = 0;
  double alone = 0;
  for (auto _ : state) {
    Watch watch(training_step().jobs().front());
    const double seconds = seconds_to_simulate(&watch);
    state.SetIterationTime(seconds);
    watched += seconds;
    alone += seconds_to_simulate(nullptr);
  }
  state.counters["of_unwatched"] = watched / alone;
}

// Hears of everything and makes nothing of it.
template <bool inner>
class Deaf final : public sim::Observer {
 public:
  explicit Deaf(const sim::Job&) {}
  bool wants_inner() const override { return inner; }
  void op_done(const sim::OpSpan&) override {}
  void message_done(const sim::MessageSpan&) override {}
};

BENCHMARK_TEMPLATE(cost_of_watching, Deaf<true>)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(cost_of_watching, Deaf<false>)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(cost_of_watching, sim::CriticalPath)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(cost_of_watching, sim::TimeUseWatch)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lockstep::bench
