// Training steps whose times are known.
#include "workloads/training/training_program.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/isolated_simulation.hpp"
#include "tests/sim/training/training_runs.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::sim {
namespace {

using workloads::GroupCall;
using workloads::GroupKind;
using workloads::LayerCosts;
using workloads::LayerItem;
using workloads::Operation;
using workloads::Purpose;
using workloads::StepCosts;
using workloads::TrainingSpec;

constexpr double latency = 2e-6;   // through the switch
constexpr double pace = 1 / 50e9;  // seconds a byte

double ring(Operation operation, double bytes, double members) {
  const double steps = operation == Operation::all_reduce ? 2 * (members - 1) : members - 1;
  return steps * (latency + bytes / members * pace);
}

// `layers` alike on every stage, and nothing at the ends of the model.
struct PlainLayers {
  double forward = 10e-3;
  double backward_input = 12e-3;
  double backward_weight = 8e-3;
  double gradients = 0;                // bytes of a layer
  std::vector<LayerItem> around = {};  // after the computation
  double optimizer = 0;

  workloads::CostsOfRank costs() const {
    return [*this](const TrainingSpec& spec, const workloads::DeviceRates&, double) {
      LayerCosts layer;
      layer.items.push_back({.times = {.forward = Seconds(forward),
                                       .backward_input = Seconds(backward_input),
                                       .backward_weight = Seconds(backward_weight)}});
      layer.items.insert(layer.items.end(), around.begin(), around.end());
      layer.gradients.dense = layer.weights.dense = Bytes(gradients);
      const auto& plan = spec.execution.plan;
      const auto& model = std::get<workloads::TransformerModel>(spec.model);
      StepCosts costs;
      costs.layers = {layer};
      costs.chunks.assign(plan.chunks(), std::vector<std::uint32_t>(model.layer_count() / plan.chunks(), 0));
      costs.optimizer.assign(plan.pipeline, Seconds(optimizer));
      return costs;
    };
  }
};

Json plain_job(int layers, const Json& parallel, int microbatches = 1) {
  const int data = parallel.value("data", 1);
  return {{"kind", "training"},     {"model", small_model(layers)}, {"global_batch", microbatches * data},
          {"sequence_length", 128}, {"gradient_norm", false},       {"parallel", parallel}};
}

double time_of(const Json& job, const PlainLayers& layers, const std::string& network = "contention_free") {
  const TrainingSpec spec = training_spec(job);
  const topology::Fleet fleet = switch_of(static_cast<std::uint32_t>(spec.execution.plan.ranks()));
  const auto program = training_program(fleet, spec, layers.costs());
  const Job run{.program = program, .placement = program->ground().devices};
  return simulate_isolated(fleet, std::span(&run, 1), {.network = network}).end.si();
}

void expect_time(double simulated, double expected) {
  EXPECT_NEAR(simulated, expected, 1e-9 * expected);
}

TEST(TrainingProgram, OneDeviceDoesOneThingAfterTheOther) {
  expect_time(time_of(plain_job(4, Json::object(), 3), {.optimizer = 5e-3}), 3 * 4 * 30e-3 + 5e-3);
}

TEST(TrainingProgram, GradientsThatDoNotOverlapFollowTheLastBackwardPass) {
  Json job = plain_job(4, {{"data", 5}}, 2);
  job["overlap"] = {{"gradients", false}};
  expect_time(time_of(job, {.gradients = 1e6, .optimizer = 5e-3}),
              2 * 4 * 30e-3 + ring(Operation::all_reduce, 4e6, 5) + 5e-3);
}

// Form D01: buckets are ready layer by layer, and are summed one after the other.
double behind_backward(const std::vector<double>& ready, double each) {
  double end = 0;
  for (const double time : ready) end = std::max(end, time) + each;
  return end;
}

TEST(TrainingProgram, BucketsAreSummedBehindTheBackwardPass) {
  for (const double bytes : {1e6, 100e6, 1e9}) {
    Json job = plain_job(4, {{"data", 5}}, 2);
    const PlainLayers layers{.gradients = bytes};
    job["buckets"] = std::to_string(static_cast<long>(bytes)) + " B";
    const double before = 4 * 30e-3 + 4 * 10e-3;  // until the last backward pass
    std::vector<double> ready;
    for (int layer = 1; layer <= 4; ++layer) ready.push_back(before + layer * 20e-3);
    expect_time(time_of(job, layers), behind_backward(ready, ring(Operation::all_reduce, bytes, 5)));
  }
}

// A collective of t seconds beside computation at 1/s of its pace costs t - t / s.
TEST(TrainingProgram, ComputationSlowsDownBesideCollectives) {
  Json job = plain_job(4, {{"data", 5}});
  job["buckets"] = "1 MB";
  const PlainLayers layers{.gradients = 1e6};
  const TrainingSpec spec = training_spec(job);
  const topology::Fleet fleet = switch_of(5);
  const auto program = training_program(fleet, spec, layers.costs());
  const Job run{.program = program, .placement = program->ground().devices, .communication_slowdown = 1.25};
  const double one = ring(Operation::all_reduce, 1e6, 5);
  const double slow = simulate(fleet, std::span(&run, 1), {.network = "contention_free"}, nullptr).end.si();
  // The sum of the last bucket runs beside nothing.
  expect_time(slow, 4 * 30e-3 + 3 * (one - one / 1.25) + one);
}

TEST(TrainingProgram, ShardedStatesAreScatteredAndGathered) {
  Json job = plain_job(4, {{"data", 4}, {"zero", 1}});
  job["overlap"] = {{"gradients", false}, {"parameters", false}};
  const double half = ring(Operation::reduce_scatter, 4e6, 4);
  expect_time(time_of(job, {.gradients = 1e6}), 4 * 30e-3 + 2 * half);
  // Gathered at the start of the step instead, the last layers' weights behind the first layers' forward passes.
  job["overlap"] = {{"gradients", false}, {"parameters", true}};
  job["buckets"] = "1 MB";
  const double one = ring(Operation::all_gather, 1e6, 4);
  expect_time(time_of(job, {.gradients = 1e6}), one + 4 * 30e-3 + half);
}

TEST(TrainingProgram, SecondLevelScattersAfterEveryMicrobatch) {
  Json job = plain_job(4, {{"data", 4}, {"zero", 2}}, 3);
  job["overlap"] = {{"gradients", false}, {"parameters", false}};
  const double half = ring(Operation::reduce_scatter, 4e6, 4);
  expect_time(time_of(job, {.gradients = 1e6}), 3 * (4 * 30e-3 + half) + half);
}

// Forms D04 and D05, with prefetch 1: g to gather a layer, r to scatter its gradients, c to compute it.
double sharded_forward(double layers, double g, double c) {
  return g + (layers - 1) * std::max(g, c) + c;
}
double sharded_backward(double layers, double g, double c, double r) {
  if (c >= g + r) return g + layers * c + r;
  return layers * g + (layers - 2) * r + std::max(0.0, c - g) + std::max(r, c) + r;
}

TEST(TrainingProgram, ShardedWeightsAreGatheredALayerAhead) {
  for (const double bytes : {1e6, 1e9, 4e9}) {
    Json job = plain_job(6, {{"data", 4}, {"zero", 3}}, 2);
    const double gather = ring(Operation::all_gather, bytes, 4);
    const double pass = sharded_forward(6, gather, 10e-3) + sharded_backward(6, gather, 20e-3, gather);
    const double first = time_of(job, {.gradients = bytes});
    // The gradients of a microbatch may still be on their way while the next one begins.
    EXPECT_LE(first, 2 * pass * (1 + 1e-9));
    EXPECT_GE(first, pass);
    expect_time(time_of(plain_job(6, {{"data", 4}, {"zero", 3}}), {.gradients = bytes}), pass);
  }
}

TEST(TrainingProgram, HybridShardsAreSummedOverTheirReplicas) {
  Json job = plain_job(4, {{"data", 8}, {"zero", 1}, {"shard_ranks", 2}});
  job["overlap"] = {{"gradients", false}, {"parameters", false}};
  const double expected = 4 * 30e-3 + ring(Operation::reduce_scatter, 4e6, 2) + ring(Operation::all_reduce, 2e6, 4) +
                          ring(Operation::all_gather, 4e6, 2);
  expect_time(time_of(job, {.gradients = 1e6}), expected);
}

LayerItem reduction(double bytes) {
  const GroupCall call{.operation = Operation::all_reduce, .group = GroupKind::tensor, .bytes = Bytes(bytes)};
  return {.purpose = Purpose::tensor, .forward = call, .backward = call};
}

TEST(TrainingProgram, TensorCollectivesHoldComputationUp) {
  PlainLayers layers{.around = {reduction(8e6)}};
  const double each = ring(Operation::all_reduce, 8e6, 4);
  expect_time(time_of(plain_job(4, {{"tensor", 4}}, 3), layers), 3 * 4 * (30e-3 + 2 * each));
}

TEST(TrainingProgram, TensorCollectivesMayShareTheTimeOfTheirProducts) {
  for (const double bytes : {8e6, 8e8}) {
    Json job = plain_job(4, {{"tensor", 4}});
    job["overlap"] = {{"tensor", true}};
    const double each = ring(Operation::all_reduce, bytes, 4);
    PlainLayers layers{.around = {reduction(bytes)}};
    // Forward beside the product before it; backward it stands first, and nothing is left to hide it but in order.
    const double forward = 4 * std::max(10e-3, each);
    const double backward = 4 * 20e-3 + each + 3 * std::max(0.0, each - 20e-3);
    expect_time(time_of(job, layers), forward + backward);
  }
}

// A stage cannot sum in advance what it makes of activations, or gradients, that have yet to arrive.
TEST(TrainingProgram, TensorCollectivesBesideProductsWaitForWhatStagesReceive) {
  Json job = plain_job(2, {{"tensor", 4}, {"pipeline", 2}});
  job["overlap"] = {{"tensor", true}};
  const double each = ring(Operation::all_reduce, 8e8, 4);
  // Two stages forward, each beside its product, and two backward, each before it; the costs state no bytes of hops.
  expect_time(time_of(job, {.around = {reduction(8e8)}}), 2 * each + 2 * (20e-3 + each));
}

// Form D09.
double ring_attention(double ranks, double block, double hop) {
  return block + (ranks - 1) * std::max(block, hop);
}

TEST(TrainingProgram, KeysAndValuesGoRoundWhileAttentionWorks) {
  for (const double bytes : {1e6, 200e6}) {
    PlainLayers layers{.around = {{.purpose = Purpose::context,
                                   .times = {.forward = Seconds(4e-3), .backward_input = Seconds(8e-3)},
                                   .hop = Bytes(bytes)}}};
    const double hop = latency + bytes * pace;
    const double layer = 30e-3 + ring_attention(4, 1e-3, hop) + ring_attention(4, 2e-3, 2 * hop);
    expect_time(time_of(plain_job(3, {{"context", 4}}), layers), 3 * layer);
  }
}

TEST(TrainingProgram, PipelinesOfEqualStagesTakeTheirForm) {
  const PlainLayers layers;
  expect_time(time_of(plain_job(8, {{"pipeline", 4}}, 8), layers), (8 + 4 - 1) * 2 * 30e-3);
  Json job = plain_job(8, {{"pipeline", 4}}, 8);
  job["schedule"] = "interleaved_1f1b";
  job["virtual_stages"] = 2;
  expect_time(time_of(job, layers), (8 + 3.0 / 2) * 2 * 30e-3);
}

// Of two tasks at once each works while the other communicates.
TEST(TrainingProgram, OverlappedPairsHideEachOthersCollectives) {
  Json job = plain_job(8, {{"pipeline", 4}, {"tensor", 2}}, 16);
  job["schedule"] = "dualpipe";
  PlainLayers layers{.around = {reduction(80e6)}};
  const double hidden = time_of(job, layers);
  job["schedule"] = "chimera";
  const double open = time_of(job, layers);
  EXPECT_LT(hidden, 0.95 * open);
  // Nothing is hidden twice: devices compute all the time that they have to.
  EXPECT_GT(hidden, 16 * 2 * 30e-3);
}

Json expert_model(int layers) {
  Json model = small_model(layers);
  model["experts"] = 8;
  model["active_experts_per_token"] = 2;
  model["ffn_per_expert"] = 128;
  return model;
}

TrainingSpec routed_spec(const Json& routing) {
  Json job = plain_job(2, {{"data", 4}, {"expert", 4}});
  job["model"] = expert_model(2);
  job["routing"] = routing;
  return training_spec(job);
}

// Form D07: everybody sends the hot rank its part, over the one link that it has.
TEST(TrainingProgram, AHotExpertRankIsWhatTheOthersWaitFor) {
  const double sent = 40e6;
  const GroupCall dispatch{.operation = Operation::all_to_all, .group = GroupKind::expert, .bytes = Bytes(sent)};
  PlainLayers layers{.around = {{.purpose = Purpose::expert, .forward = dispatch}}};
  for (const double factor : {1.0, 2.0, 4.0}) {
    Json job = plain_job(2, {{"data", 4}, {"expert", 4}});
    job["model"] = expert_model(2);
    job["routing"] = {{"kind", "hot"}, {"factor", factor}};
    job["collectives"] = {{"expert", "direct"}};
    const double each = latency + 3 * sent * (factor / 4) * pace;
    expect_time(time_of(job, layers, "fluid"), 2 * (30e-3 + each));
  }
}

TEST(TrainingProgram, RandomRoutingSharesOutEveryToken) {
  const TrainingSpec spec = routed_spec("random");
  const workloads::ExpertRouting routing(spec, 7);
  double mean = 0;
  for (std::uint32_t pass = 0; pass < 50; ++pass) {
    const auto sizes = routing.sizes({.microbatch = pass}, Bytes(1));
    for (std::uint32_t from = 0; from < 4; ++from) {
      double sum = 0;
      for (std::uint32_t to = 0; to < 4; ++to) sum += sizes[from * 4 + to].si();
      EXPECT_NEAR(sum, 1, 1e-12);
    }
    double loads = 0;
    for (std::uint32_t to = 0; to < 4; ++to) loads += routing.load({.microbatch = pass}, to);
    EXPECT_NEAR(loads, 4, 1e-12);
    mean += routing.load({.microbatch = pass}, 1) / 50;
  }
  // 256 choices a rank: the load of one varies by sqrt(3 / (4 * 256)) a pass and source.
  EXPECT_NEAR(mean, 1, 4 * std::sqrt(3.0 / 1024 / 50));
  EXPECT_NE(routing.load({.microbatch = 0}, 1), workloads::ExpertRouting(spec, 8).load({.microbatch = 0}, 1));
}

TEST(TrainingProgram, UnequalDevicesTakeTheirOwnTimes) {
  topology::FleetBuilder builder("two");
  const topology::DeviceModelId fast = builder.add_device_model({.name = "fast", .compute = FlopRate(100e12)});
  const topology::DeviceModelId slow = builder.add_device_model({.name = "slow", .compute = FlopRate(25e12)});
  const topology::VertexId first = builder.add_device("a", fast);
  const topology::VertexId second = builder.add_device("b", slow);
  builder.add_cable(first, second, {.bandwidth = Bandwidth(50e9), .latency = Seconds(latency)});
  const topology::Fleet fleet = builder.build();
  Json job = plain_job(2, {{"data", 2}});
  job["overlap"] = {{"gradients", false}};
  const TrainingSpec spec = training_spec(job);
  const auto slow_times = workloads::compute_of_chunk(workloads::costs_of(spec, {.compute = FlopRate(25e12)}), 0);
  const double gradients = workloads::gradients_of_stage(spec.model, spec.execution, 0).dense.si();
  const double computed = (slow_times.forward + slow_times.backward_input + slow_times.backward_weight).si();
  expect_time(run_training(fleet, spec).timeline.end.si(), computed + ring(Operation::all_reduce, gradients, 2));
}

TEST(TrainingProgram, NamesWhatItDoes) {
  const TrainingSpec spec = training_spec(plain_job(4, {{"pipeline", 2}, {"data", 2}}, 2));
  const topology::Fleet fleet = switch_of(4);
  const auto program = training_program(fleet, spec);
  workloads::Op op;
  program->fetch(workloads::RankId(0), workloads::StreamId(0), 0, op);
  EXPECT_EQ(program->label_text(op.label), "compute, forward of layer 0, microbatch 0");
  EXPECT_EQ(program->stream_name(workloads::RankId(0), workloads::StreamId(0)), "compute");
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < program->stream_count(workloads::RankId(0)); ++i) {
    names.push_back(program->stream_name(workloads::RankId(0), workloads::StreamId(i)));
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"compute", "replicas", "activations to stage 1", "gradients from stage 1"}));
}

}  // namespace
}  // namespace lockstep::sim
