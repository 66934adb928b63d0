// Whatever the job, its figures obey physics.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random_stream.hpp"
#include "sim/run_scenario.hpp"

namespace lockstep::sim {
namespace {

template <class Value>
Value pick(RandomStream& random, std::initializer_list<Value> values) {
  return *(values.begin() + random.below(values.size()));
}

Json random_model(RandomStream& random, int layers) {
  Json model = {{"layers", layers},
                {"hidden_dim", 64},
                {"heads", 8},
                {"kv_heads", pick(random, {2, 8})},
                {"ffn", 256},
                {"vocab", 512},
                {"mlp", pick<const char*>(random, {"gated", "plain"})},
                {"tied_embeddings", random.below(2) == 0},
                {"mtp_depth", static_cast<int>(random.below(2))}};
  if (random.below(3) == 0) {
    model.update({{"experts", 8}, {"active_experts_per_token", 2}, {"ffn_per_expert", 128}});
  }
  return model;
}

Json random_scenario(RandomStream& random) {
  const int pipeline = pick(random, {1, 2, 4});
  const int tensor = pick(random, {1, 2, 4});
  const int data = pick(random, {1, 2, 3});
  const int context = pick(random, {1, 1, 2});
  const bool split = pipeline > 1 && random.below(2) == 0;
  Json device = {{"compute", "100 TFLOP/s"}, {"memory", "80 GB"}};
  if (random.below(2) == 0) device["memory_bandwidth"] = pick<const char*>(random, {"1 TB/s", "100 GB/s"});
  return {{"fleet",
           {{"topology", "switch"},
            {"devices", pipeline * tensor * data * context},
            {"link", {{"bandwidth", pick<const char*>(random, {"1 GB/s", "1 PB/s"})}, {"latency", "0 s"}}},
            {"device", device}}},
          {"workload",
           {{"kind", "training"},
            {"model", random_model(random, pipeline * pick(random, {1, 2}))},
            {"global_batch", data * pipeline * pick(random, {1, 4})},
            {"sequence_length", pick(random, {16, 128})},
            {"parallel",
             {{"tensor", tensor},
              {"pipeline", pipeline},
              {"context", context},
              {"sequence_parallel", tensor > 1 && random.below(2) == 0},
              {"zero", static_cast<int>(random.below(4))}}},
            {"schedule", split ? pick<const char*>(random, {"zb_h1", "zb_h2"}) : "1f1b"},
            {"recompute", pick<const char*>(random, {"none", "selective", "full"})},
            {"attention", pick<const char*>(random, {"flash", "unfused"})},
            {"compute", {{"efficiency", pick(random, {0.5, 1.0})}}}}},
          {"engine", {{"network", pick<const char*>(random, {"contention_free", "ports"})}}}};
}

TEST(TrainingFigures, NeverExceedThePeakAndAddUp) {
  const Catalog catalog = Catalog::bundled();
  RandomStream random(1, "tests/training_figures");
  double largest = 0;
  int legal = 0;
  while (legal < 150) {
    const Json json = random_scenario(random);
    SCOPED_TRACE(json.dump());
    std::optional<Scenario> scenario;
    try {
      scenario.emplace(read_scenario(json, {.catalog = catalog}));
    } catch (const InputError&) {
      continue;
    }
    ++legal;
    const Json results = results_of(*scenario, run_scenario(*scenario));
    const auto mfu = results["mfu"].get<double>();
    const auto hfu = results["hfu"].get<double>();
    EXPECT_GT(mfu, 0);
    EXPECT_LE(mfu, hfu * (1 + 1e-12));
    EXPECT_LE(hfu, 1 + 1e-12);
    EXPECT_LE(results["scaling_efficiency"].get<double>(), 1 + 1e-12);
    EXPECT_GE(results["pipeline"]["bubble_fraction"].get<double>(), 0);
    EXPECT_LT(results["pipeline"]["bubble_fraction"].get<double>(), 1);
    const auto time = results["time_s"].get<double>();
    double parts = 0;
    for (const auto& [name, seconds] : results["breakdown_s"].items()) {
      EXPECT_GE(seconds.get<double>(), 0) << name;
      parts += seconds.get<double>();
    }
    EXPECT_NEAR(parts, time, 1e-9 * time);
    double path = 0;
    for (const auto& [name, seconds] : results["critical_path"]["sums_s"].items()) path += seconds.get<double>();
    EXPECT_NEAR(path, time, 1e-9 * time);
    largest = std::max(largest, hfu);
  }
  EXPECT_GT(largest, 0.9) << "some jobs come near";
}

}  // namespace
}  // namespace lockstep::sim
