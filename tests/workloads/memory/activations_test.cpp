#include "workloads/memory/activations.hpp"

#include <gtest/gtest.h>

namespace lockstep::workloads {
namespace {

TransformerModel gpt(std::uint64_t hidden, std::uint64_t heads) {
  TransformerModel model;
  model.hidden = hidden;
  model.layers = {LayerKind::dense};
  model.attention = {.heads = heads, .kv_heads = heads, .head_dim = hidden / heads};
  model.mlp = {.width = 4 * hidden, .kind = MlpKind::plain, .bias = true};
  model.norm = NormKind::layer;
  model.vocabulary = 51200;
  model.dropout = true;
  return model;
}

// Worked values of the table in Korthikanti et al., arXiv 2205.05198, section 4 and 5.
struct Published {
  std::uint64_t sequence, microbatch, hidden, heads;
  std::uint32_t tensor;
  double none, divided, divided_sequences, selective, selective_sequences, full;
};
constexpr Published published[] = {
    {2048, 1, 12288, 96, 8, 2868903936.0, 578813952.0, 358612992.0, 327155712.0, 106954752.0, 50331648.0},
    {1024, 8, 2048, 16, 2, 1241513984.0, 704643072.0, 620756992.0, 369098752.0, 285212672.0, 33554432.0},
    {8192, 1, 4096, 32, 4, 11878268928.0, 3221225472.0, 2969567232.0, 536870912.0, 285212672.0, 67108864.0},
};

double kept(const Published& one, ParallelPlan plan, Recompute recompute,
            AttentionKernel kernel = AttentionKernel::unfused) {
  const Execution execution{.plan = std::move(plan),
                            .microbatch = one.microbatch,
                            .sequence_length = one.sequence,
                            .recompute = recompute,
                            .attention = kernel};
  return layer_activations(gpt(one.hidden, one.heads), LayerKind::dense, execution).kept.si();
}

TEST(LayerActivations, OfAGptEqualThePublishedTable) {
  for (const Published& one : published) {
    const ParallelPlan divided{.tensor = one.tensor};
    const ParallelPlan sequences{.tensor = one.tensor, .sequence_parallel = true};
    EXPECT_DOUBLE_EQ(kept(one, {}, Recompute::none), one.none);
    EXPECT_DOUBLE_EQ(kept(one, divided, Recompute::none), one.divided);
    EXPECT_DOUBLE_EQ(kept(one, sequences, Recompute::none), one.divided_sequences);
    EXPECT_DOUBLE_EQ(kept(one, divided, Recompute::selective), one.selective);
    EXPECT_DOUBLE_EQ(kept(one, sequences, Recompute::selective), one.selective_sequences);
    EXPECT_DOUBLE_EQ(kept(one, {}, Recompute::full), one.full);
    EXPECT_DOUBLE_EQ(kept(one, sequences, Recompute::none, AttentionKernel::flash), one.selective_sequences);
  }
}

// 2 bytes of: inputs of two norms and two blocks (4h), queries and output (2h), keys and values (2h/4), three times the
// MLP's width (3 x 3.5h); nothing is dropped.
TEST(LayerActivations, CountGroupedHeadsAndGatedMlps) {
  const auto model = std::get<TransformerModel>(model_of(Catalog::bundled().find("model", "Llama3_8B")));
  const Execution execution{.microbatch = 2, .sequence_length = 1024};
  EXPECT_DOUBLE_EQ(layer_activations(model, LayerKind::dense, execution).kept.si(),
                   2 * 2048.0 * (4 + 2 + 0.5 + 10.5) * 4096);
}

TEST(LayerActivations, RepeatKeysThatAreFewerThanTensorRanks) {
  const auto model = std::get<TransformerModel>(model_of(Catalog::bundled().find("model", "Llama3_8B")));
  const auto of = [&](std::uint32_t tensor) {
    return layer_activations(model, LayerKind::dense, {.plan = {.tensor = tensor, .sequence_parallel = true}})
        .kept.si();
  };
  EXPECT_DOUBLE_EQ(of(8) * 8, of(2) * 2);
  EXPECT_DOUBLE_EQ(of(16) * 16 - of(8) * 8, 2 * 2 * 8 * 128);
}

TEST(LayerActivations, GrowWithTheExpertsThatATokenTakes) {
  const auto model = std::get<TransformerModel>(model_of(Catalog::bundled().find("model", "Mixtral_8x7B")));
  const Execution execution{.sequence_length = 1024};
  const double dense_part = 2 * (4 + 2 + 0.5) * 4096;
  const double expert_part = 4 * 8 + 2 * 2 * (2 * 4096 + 3 * 14336);
  EXPECT_DOUBLE_EQ(layer_activations(model, LayerKind::experts, execution).kept.si(),
                   1024 * (dense_part + expert_part));
}

TEST(LayerActivations, AreSharedByContextRanks) {
  const Published& one = published[2];
  EXPECT_DOUBLE_EQ(kept(one, {.context = 4}, Recompute::none), one.none / 4);
}

TEST(OutputActivations, AreMostlyLogits) {
  const auto model = std::get<TransformerModel>(model_of(Catalog::bundled().find("model", "Llama3_8B")));
  const Execution execution{.sequence_length = 4096};
  EXPECT_DOUBLE_EQ(output_activations(model, execution).si(), 4096.0 * (4 * 128256 + 2 * 2 * 4096));
}

}  // namespace
}  // namespace lockstep::workloads
