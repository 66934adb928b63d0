#include <gtest/gtest.h>

#include "tests/validation/solvers/reference.hpp"

namespace lockstep::validation {
namespace {

constexpr double to_the_last_digits = 1e-12;

TEST(Mlsysim, DistributedEqualsTheOriginalOfTodayAndOfMarchMistakesIncluded) {
  expect_reproduced("mlsysim_distributed", "distributed", to_the_last_digits);
}

class MlsysimModel : public testing::TestWithParam<const char*> {};

TEST_P(MlsysimModel, EqualsTheOriginal) {
  expect_reproduced("mlsysim_others", GetParam(), to_the_last_digits);
}

INSTANTIATE_TEST_SUITE_P(Solvers, MlsysimModel,
                         testing::Values("single_node", "reliability", "sustainability", "economics", "checkpoint",
                                         "memory", "topology", "network_roofline", "orchestration", "scaling",
                                         "serving", "tail_latency", "moe_routing", "parallelism", "collective",
                                         "hierarchical_all_reduce", "pipeline_bubble"),
                         [](const auto& test) { return std::string(test.param); });

Json tutorial() {
  return {{"model", "Llama3_70B"}, {"cluster", "Research_256"}, {"batch_size", 256}, {"tp_size", 8},
          {"pp_size", 4},          {"microbatch_count", 16}};
}

TEST(Mlsysim, ReadsTheSameCaseFromATrainingScenario) {
  const Json scenario = {{"fleet", {{"catalog", "Research_256"}}},
                         {"workload",
                          {{"kind", "training"},
                           {"model", "Llama3_70B"},
                           {"global_batch", 256},
                           {"precision", "fp16"},
                           {"recompute", "none"},
                           {"parallel", {{"data", 8}, {"tensor", 8}, {"pipeline", 4}}}}},
                         {"solve", {{"microbatch_count", 16}}}};
  EXPECT_EQ(outputs_of("distributed", scenario), outputs_of("distributed", tutorial()));
}

TEST(Mlsysim, MarchDropsTheDevicesThatFillNoGroupAndTodayRefusesThem) {
  Json odd = tutorial();
  odd["tp_size"] = 3;
  EXPECT_THROW(outputs_of("distributed", odd), InputError);
  odd["revision"] = "march2026";
  EXPECT_EQ(outputs_of("distributed", odd)["parallelism"]["dp"], 21);
}

TEST(Mlsysim, OverridingTheTopologyChangesNothingButWarns) {
  Json forced = tutorial();
  forced["topology_override"] = "tree";
  const Catalog catalog = Catalog::bundled();
  const SolverAnswer answer = solve("distributed", forced, {.catalog = catalog});
  EXPECT_EQ((*answer.json)["outputs"], outputs_of("distributed", tutorial()));
  EXPECT_NE(answer.warnings.back().find("no effect"), std::string::npos);
}

TEST(Mlsysim, CountsWaterOnFacilityEnergyAndCorrectedOnItEnergy) {
  Json fleet = {{"cluster", "Research_256"}, {"duration_days", 1}};
  const Json as_it_is = outputs_of("sustainability", fleet);
  fleet["convention"] = "corrected";
  const Json corrected = outputs_of("sustainability", fleet);
  EXPECT_NEAR(as_it_is["water_l"].get<double>() / corrected["water_l"].get<double>(), 1.12, 1e-12);
}

TEST(Mlsysim, CorrectedMemoryDividesActivationsAmongTensorRanksAndKeepsThoseInFlight) {
  Json step = {{"model", "Llama3_70B"},
               {"hardware", "H100"},
               {"batch_size", 256},
               {"tp_size", 8},
               {"pp_size", 4},
               {"dp_size", 8},
               {"gradient_accumulation_steps", 32}};
  const double as_it_is = outputs_of("memory", step)["activations_B"].get<double>();
  step["convention"] = "corrected";
  step["sequence_parallel"] = true;
  EXPECT_NEAR(outputs_of("memory", step)["activations_B"].get<double>(), as_it_is * 4 / 8, 1e-12 * as_it_is);
}

}  // namespace
}  // namespace lockstep::validation
