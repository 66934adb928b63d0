#include <benchmark/benchmark.h>

#include "validation/closed_forms/pipelines.hpp"

namespace lockstep::validation {
namespace {

// What a search over parallel plans evaluates most often; it has to cost less than a microsecond.
void closed_form_of_interleaved_pipeline(benchmark::State& state) {
  PipelineShape shape{.stages = 64, .microbatches = 1024, .virtual_stages = 4};
  StageCost cost{.forward = Seconds(0.01), .backward = Seconds(0.02)};
  for (auto unused : state) {
    benchmark::DoNotOptimize(shape);
    benchmark::DoNotOptimize(cost);
    benchmark::DoNotOptimize(interleaved_pipeline(shape, cost));
  }
}
BENCHMARK(closed_form_of_interleaved_pipeline)->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace lockstep::validation
