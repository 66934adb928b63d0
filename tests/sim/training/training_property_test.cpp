// Any legal plan runs to its end, and what crosses the wires is what the formulas say.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random_stream.hpp"
#include "tests/sim/training/training_runs.hpp"

namespace lockstep::sim {
namespace {

using workloads::ParallelPlan;
using workloads::TrainingSpec;

template <class Value>
Value pick(RandomStream& random, std::initializer_list<Value> values) {
  return *(values.begin() + random.below(values.size()));
}

Json random_job(RandomStream& random) {
  const int pipeline = pick(random, {1, 1, 2, 3, 4});
  const int tensor = pick(random, {1, 2, 4});
  const int context = pick(random, {1, 1, 2});
  const int data = pick(random, {1, 2, 3, 4});
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

TEST(TrainingProperty, EveryLegalPlanRunsToItsEnd) {
  RandomStream random(1, "tests/training");
  int run = 0;
  while (run < 150) {
    const Json job = random_job(random);
    SCOPED_TRACE(job.dump());
    std::optional<TrainingSpec> spec;
    try {
      spec = training_spec(job);
    } catch (const InputError&) {
      continue;
    }
    ++run;
    const topology::Fleet fleet = switch_of(static_cast<std::uint32_t>(spec->execution.plan.ranks()));
    const TrainingRun result = run_training(fleet, *spec);
    EXPECT_GT(result.timeline.end, Seconds(0));
  }
}

}  // namespace
}  // namespace lockstep::sim
