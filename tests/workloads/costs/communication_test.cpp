#include "workloads/costs/communication.hpp"

#include <gtest/gtest.h>

#include "workloads/costs/chunks.hpp"
#include "workloads/costs/model_flops.hpp"

namespace lockstep::workloads {
namespace {

Model model_called(const std::string& name) {
  return model_of(Catalog::bundled().find("model", name));
}

// 4 all-reduces of 2 s b h bytes a layer and microbatch, of which a rank of a ring sends 2 (t - 1)/t.
TEST(Communication, OfTensorParallelismIsFourAllReducesALayer) {
  const Model model = model_called("Llama3_70B");
  const Execution execution{.plan = {.data = 1, .tensor = 8, .sequence_parallel = true}, .sequence_length = 4096};
  const TrafficVolumes volumes = traffic_volumes(model, execution, 16);
  EXPECT_DOUBLE_EQ(volumes.tensor.si(), 80 * 16 * 4.0 * 2 * 7 / 8 * (2.0 * 4096 * 8192));
  EXPECT_EQ(volumes.gradients, Bytes(0));
  EXPECT_EQ(volumes.pipeline, Bytes(0));
}

// 2 (N - 1)/N of 2 bytes a weight, 3 (N - 1)/N under ZeRO-3 (Rajbhandari et al., arXiv 1910.02054, section 7).
TEST(Communication, OfGradientsIsHalfAgainAsMuchUnderZero3) {
  const Model model = SampledModel{.name = "m", .parameters = 7000000000};
  const auto sent = [&](std::uint32_t zero) {
    return traffic_volumes(model, {.plan = {.data = 8, .zero = zero}}, 1).gradients.si();
  };
  EXPECT_DOUBLE_EQ(sent(1), 24500000000.0);
  EXPECT_DOUBLE_EQ(sent(3), 36750000000.0);
}

TEST(Communication, OfExpertsIsEveryChosenTokenFourTimes) {
  const Model model = model_called("Mixtral_8x7B");
  const Execution execution{.plan = {.data = 8, .expert = 8}, .sequence_length = 4096};
  EXPECT_DOUBLE_EQ(traffic_volumes(model, execution, 1).expert.si(), 32 * 4 * 7.0 / 8 * (2.0 * 4096 * 2 * 4096));
}

TEST(Communication, OfContextRanksIsTheirKeysAndValues) {
  const auto model = std::get<TransformerModel>(model_called("Llama3_8B"));
  const Execution execution{.plan = {.tensor = 4, .context = 2}, .sequence_length = 8192};
  EXPECT_DOUBLE_EQ(layer_traffic(model, LayerKind::dense, execution).context_hop.si(), 2.0 * 4096 * 2 * (128 + 128));
}

TEST(Chunks, TogetherDoWhatTheModelNeeds) {
  for (const char* name : {"Llama3_70B", "DeepSeek_V3", "ResNet50"}) {
    const Model model = model_called(name);
    const bool is_deep_seek = std::string(name) == "DeepSeek_V3";
    ParallelPlan plan{.data = 2, .pipeline = 5};
    if (is_deep_seek) plan.stage_layers = {13, 12, 12, 12, 12};
    const Execution execution{.plan = plan, .sequence_length = 1024, .attention = AttentionKernel::unfused};
    const double needed = model_flops(model, 1024, FlopConvention::full).training().si();
    EXPECT_NEAR(executed_flops(model, execution, 3).si() / (2 * 3 * needed), 1, 1e-12) << name;
  }
}

TEST(Chunks, WorkLayersOutAgainButNotTheEnds) {
  const Model model = model_called("Llama3_8B");
  const Execution execution{
      .sequence_length = 1024, .recompute = Recompute::full, .attention = AttentionKernel::unfused};
  const ModelFlops flops = model_flops(model, 1024, FlopConvention::full);
  EXPECT_NEAR(executed_flops(model, execution, 1) / flops.training_with_full_recompute(), 1, 1e-12);
}

// H100s at half their peak: 6 N flops a token, and a little for what is bound by memory.
TEST(Chunks, OfLlama8BTakeAboutWhatTheirFlopsTake) {
  const Model model = model_called("Llama3_8B");
  const Execution execution{.sequence_length = 4096};
  const DeviceRates h100 = {.compute = FlopRate(989e12), .memory = Bandwidth(3.35e12)};
  const PassTimes times = times_of_chunk(model, execution, 0, h100, EfficiencyModel::flat(0.5));
  const double ideal = model_flops(model, 4096, FlopConvention::attended).training().si() / (0.5 * 989e12);
  const double taken = (times.forward + times.backward_input + times.backward_weight).si();
  EXPECT_GT(taken, ideal);
  EXPECT_LT(taken, 1.2 * ideal);
}

}  // namespace
}  // namespace lockstep::workloads
