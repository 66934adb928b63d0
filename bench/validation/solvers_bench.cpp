#include <benchmark/benchmark.h>

#include "validation/solvers/first_order.hpp"
#include "validation/solvers/mlsysim/distributed.hpp"
#include "validation/solvers/searcher.hpp"

// Closed forms as a search calls them: plain figures in, plain figures out, no JSON.
namespace lockstep::validation {
namespace {

ModelFigures llama_70b() {
  ModelFigures model;
  model.parameters = model.active_parameters = 70.6e9;
  model.forward = Flops(141.2e9);
  model.layers = 80;
  model.hidden_dim = 8192;
  model.heads = 64;
  return model;
}

FleetFigures research_256() {
  FleetFigures fleet;
  fleet.nodes = 32;
  fleet.devices_per_node = 8;
  fleet.device.peaks.fill(FlopRate(989e12));
  fleet.device.memory = Bytes(80 * 0x1p30);
  fleet.device.memory_bandwidth = Bandwidth(3.35e12);
  fleet.inside = {Bandwidth(450e9), Seconds(500e-9)};
  fleet.inside_both_directions = Bandwidth(900e9);
  fleet.fabric.link = {Bandwidth(12.5e9), Seconds(50e-6)};
  return fleet;
}

void solve_distributed(benchmark::State& state) {
  mlsysim::DistributedCase step{.model = llama_70b(), .fleet = research_256()};
  step.batch_size = 256;
  step.tp_size = 8;
  step.pp_size = 4;
  for (auto _ : state) {
    step.microbatch_count = step.microbatch_count % 64 + 1;
    benchmark::DoNotOptimize(mlsysim::solve_distributed(step));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(solve_distributed);

void solve_first_order(benchmark::State& state) {
  FirstOrderCase plan{.model = llama_70b(), .fleet = research_256()};
  plan.tensor = 8;
  plan.pipeline = 4;
  plan.data = 8;
  plan.overlap_gradients = true;
  for (auto _ : state) {
    plan.global_batch = plan.global_batch % 1024 + 8;
    plan.global_batch -= plan.global_batch % 8;
    benchmark::DoNotOptimize(validation::solve_first_order(plan));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(solve_first_order);

void search_cost(benchmark::State& state) {
  SearcherCase plan{.data = 8,
                    .tensor = 2,
                    .stages = 2,
                    .forward_tflop = 6,
                    .device_gflops = 15700,
                    .gradients_mb = 1400,
                    .tensor_mb = 600,
                    .largest_activation_mb = 16,
                    .devices_per_node = 4,
                    .inside_gb_per_s = 150,
                    .between_gb_per_s = 12.5};
  for (auto _ : state) {
    plan.data = plan.data % 64 + 1;
    benchmark::DoNotOptimize(searcher_cost(plan));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(search_cost);

}  // namespace
}  // namespace lockstep::validation
