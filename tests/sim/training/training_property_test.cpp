// Any legal plan runs to its end, and what crosses the wires is what the formulas say.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random_stream.hpp"
#include "tests/sim/training/training_runs.hpp"
#include "workloads/schedules/schedule_summary.hpp"

namespace lockstep::sim {
namespace {

using workloads::ParallelPlan;
using workloads::TrainingSpec;

template <class Value>
Value pick(RandomStream& random, std::initializer_list<Value> values) {
  return *(values.begin() + random.below(values.size()));
}

// What the random jobs of a test have in common.
enum class Ranks { any, one_a_stage };

Json random_job(RandomStream& random, Ranks ranks) {
  const int pipeline = pick(random, {1, 1, 2, 3, 4});
  const bool is_alone = ranks == Ranks::one_a_stage;
  const int tensor = is_alone ? 1 : pick(random, {1, 2, 4});
  const int context = is_alone ? 1 : pick(random, {1, 1, 2});
  const int data = is_alone ? 1 : pick(random, {1, 2, 3, 4});
  const bool has_experts = random.below(2) == 0;
  std::string schedule = pick<const char*>(random, {"1f1b", "gpipe", "zb_h1", "zb_h2", "interleaved_1f1b", "zb_v",
                                                    "dualpipe", "chimera", "dualpipe_v", "eager_1f1b"});
  int virtual_stages = schedule == "interleaved_1f1b" ? 2 : 1;
  if (schedule == "zb_v" || schedule == "dualpipe_v") virtual_stages = 2;
  if (pipeline == 1 || ((schedule == "dualpipe" || schedule == "chimera") && pipeline % 2 == 1)) {
    schedule = "1f1b";
    virtual_stages = 1;
  }
  const int microbatches = pipeline * pick(random, {2, 4});
  Json model = small_model(pipeline * virtual_stages * pick(random, {1, 2}));
  model["tied_embeddings"] = random.below(2) == 0;
  model["block"] = pick<const char*>(random, {"sequential", "parallel"});
  model["kv_heads"] = 4;
  Json parallel = {{"data", data}, {"tensor", tensor}, {"pipeline", pipeline}, {"context", context}};
  parallel["sequence_parallel"] = tensor > 1 && random.below(2) == 0;
  parallel["zero"] = static_cast<int>(random.below(4));
  if (has_experts) {
    model["experts"] = 12;
    model["active_experts_per_token"] = 2;
    model["ffn_per_expert"] = 128;
    model["shared_experts"] = static_cast<int>(random.below(2));
    parallel["expert"] = pick(random, {1, data, data * context});
  }
  const char* const recompute = pick<const char*>(random, {"none", "selective", "full"});
  Json job = {
      {"kind", "training"},
      {"model", model},
      {"global_batch", microbatches * data},
      {"sequence_length", 128},
      {"parallel", parallel},
      {"schedule", schedule},
      {"recompute", recompute},
      {"attention", pick<const char*>(random, {"flash", "unfused"})},
      {"overlap",
       {{"gradients", random.below(2) == 0}, {"parameters", random.below(2) == 0}, {"tensor", random.below(2) == 0}}},
      {"buckets", pick<const char*>(random, {"50 kB", "100 kB", "25 MiB"})},
      {"prefetch", static_cast<int>(random.below(3))}};
  if (virtual_stages > 1) job["virtual_stages"] = virtual_stages;
  return job;
}

// Calls `check` with so many random legal jobs; those that are not legal do not count.
template <class Check>
void for_random_jobs(Ranks ranks, int count, Check check) {
  RandomStream random(1, "tests/training");
  for (int checked = 0; checked < count;) {
    const Json job = random_job(random, ranks);
    SCOPED_TRACE(job.dump());
    std::optional<TrainingSpec> spec;
    try {
      spec = training_spec(job);
    } catch (const InputError&) {
      continue;
    }
    ++checked;
    check(*spec, switch_of(static_cast<std::uint32_t>(spec->execution.plan.ranks())));
  }
}

double others_of(std::uint64_t members) {
  return (static_cast<double>(members) - 1) / static_cast<double>(members);
}

// What all ranks of a stage send for the weights of one kind: forms D03, for each microbatch where ZeRO keeps nothing
// from one to the next, and for hybrid sharding a sum over the replicas of the shards.
double weight_traffic(const TrainingSpec& spec, double weights, double gradients, std::uint64_t ranks,
                      std::uint64_t shards, double microbatches) {
  const std::uint32_t zero = spec.execution.plan.zero;
  const double sums = zero >= 2 ? microbatches : 1;
  const double gathers = zero == 3 ? 2 * microbatches : (zero > 0 ? 1 : 0);
  const double of_rank =
      sums * (others_of(shards) * gradients + 2 * others_of(ranks / shards) * gradients / static_cast<double>(shards)) +
      gathers * others_of(shards) * weights;
  return of_rank;
}

class Wires {
 public:
  Wires(const TrainingSpec& spec, const workloads::Schedule& schedule)
      : spec_(spec), plan_(spec.execution.plan), schedule_(schedule) {}

  double total() {
    const auto& model = std::get<workloads::TransformerModel>(spec_.model);
    const double ranks_of_stage = static_cast<double>(plan_.ranks()) / plan_.pipeline;
    const double again = spec_.execution.recompute == workloads::Recompute::full ? 1 : 0;
    double sum = 0;
    for (std::uint32_t chunk = 0; chunk < schedule_.chunks(); ++chunk) {
      const double microbatches = schedule_.end_microbatch(chunk) - schedule_.first_microbatch(chunk);
      const auto range = workloads::layers_of_chunk(plan_, model.layer_count(), chunk % schedule_.stages());
      for (std::uint64_t layer = range.first; layer < range.first + range.count; ++layer) {
        const auto one = workloads::layer_traffic(model, model.layers[layer], spec_.execution);
        const double reductions = (2 + again) * one.tensor_times;  // D06
        sum += microbatches * reductions * 2 * others_of(plan_.tensor) * one.tensor.si();
        sum += microbatches * (4 + 2 * again) * others_of(plan_.expert) * one.expert.si();  // D07
        sum += microbatches * (3 + again) * (plan_.context - 1) * one.context_hop.si();
      }
      if (!schedule_.is_last(chunk) && schedule_.device_of[chunk] != schedule_.device_of[chunk + 1]) {
        sum += 2 * microbatches * workloads::pipeline_traffic(model, spec_.execution).si();
      }
    }
    for (std::uint32_t stage = 0; stage < plan_.pipeline; ++stage) sum += of_weights(stage);
    sum += ends();
    return sum * ranks_of_stage;
  }

 private:
  double of_weights(std::uint32_t stage) const {
    const auto gradients = workloads::gradients_of_stage(spec_.model, spec_.execution, stage);
    const auto microbatches = static_cast<double>(spec_.microbatches());
    const double per_gradient = element_bytes(spec_.execution.precision) / spec_.execution.gradient_bytes;
    // Two copies of the model share the microbatches of a stage.
    const double each = microbatches / schedule_.copies;
    double sum = weight_traffic(spec_, per_gradient * gradients.dense.si(), gradients.dense.si(),
                                plan_.gradient_ranks(), plan_.sharding_ranks(), each);
    sum += weight_traffic(spec_, per_gradient * gradients.experts.si(), gradients.experts.si(),
                          plan_.expert_gradient_ranks(), plan_.expert_sharding_ranks(), each);
    const bool has_mirror = schedule_.copies == 2 && 2 * stage + 1 != plan_.pipeline;
    if (has_mirror) {
      sum += gradients.dense.si() / workloads::dense_shards(plan_) +
             gradients.experts.si() / workloads::expert_shards(plan_);
    }
    return sum;
  }

  // Two ranks sum a vector: each sends half of it twice.
  double ends() const {
    const auto& model = std::get<workloads::TransformerModel>(spec_.model);
    const std::uint32_t last = plan_.chunks() - 1;
    const auto chunks = workloads::chunks_of_stage(plan_, workloads::stage_of_chunk(plan_, last));
    const bool is_apart = std::find(chunks.begin(), chunks.end(), 0U) == chunks.end();
    if (!model.tied_embeddings || !is_apart) return 0;
    return 2 * spec_.execution.gradient_bytes * static_cast<double>(model.vocabulary * model.hidden) / plan_.tensor;
  }

  const TrainingSpec& spec_;
  const ParallelPlan& plan_;
  const workloads::Schedule& schedule_;
};

TEST(TrainingProperty, EveryLegalPlanSendsWhatTheFormsCount) {
  for_random_jobs(Ranks::any, 200, [](TrainingSpec spec, const topology::Fleet& fleet) {
    spec.gradient_norm = false;
    const TrainingRun run = run_training(fleet, spec);
    const double expected = Wires(spec, run.program->schedule()).total();
    EXPECT_NEAR(run.timeline.message_bytes.si(), expected, 1e-9 * expected);
  });
}

// What chunks take as the schedule's own times.
workloads::ScheduleTimes schedule_times(const workloads::StepCosts& costs, const workloads::Schedule& schedule) {
  std::vector<Seconds> forward;
  std::vector<Seconds> input;
  std::vector<Seconds> weight;
  std::vector<Seconds> backward;
  for (std::uint32_t chunk = 0; chunk < schedule.chunks(); ++chunk) {
    const auto times = workloads::compute_of_chunk(costs, chunk % schedule.stages());
    forward.push_back(times.forward);
    input.push_back(times.recompute + times.backward_input);
    weight.push_back(times.backward_weight);
    backward.push_back(input.back() + weight.back());
  }
  return {.forward = workloads::TimeTable(forward),
          .backward = workloads::TimeTable(backward),
          .input_gradient = workloads::TimeTable(input),
          .weight_gradient = workloads::TimeTable(weight),
          .overlapped = {},
          .transfer = costs.hop_delay};
}

TEST(TrainingProperty, WithoutOtherRanksAPipelineIsItsSchedule) {
  for_random_jobs(Ranks::one_a_stage, 150, [](TrainingSpec spec, const topology::Fleet& fleet) {
    // Halves of pairs hand on what they made before the pair is done.
    if (spec.schedule.starts_with("dualpipe")) return;
    spec.gradient_norm = false;
    const auto delayed = [](const TrainingSpec& of, const workloads::DeviceRates& rates, double load) {
      workloads::StepCosts costs = workloads::costs_of(of, rates, load);
      costs.hop.reset();
      costs.hop_delay = Seconds(3e-6);
      costs.tied_embedding = Bytes(0);
      for (workloads::LayerCosts& layer : costs.layers) layer.gradients = {};
      for (Seconds& update : costs.optimizer) update = Seconds(0);
      return costs;
    };
    const auto program = training_program(fleet, spec, delayed);
    const Job job{.program = program, .placement = program->ground().devices};
    const Timeline timeline = simulate(fleet, std::span(&job, 1), {.network = "contention_free"}, nullptr);
    const auto expected =
        workloads::evaluate_schedule(program->schedule(), schedule_times(program->costs(), program->schedule()));
    EXPECT_NEAR(timeline.end.si(), expected.makespan.si(), 1e-9 * expected.makespan.si());
  });
}

}  // namespace
}  // namespace lockstep::sim
