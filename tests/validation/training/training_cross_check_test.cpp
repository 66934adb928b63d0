// A step for which the first-order model holds, and what each assumption costs that is then broken alone.
#include "validation/training/training_cross_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/validation/training/steps.hpp"
#include "validation/closed_forms/ring.hpp"
#include "validation/closed_forms/unequal_pipelines.hpp"
#include "workloads/costs/chunks.hpp"
#include "workloads/costs/efficiency.hpp"
#include "workloads/training/training_schedule.hpp"

namespace lockstep::validation {
namespace {

using Names = std::vector<std::string>;
using workloads::StepCosts;

constexpr Seconds latency(2e-6);  // of the two links between any two devices
constexpr Bandwidth bandwidth(5e10);
constexpr std::uint32_t stages = 4, microbatches = 8, replicas = 3, layers = 8;

// What a stage computes for a microbatch: 2 of 8 layers of 1e11 flops at half of 1e14 a second.
constexpr Seconds forward(4e-3);
constexpr Seconds both(3 * 4e-3);
// What a device holds: 2 of 8 layers of 1e8 parameters, 2 bytes each.
constexpr Bytes shard(4e8);

Hockney link() {
  return {latency, pace(bandwidth)};
}

std::vector<KnownStep> simulate_all(std::span<const TrainingCase> steps) {
  std::vector<KnownStep> answers;
  for (const TrainingCase& step : steps) answers.push_back({simulated_time(step, run)});
  return answers;
}

const topology::Fleet& star() {
  static const topology::Fleet fleet = star_of(stages * replicas);
  return fleet;
}

// Layers of which only size and work are known have no ends and no memory traffic.
workloads::TrainingSpec plain_spec() {
  workloads::TrainingSpec spec;
  spec.model = workloads::SampledModel{.name = "plain",
                                       .parameters = 800'000'000,
                                       .forward_flops = Flops(8e11),
                                       .layers = layers,
                                       .activations = Bytes(2 * layers)};
  spec.execution.plan.pipeline = stages;
  spec.execution.plan.data = replicas;
  spec.global_batch = std::uint64_t{replicas} * microbatches;
  spec.overlap = {.gradients = false, .parameters = false};
  spec.gradient_norm = false;
  return spec;
}

const TrainingForm& training_form(const std::string& id) {
  const auto forms = training_forms();
  return *std::find_if(forms.begin(), forms.end(), [&](const TrainingForm& form) { return form.id == id; });
}

struct Account {
  CrossCheck checked;
  const FormCheck& form(const std::string& id = "first_order") const { return *find_form(checked, id); }
};
Account account_of(const TrainingCase& subject) {
  return {cross_check(subject, simulate_all)};
}

// Exactly that assumption is broken, and costs so much; granting it leaves nothing.
void expect_price(const TrainingCase& subject, const std::string& assumption, Seconds cost) {
  const Account account = account_of(subject);
  const FormCheck& form = account.form();
  ASSERT_EQ(broken_names(form), Names{assumption});
  const double slack = 1e-9 * account.checked.simulated.si();
  EXPECT_NEAR(form.broken_assumptions.front().cost.si(), cost.si(), slack) << assumption;
  EXPECT_FALSE(form.applies);
  EXPECT_NEAR(form.granted->si(), form.prediction.time.si(), slack);
}

TEST(TrainingCrossCheck, TheFirstOrderModelAppliesWhereAllThatItAssumesHolds) {
  const auto expect_applies = [](const TrainingCase& subject) {
    const Account account = account_of(subject);
    EXPECT_EQ(broken_names(account.form()), Names{});
    EXPECT_TRUE(account.form().applies);
    EXPECT_TRUE(account.form().holds) << account.form().relative_difference;
    EXPECT_TRUE(account.checked.agrees());
    EXPECT_FALSE(account.form().granted);
    return account.checked.simulated;
  };
  // D14, and the hops of two bytes.
  const Seconds hop = latency + Bytes(2) / bandwidth;
  const EqualPipeline pipeline{PipelineOrder::one_forward_one_backward, stages, microbatches, 1, hop};
  const Seconds step = pipeline_makespan(pipeline, both) + ring_all_reduce(replicas, shard, link());
  EXPECT_NEAR(expect_applies(step_of(star(), plain_spec())).si(), step.si(), 1e-9 * step.si());

  workloads::TrainingSpec spec = plain_spec();
  spec.execution.plan.pipeline = 1;
  TrainingCase replicas_alone = step_of(star(), spec);
  replicas_alone.engine.network = "fluid";
  const Seconds flat = stages * microbatches * both + ring_all_reduce(replicas, stages * shard, link());
  EXPECT_NEAR(expect_applies(replicas_alone).si(), flat.si(), 1e-9 * flat.si());
}

TEST(TrainingCrossCheck, NothingIsFasterThanTheLowerBounds) {
  const Account account = account_of(step_of(star(), plain_spec()));
  for (const BoundTerm& term : account.checked.bound) {
    EXPECT_GT(term.time, Seconds(0)) << term.name;
    EXPECT_LE(term.time, account.checked.simulated) << term.name;
  }
  // One microbatch through all stages, before and after what the first stage computes otherwise.
  const Seconds busy = (microbatches + stages - 1) * both;
  EXPECT_NEAR(account.checked.most_bound().si(), busy.si(), 1e-12);
}

// The first device, whose figures forms go by, is half as fast as all others.
TEST(TrainingCrossCheck, LowerBoundsKnowThatOtherDevicesAreFaster) {
  topology::FleetBuilder builder("mixed");
  const auto slow = builder.add_device_model({.name = "slow", .compute = FlopRate(1e14)});
  const auto fast = builder.add_device_model({.name = "fast", .compute = FlopRate(2e14)});
  const auto hub = builder.add_switch("hub");
  for (std::uint32_t device = 0; device < stages; ++device) {
    const auto end = builder.add_device("d" + std::to_string(device), device == 0 ? slow : fast);
    builder.add_cable(end, hub, {.bandwidth = Bandwidth(5e10), .latency = Seconds(1e-6)});
  }
  const topology::Fleet fleet = builder.build();
  workloads::TrainingSpec spec = plain_spec();
  spec.execution.plan.data = 1;
  spec.global_batch = microbatches;
  const Account account = account_of(step_of(fleet, spec));
  for (const BoundTerm& term : account.checked.bound) EXPECT_LE(term.time, account.checked.simulated) << term.name;
}

// P05: the others are faster by as much as it is slower.
TEST(TrainingCrossCheck, ASlowStageCostsWhatItHoldsUp) {
  constexpr double slow = 1.3;
  const double others = (stages - slow) / (stages - 1);
  for (const std::uint32_t stage : {0U, 2U, stages - 1}) {
    TrainingCase subject = step_of(star(), plain_spec());
    change_costs(subject, [=](StepCosts& costs, const CostSources&) {
      costs.layers.push_back(costs.layers.front());
      for (std::uint32_t kind = 0; kind < 2; ++kind) {
        for (workloads::LayerItem& item : costs.layers[kind].items) {
          const double factor = kind == 0 ? others : slow;
          item.times.forward *= factor;
          item.times.backward_input *= factor;
          item.times.backward_weight *= factor;
        }
      }
      for (std::uint32_t& kind : costs.chunks[stage]) kind = 1;
    });
    const StageCost cost{.forward = others * forward, .backward = others * 2 * forward};
    const Seconds unequal = one_forward_one_backward_with_slow_stage(
        {.stages = stages, .microbatches = microbatches, .virtual_stages = 1}, cost, {stage, slow / others});
    const Account account = account_of(subject);
    ASSERT_EQ(broken_names(account.form()), Names{"equal_layers"});
    const Seconds equal = (microbatches + stages - 1) * both;
    EXPECT_NEAR(account.form().broken_assumptions.front().cost.si(), (unequal - equal).si(), 5e-5)
        << stage;  // hops take 2 us
  }
}

TEST(TrainingCrossCheck, MoreWorkCostsItsShareOfEveryRoundOfThePipeline) {
  TrainingCase subject = step_of(star(), plain_spec());
  change_costs(subject, [](StepCosts& costs, const CostSources&) {
    for (workloads::LayerItem& item : costs.layers.front().items) item.times.backward_input *= 1.5;
  });
  expect_price(subject, "flops_of_parameters", (microbatches + stages - 1) * 0.5 * forward);
}

TEST(TrainingCrossCheck, LaunchesCostAsManyAsThereAre) {
  workloads::TrainingSpec spec = plain_spec();
  const Json compute = {{"efficiency", 0.5}, {"launch", "10 us"}};
  spec.efficiency = workloads::read_efficiency(JsonFields(compute, ""), ".");
  const double operators = 3.0 * layers / stages;  // forward, and backward for inputs and for weights
  expect_price(step_of(star(), spec), "flat_efficiency", (microbatches + stages - 1) * operators * Seconds(10e-6));
}

// P07: 1F1B exposes nearly all of them.
TEST(TrainingCrossCheck, LongerHopsCostWhatTheScheduleExposes) {
  workloads::TrainingSpec spec = plain_spec();
  std::get<workloads::SampledModel>(spec.model).activations = Bytes(2e7) * layers;
  const EqualPipeline pipeline{PipelineOrder::one_forward_one_backward, stages, microbatches, 1,
                               Bytes(2e7) / bandwidth};
  const EqualPipeline of_form{PipelineOrder::one_forward_one_backward, stages, microbatches, 1, Bytes(2) / bandwidth};
  expect_price(step_of(star(), spec), "fixed_hops", exposed_transfers(pipeline) - exposed_transfers(of_form));
}

TEST(TrainingCrossCheck, TheNormCostsAMessageForEveryDoubling) {
  const topology::Fleet fleet = star_of(8);
  workloads::TrainingSpec spec = plain_spec();
  spec.execution.plan.data = 2;
  spec.global_batch = std::uint64_t{2} * microbatches;
  spec.gradient_norm = true;
  expect_price(step_of(fleet, spec), "no_norm", 3 * (latency + Bytes(4) / bandwidth));
}

TEST(TrainingCrossCheck, TheOptimizerCostsWhatItTakes) {
  TrainingCase subject = step_of(star(), plain_spec());
  change_costs(subject, [](StepCosts& costs, const CostSources&) {
    std::fill(costs.optimizer.begin(), costs.optimizer.end(), Seconds(5e-3));
  });
  expect_price(subject, "free_update", Seconds(5e-3));
}

// A stage's two layers, each in two buckets instead of one: of the last layer one more ring's latencies are exposed.
TEST(TrainingCrossCheck, SmallerBucketsCostTheirLatencies) {
  workloads::TrainingSpec spec = plain_spec();
  spec.overlap.gradients = true;
  std::get<workloads::SampledModel>(spec.model).parameters = 80'000'000;
  spec.buckets = Bytes(1e7);
  const TrainingCase subject = step_of(star(), spec);
  expect_price(subject, "layer_buckets", 2 * (replicas - 1) * latency);
}

// The first of a stage's two buckets runs beside the backward pass of its first layer. While it does, 1.5 s of time do
// 1 s of work, in every stage on the way back to the first.
TEST(TrainingCrossCheck, DisturbedComputationIsPriced) {
  workloads::TrainingSpec spec = plain_spec();
  spec.overlap.gradients = true;
  spec.overlap.compute_slowdown = 1.5;
  std::get<workloads::SampledModel>(spec.model).parameters = 80'000'000;
  spec.buckets = Bytes(2e7);
  const Seconds beside = ring_all_reduce(replicas, Bytes(2e7), link());
  const Account account = account_of(step_of(star(), spec));
  const auto& broken = account.form().broken_assumptions;
  const auto is_it = [](const BrokenAssumption& one) { return one.assumption == "undisturbed_compute"; };
  const auto found = std::find_if(broken.begin(), broken.end(), is_it);
  ASSERT_NE(found, broken.end());
  EXPECT_NEAR(found->cost.si(), (stages * (beside - beside / 1.5)).si(), 1e-5);  // hops disturb it, too
}

// D02: what is hidden behind a backward pass is not waited for after it.
TEST(TrainingCrossCheck, OverlapSavesAllButTheLastBucket) {
  workloads::TrainingSpec spec = plain_spec();
  spec.buckets = Bytes(0);
  const Seconds after = simulated_time(step_of(star(), spec), run);
  spec.overlap.gradients = true;
  const Seconds beside = simulated_time(step_of(star(), spec), run);
  const Seconds each = ring_all_reduce(replicas, shard / 2, link());
  const Seconds saved = ring_all_reduce(replicas, shard, link()) - exposed_buckets(2, each, 2 * forward);
  EXPECT_NEAR((after - beside).si(), saved.si(), 1e-9 * after.si());
}

// The two stages of a node share its uplink: while the rings of both are under way, each gets half of it.
TEST(TrainingCrossCheck, SharedUplinksCostTheBandwidthThatIsMissing) {
  topology::FleetBuilder builder("two to an uplink");
  const auto model = builder.add_device_model({.name = "device", .compute = FlopRate(1e14)});
  const auto core = builder.add_switch("core", 2);
  const topology::LinkProperties cable{.bandwidth = bandwidth, .latency = Seconds(5e-7)};
  for (std::uint32_t node = 0; node < replicas; ++node) {
    const auto leaf = builder.add_switch("leaf" + std::to_string(node));
    builder.add_cable(leaf, core, cable);
    for (const char* place : {"a", "b"}) {
      const auto device = builder.add_device("d" + std::to_string(node) + place, model, {.node = node});
      builder.add_cable(device, leaf, cable);
    }
  }
  const topology::Fleet fleet = builder.build();
  workloads::TrainingSpec spec = plain_spec();
  spec.execution.plan.pipeline = 2;
  spec.execution.plan.order = workloads::axis_order_from("pipeline-tensor-context-expert-data", "");
  TrainingCase subject = step_of(fleet, spec);
  subject.engine.network = "fluid";
  const Account account = account_of(subject);
  const FormCheck& form = account.form();
  ASSERT_EQ(broken_names(form), Names{"nobody_contends"});
  // The second stage ends a backward pass of 16 ms before the first: its ring of 800 MB has the uplinks for itself
  // until then, and what is left of it shares them.
  EXPECT_GT(form.broken_assumptions.front().cost, Seconds(0));
  EXPECT_NEAR(form.granted->si(), form.prediction.time.si(), 1e-9 * account.checked.simulated.si());
  const Bytes half = Bytes(8e8);
  const Seconds alone = ring_all_reduce(replicas, half, link());
  const Seconds head_start = 4.0 * 2 * Seconds(2e-3);
  ASSERT_LT(head_start, alone);
  EXPECT_NEAR(form.broken_assumptions.front().cost.si(), (alone - head_start).si(), 1e-4);
}

// Under the schedule that "auto" finds for these stages both end together, and no message meets another; under 1F1B,
// and with the rest granted, the rings of one stage meet what the other exchanges.
TEST(TrainingCrossCheck, MessagesThatMeetOnlyInTheGrantedOrderAreGrantedTheirLinksToo) {
  workloads::TrainingSpec spec = plain_spec();
  auto model = small_model(layers);
  model.hidden = 2048;
  model.attention = {.heads = 16, .kv_heads = 16, .head_dim = 128};
  model.mlp = {.width = 8192};
  model.vocabulary = 32'000;
  spec.model = model;
  spec.execution.sequence_length = 2048;
  spec.execution.plan.pipeline = 2;
  spec.execution.plan.data = 4;
  spec.global_batch = std::uint64_t{4} * microbatches;
  const topology::Fleet fleet = star_of(8, Bandwidth(3e12));
  TrainingCase subject = step_of(fleet, spec);
  subject.spec.schedule = "auto";
  const workloads::DeviceRates rates = workloads::rates_of(fleet.device_models().front(), "");
  const auto compute = [&](std::uint32_t chunk, std::uint32_t) {
    return workloads::times_of_chunk(spec.model, spec.execution, chunk, rates, spec.efficiency);
  };
  subject.schedule = workloads::schedule_of(subject.spec, {.compute = compute}).schedule;
  subject.engine.network = "fluid";
  const Account account = account_of(subject);
  const FormCheck& form = account.form();
  const auto contends = std::find_if(form.broken_assumptions.begin(), form.broken_assumptions.end(),
                                     [](const BrokenAssumption& one) { return one.assumption == "nobody_contends"; });
  ASSERT_NE(contends, form.broken_assumptions.end());
  EXPECT_TRUE(contends->explanation.starts_with("not as asked")) << contends->explanation;
  EXPECT_EQ(contends->cost, Seconds(0));
  EXPECT_NEAR(form.granted->si(), form.prediction.time.si(), 1e-9 * account.checked.simulated.si());
}

// The optimizer waits for memory, too, but that is the price of free_update, whatever else is granted.
TEST(TrainingCrossCheck, MemoryTrafficIsPricedWithoutTheOptimizers) {
  workloads::TrainingSpec spec = plain_spec();
  spec.model = small_model(layers);
  spec.execution.sequence_length = 128;
  spec.execution.plan.pipeline = 1;
  spec.execution.plan.data = 1;
  spec.global_batch = 1;
  const topology::Fleet fleet = star_of(1, Bandwidth(1e12));
  const TrainingCase subject = step_of(fleet, spec);
  const TrainingSituation situation(subject);
  const Account account = account_of(subject);
  Seconds flat, update;
  for (const BrokenAssumption& one : account.form().broken_assumptions) {
    if (one.assumption == "flat_efficiency") flat = one.cost;
    if (one.assumption == "free_update") update = one.cost;
  }
  ASSERT_GT(update, Seconds(0));
  EXPECT_EQ(situation.costs().optimizer.size(), 1U);
  EXPECT_NEAR(update.si(), situation.costs().optimizer.front().si(), 1e-12);
  const FlatJob flat_one = flat_job(spec, situation.rates(), situation.efficiency());
  const Seconds computes = sums_of(subject.costs(flat_one.spec, flat_one.rates, 1)).executed();
  EXPECT_NEAR(flat.si(), (situation.compute_of_device() - computes).si(), 1e-12);
}

TEST(TrainingCrossCheck, LongStepsAreComparedButPricedOnlyWhenThatIsAskedFor) {
  workloads::TrainingSpec spec = plain_spec();
  spec.gradient_norm = true;
  const TrainingCase subject = step_of(star(), spec);
  int simulations = 0;
  const StepSimulator counted = [&](std::span<const TrainingCase> steps) {
    simulations += static_cast<int>(steps.size());
    std::vector<KnownStep> answers = simulate_all(steps);
    for (KnownStep& answer : answers) answer.events = 1'000'000'000;
    return answers;
  };
  const CrossCheck compared = cross_check(subject, counted);
  EXPECT_EQ(simulations, 2);  // as it is, and as flows
  EXPECT_TRUE(compared.is_unpriced);
  const FormCheck& form = *find_form(compared, "first_order");
  ASSERT_EQ(broken_names(form), Names{"no_norm"});
  EXPECT_EQ(form.broken_assumptions.front().basis, BrokenAssumption::Basis::unpriced);
  EXPECT_FALSE(form.granted);

  const CrossCheck priced = cross_check(subject, counted, {}, Pricing::always);
  EXPECT_FALSE(priced.is_unpriced);
  EXPECT_TRUE(priced.priced_as_flows);
  EXPECT_GT(find_form(priced, "first_order")->broken_assumptions.front().cost, Seconds(0));
}

// Of mlsysim's form everything can be granted but its rule for the bubble.
TEST(TrainingCrossCheck, WhatIsLeftOfMlsysimIsItsBubble) {
  const topology::Fleet fleet = star_of(stages * replicas, Bandwidth(2e12));
  const TrainingCase subject = step_of(fleet, plain_spec());
  const Account account = account_of(subject);
  const FormCheck& form = account.form("distributed");
  const auto is_rule = [](const BrokenAssumption& one) { return one.assumption == "bubble_rule"; };
  const auto rule = std::find_if(form.broken_assumptions.begin(), form.broken_assumptions.end(), is_rule);
  ASSERT_NE(rule, form.broken_assumptions.end());
  EXPECT_EQ(rule->basis, BrokenAssumption::Basis::remainder);
  // (P-1)/M of the work is idle, (P-1)/(M+P-1) of it is added.
  const TrainingSituation situation(subject);
  const Seconds work = training_form("distributed").parts(situation).compute;
  const double idle = stages - 1.0;
  const Seconds left = work * (idle / microbatches - idle / (microbatches + idle));
  EXPECT_NEAR(rule->cost.si(), left.si(), 1e-9 * form.granted->si());
}

}  // namespace
}  // namespace lockstep::validation
