#include "validation/solvers/first_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/error.hpp"
#include "tests/validation/solvers/reference.hpp"

namespace lockstep::validation {
namespace {

Json tutorial(std::uint32_t microbatches, const std::string& fabric) {
  return {{"model", "Llama3_70B"},
          {"cluster", "Research_256"},
          {"fabric", fabric},
          {"batch_size", 256},
          {"tp_size", 8},
          {"pp_size", 4},
          {"microbatch_count", microbatches}};
}

double seconds(const Json& outputs, const char* name) {
  return outputs[name].get<double>();
}

// Worked out by hand: 6 P tokens / (tp pp F η) + 4 L/pp ring all-reduces on NVLink for a microbatch, 19 of them, and
// the ring of the replicas' shards on 100 GbE.
TEST(FirstOrder, CorrectsTheTutorialsStep) {
  const Json step = outputs_of("first_order", tutorial(16, "Ethernet_100G"));
  EXPECT_NEAR((seconds(step, "forward_s") + seconds(step, "backward_s")) * 16, 1.754363599595551, 1e-12);
  EXPECT_NEAR(seconds(step, "gradients_in_full_s"), 0.61845, 1e-9);
  EXPECT_NEAR(seconds(step, "step_s"), 3.13, 0.005);
  EXPECT_NEAR(seconds(step, "mfu"), 0.28, 0.001);
  EXPECT_NEAR(seconds(step, "sequences_per_s"), 82, 0.5);
  EXPECT_NEAR(seconds(outputs_of("first_order", tutorial(8, "Ethernet_100G")), "step_s"), 3.52, 0.005);
  EXPECT_NEAR(seconds(outputs_of("first_order", tutorial(32, "InfiniBand_NDR")), "step_s"), 2.463, 0.001);
}

TEST(FirstOrder, PartsAddUpToTheStep) {
  Json plan = tutorial(16, "InfiniBand_NDR");
  plan.update({{"overlap_comm", true}, {"zero_stage", 1}, {"cp_size", 2}, {"attention", "causal"}});
  const Json step = outputs_of("first_order", plan);
  double sum = 0;
  for (const auto& [name, part] : step["parts_s"].items()) sum += part.get<double>();
  EXPECT_NEAR(sum, seconds(step, "step_s"), 1e-12 * sum);
}

// The recurrence of events: an operation starts when the one before it on its stage is done, and its input has arrived.
class Recurrence {
 public:
  Recurrence(std::size_t stages, std::size_t microbatches, double forward, double backward, double hop)
      : stages_(stages), microbatches_(microbatches), forward_(forward), backward_(backward), hop_(hop) {}

  double makespan(PipelineOrder order) {
    std::vector<std::vector<Op>> programs;
    for (std::size_t stage = 0; stage < stages_; ++stage) programs.push_back(program(order, stage));
    done_.assign(2, std::vector<std::vector<double>>(stages_, std::vector<double>(microbatches_, -1)));
    std::vector<std::size_t> next(stages_, 0);
    std::vector<double> free(stages_, 0);
    for (bool moves = true; moves;) {
      moves = false;
      for (std::size_t stage = 0; stage < stages_; ++stage) {
        while (next[stage] < programs[stage].size() && run(stage, programs[stage][next[stage]], free[stage])) {
          ++next[stage];
          moves = true;
        }
      }
    }
    return *std::max_element(free.begin(), free.end());
  }

 private:
  struct Op {
    bool is_backward;
    std::size_t microbatch;
  };

  std::vector<Op> program(PipelineOrder order, std::size_t stage) const {
    const std::size_t ahead = order == PipelineOrder::gpipe ? microbatches_ : stages_ - 1 - stage;
    std::vector<Op> ops;
    std::size_t forward = 0, backward = 0;
    while (forward < std::min(ahead, microbatches_)) ops.push_back({false, forward++});
    while (backward < microbatches_) {
      if (forward < microbatches_) ops.push_back({false, forward++});
      ops.push_back({true, backward++});
    }
    return ops;
  }

  bool run(std::size_t stage, const Op& op, double& free) {
    const bool is_first = op.is_backward ? stage + 1 == stages_ : stage == 0;
    double ready = 0;
    if (!is_first) {
      const double before = done_[op.is_backward ? 1 : 0][op.is_backward ? stage + 1 : stage - 1][op.microbatch];
      if (before < 0) return false;
      ready = before + hop_;
    } else if (op.is_backward) {
      ready = done_[0][stage][op.microbatch];
    }
    free = std::max(free, ready) + (op.is_backward ? backward_ : forward_);
    done_[op.is_backward ? 1 : 0][stage][op.microbatch] = free;
    return true;
  }

  std::size_t stages_, microbatches_;
  double forward_, backward_, hop_;
  std::vector<std::vector<std::vector<double>>> done_;
};

FleetFigures random_fleet(std::mt19937& random, std::uint32_t devices) {
  FleetFigures fleet;
  fleet.devices_per_node = 8;
  fleet.nodes = devices / 8;
  fleet.device.peaks.fill(FlopRate(1e15));
  std::uniform_real_distribution<double> around(0.5, 2);
  fleet.inside = {Bandwidth(4e11 * around(random)), Seconds(1e-6 * around(random))};
  fleet.fabric.link = {Bandwidth(5e10 * around(random)), Seconds(5e-6 * around(random))};
  return fleet;
}

FirstOrderCase random_plan(std::mt19937& random) {
  const auto power = [&](std::uint32_t most) {
    return 1U << std::uniform_int_distribution<std::uint32_t>(0, most)(random);
  };
  FirstOrderCase plan;
  plan.tensor = power(3);
  plan.pipeline = power(4);
  plan.data = 8 * power(2);
  plan.fleet = random_fleet(random, plan.tensor * plan.pipeline * plan.data);
  plan.model.parameters = plan.model.active_parameters = 1e10;
  plan.model.layers = 32;
  plan.model.hidden_dim = 4096;
  plan.model.heads = 32;
  plan.microbatch = power(1);
  plan.global_batch = plan.data * plan.microbatch * std::uniform_int_distribution<std::uint32_t>(1, 40)(random);
  plan.order = power(1) == 1 ? PipelineOrder::gpipe : PipelineOrder::one_forward_one_backward;
  plan.recompute = power(1) == 1;
  plan.optimizer = Seconds(0.01);
  return plan;
}

// Stage 0 ends last, so that the ring of its own shard is the exposed one.
TEST(FirstOrder, IsWhatTheEventsGiveForEqualStagesAndFixedTransfers) {
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    const FirstOrderCase plan = random_plan(random);
    const FirstOrderStep step = solve_first_order(plan);
    const double layers = 32.0 / plan.pipeline;
    const double tensor = 2 * layers * step.tensor_collective.si();
    const double again = plan.recompute ? 2 : 1;
    Recurrence events(plan.pipeline, static_cast<std::size_t>(step.microbatches), step.forward.si() + tensor,
                      step.backward.si() + again * tensor, step.hop.si());
    const double expected = events.makespan(plan.order) + step.gradients_in_full.si() + plan.optimizer.si();
    EXPECT_NEAR(step.step.si(), expected, 1e-9 * expected);
    EXPECT_LE(step.mfu, 1);
  }
}

TEST(FirstOrder, EveryAssumptionThatIsGrantedMakesItNoSlower) {
  const double as_it_is = seconds(outputs_of("first_order", tutorial(16, "Ethernet_100G")), "step_s");
  const std::vector<Json> granted = {{{"transfers", "free"}},
                                     {{"overlap_comm", true}, {"buckets", "1 GB"}},
                                     {{"efficiency", 1}},
                                     {{"fabric", "InfiniBand_NDR"}}};
  for (const Json& grant : granted) {
    Json plan = tutorial(16, "Ethernet_100G");
    plan.update(grant);
    EXPECT_LT(seconds(outputs_of("first_order", plan), "step_s"), as_it_is) << grant;
  }
}

FirstOrderCase replicas_of_four(std::uint32_t zero) {
  FirstOrderCase plan;
  plan.model.parameters = plan.model.active_parameters = 1e9;
  plan.model.layers = 8;
  plan.model.hidden_dim = 1024;
  plan.fleet.nodes = 4;
  plan.fleet.device.peaks.fill(FlopRate(1e15));
  plan.fleet.fabric.link = {Bandwidth(1e10), Seconds(1e-5)};
  plan.gradients = Precision::fp32;
  plan.data = 4;
  plan.global_batch = 4 * 5;
  plan.zero = zero;
  return plan;
}

// D03 with a = 5 microbatches, 4 bytes a gradient and 2 a weight, in units of 3/4 of the parameters.
TEST(FirstOrder, SendsGradientsAndWeightsAsOftenAsTheyTravel) {
  const double unit = 0.75 * 1e9;
  const double units[] = {4 + 4, 4 + 2, 5 * 4 + 2, 5 * (2 + 2 + 4)};
  for (const std::uint32_t zero : {0U, 1U, 2U, 3U}) {
    const FirstOrderStep step = solve_first_order(replicas_of_four(zero));
    EXPECT_NEAR(step.gradient_traffic.si(), units[zero] * unit, 1e-12 * units[zero] * unit) << zero;
  }
  FirstOrderCase equal_bytes = replicas_of_four(2);
  equal_bytes.gradients = Precision::bf16;
  const Bytes model = Bytes(2e9);
  EXPECT_EQ(solve_first_order(equal_bytes).gradient_traffic, data_parallel_traffic(4, model, Sharding::gradients, 5));
  equal_bytes.zero = 3;
  EXPECT_EQ(solve_first_order(equal_bytes).gradient_traffic, data_parallel_traffic(4, model, Sharding::weights, 5));
}

TEST(FirstOrder, ScattersGradientsAfterEveryMicrobatchWhereTheyAreSharded) {
  const FirstOrderStep one = solve_first_order(replicas_of_four(1));
  const FirstOrderStep two = solve_first_order(replicas_of_four(2));
  EXPECT_NEAR(two.gradients / one.gradients, 5, 1e-12);
  EXPECT_EQ(one.parameters, two.parameters);

  // Behind backward passes of 1F1B a stream that is slower than a whole microbatch falls behind with each of them.
  FirstOrderCase hidden = replicas_of_four(2);
  hidden.overlap_gradients = true;
  hidden.bucket = Bytes(1e9);
  const FirstOrderStep step = solve_first_order(hidden);
  const Seconds pass = 3.0 * (Seconds(1e-5) + Bytes(0.25e9) / Bandwidth(1e10));
  const Seconds behind = 4 * pass - (step.forward + step.backward);
  ASSERT_GT(behind, Seconds(0));
  const Seconds last = pass + 3 * (pass - step.backward / 4);
  EXPECT_NEAR(step.gradients.si(), (last + 4 * behind).si(), 1e-12);
}

// D02 with what every bucket takes by itself, its latencies included. Gradients are ready layer by layer: eight of
// them.
TEST(FirstOrder, BucketsAreLayersAndPayTheirLatencies) {
  FirstOrderCase plan = replicas_of_four(0);
  plan.overlap_gradients = true;
  const std::pair<double, double> buckets_of_bytes[] = {{4e9, 1}, {2e9, 2}, {1.5e9, 2}, {1e9, 4}, {1e7, 8}};
  for (const auto& [bytes, buckets] : buckets_of_bytes) {
    plan.bucket = Bytes(bytes);
    const FirstOrderStep step = solve_first_order(plan);
    const double each = 6 * (1e-5 + 4e9 / buckets / 4 / 1e10);
    EXPECT_EQ(step.buckets, buckets);
    EXPECT_NEAR(step.gradients_in_full.si(), buckets * each, 1e-12 * buckets * each);
    EXPECT_NEAR(step.gradients.si(), exposed_buckets(buckets, Seconds(each), step.backward).si(), 1e-12);
  }
}

TEST(FirstOrder, GathersWeightsBesideTheFirstForwardPass) {
  FirstOrderCase plan = replicas_of_four(1);
  plan.bucket = Bytes(1e9);
  plan.overlap_parameters = true;
  const Seconds each = 3.0 * (Seconds(1e-5) + Bytes(0.5e9 / 4) / Bandwidth(1e10));
  const FirstOrderStep step = solve_first_order(plan);
  EXPECT_NEAR(step.parameters.si(), exposed_buckets(4, each, step.forward).si(), 1e-12);
}

TEST(FirstOrder, TakesMeasuredLinksInsteadOfTheFleets) {
  FirstOrderCase plan = replicas_of_four(0);
  plan.fleet.devices_per_node = 2;
  plan.tensor = 2;
  const Hockney slow{Seconds(1e-5), pace(Bandwidth(5e9))}, fast{Seconds(1e-6), pace(Bandwidth(1e11))};
  plan.links = {.tensor = fast, .context = fast, .expert = fast, .data = slow, .expert_data = fast, .pipeline = fast};
  const FirstOrderStep step = solve_first_order(plan);
  EXPECT_NEAR(step.gradients.si(), 6 * (1e-5 + 2e9 / 4 / 5e9), 1e-12);
  EXPECT_NEAR(step.tensor_collective.si(), 2 * (1e-6 + 2048.0 * 1024 * 2 / 2 / 1e11), 1e-15);
}

TEST(FirstOrder, TokensTravelAtOnceOrToOneRankAfterTheOther) {
  FirstOrderCase plan = replicas_of_four(0);
  plan.model.is_sparse = true;
  plan.model.experts = 8;
  plan.model.active_experts_per_token = 2;
  plan.expert = 4;
  const double routed = 2048.0 * 1024 * 2 * 2;
  EXPECT_NEAR(solve_first_order(plan).expert_collective.si(), 1e-5 + 0.75 * routed / 1e10, 1e-15);
  plan.exchange = ExpertAlgorithm::pairwise;
  EXPECT_NEAR(solve_first_order(plan).expert_collective.si(), 3 * 1e-5 + 0.75 * routed / 1e10, 1e-15);
}

TEST(FirstOrder, RefusesPlansThatDoNotFit) {
  const auto refuses = [](const Json& change) {
    Json plan = tutorial(16, "Ethernet_100G");
    plan.update(change);
    EXPECT_THROW(outputs_of("first_order", plan), InputError) << change;
  };
  refuses({{"tp_size", 3}});
  refuses({{"batch_size", 250}});
  refuses({{"ep_size", 2}});  // the model has no experts
  refuses({{"microbatch", 1}});
  refuses({{"zero_stage", 3}});
  refuses({{"model", "ResNet50"}});
  refuses({{"dp_size", 4}});
}

TEST(FirstOrder, SpreadsExpertsOverDataRanks) {
  const Json plan = {{"model", "Mixtral_8x7B"}, {"cluster", "Lab_64_H100"}, {"batch_size", 64}, {"ep_size", 8}};
  const Json step = outputs_of("first_order", plan);
  EXPECT_EQ(step["parallelism"]["dp"], 64);
  EXPECT_GT(step["parts_s"]["expert"].get<double>(), 0);
}

}  // namespace
}  // namespace lockstep::validation
