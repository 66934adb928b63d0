#include "workloads/costs/operators.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "workloads/costs/model_flops.hpp"

namespace lockstep::workloads {
namespace {

TransformerModel transformer(const std::string& name) {
  return std::get<TransformerModel>(model_of(Catalog::bundled().find("model", name)));
}

TransformerModel gpt(std::uint64_t layers, std::uint64_t hidden, std::uint64_t vocabulary) {
  TransformerModel model;
  model.hidden = hidden;
  model.layers.assign(layers, LayerKind::dense);
  model.attention = {.heads = 8, .kv_heads = 8, .head_dim = hidden / 8};
  model.mlp = {.width = 4 * hidden, .kind = MlpKind::plain};
  model.vocabulary = vocabulary;
  return model;
}

// All passes of all layers and both ends, on one rank.
PassWork work_of_microbatch(const TransformerModel& model, const Execution& execution) {
  PassWork sum;
  const auto add = [&](const std::vector<Operator>& operators, Recompute recompute) {
    const PassWork one = work_of(operators, recompute);
    sum.forward += one.forward;
    sum.backward_input += one.backward_input;
    sum.backward_weight += one.backward_weight;
    sum.recompute += one.recompute;
  };
  for (const LayerKind kind : model.layers) add(layer_operators(model, kind, execution), execution.recompute);
  add(input_operators(model, execution), Recompute::none);
  add(output_operators(model, execution), Recompute::none);
  return sum;
}

double flops_of(const PassWork& work) {
  return (work.forward.flops + work.backward_input.flops + work.backward_weight.flops + work.recompute.flops).si();
}

// Worked values of 72 B s l h² (1 + s/(6h) + V/(12lh)) and, with full recompute, 96 B s l h² (1 + s/(6h) + V/(16lh))
// (Narayanan et al., arXiv 2104.04473, section 5.1).
struct Published {
  double batch;
  std::uint64_t sequence, layers, hidden, vocabulary;
  double training, with_recompute, per_token;
};
constexpr Published published[] = {
    {1, 2048, 96, 12288, 51200, 2204555173429247.8, 2936829917528064.0, 1076442955776},
    {4, 4096, 32, 4096, 32000, 751756715753472.0, 998047320375296.0, 45883588608},
    {2, 8192, 12, 768, 50304, 26990648229888.0, 34721589362688.0, 1647378432},
};

TEST(ModelFlops, EqualTheFormulaOfGptsWhereAllScoresCount) {
  for (const Published& one : published) {
    const Model model = gpt(one.layers, one.hidden, one.vocabulary);
    const ModelFlops flops = model_flops(model, one.sequence, FlopConvention::full);
    EXPECT_NEAR(one.batch * flops.training().si() / one.training, 1, 1e-12);
    EXPECT_NEAR(one.batch * flops.training_with_full_recompute().si() / one.with_recompute, 1, 1e-12);
    EXPECT_NEAR(flops.training().si() / static_cast<double>(one.sequence) / one.per_token, 1, 1e-12);
  }
}

TEST(ModelFlops, AreSixPerWeightAndTokenBesidesAttention) {
  for (const char* name : {"Llama3_8B", "Mixtral_8x7B", "DeepSeek_V3", "GPT3"}) {
    const TransformerModel model = transformer(name);
    const ModelFlops flops = model_flops(model, 2048, FlopConvention::attended);
    const ParameterCounts counts = count_parameters(model);
    // Of the active weights, those of tables are looked up, and a tied head is multiplied without being counted.
    const double head = double(model.hidden) * double(model.vocabulary);
    const double multiplied = double(counts.active - counts.embedding - counts.positions - counts.head) + head;
    // What is left of the ratio are biases and norms, which are no matrices.
    EXPECT_NEAR(flops.weights.si() / (2 * 2048 * multiplied), 1, 5e-4) << name;
  }
}

TEST(ModelFlops, OfCausalAttentionAreHalf) {
  const Model model = transformer("Llama3_8B");
  const double full = model_flops(model, 4096, FlopConvention::full).attention.si();
  const double attended = model_flops(model, 4096, FlopConvention::attended).attention.si();
  EXPECT_NEAR(attended / full, 4097.0 / (2 * 4096), 1e-12);
}

TEST(KeysMet, AreWhatCountingGives) {
  for (const std::uint64_t window : {1U, 3U, 7U, 10U, 50U}) {
    double met = 0;
    for (std::uint64_t query = 1; query <= 10; ++query) met += double(std::min(query, window));
    EXPECT_DOUBLE_EQ(keys_met({.heads = 1, .kv_heads = 1, .head_dim = 1, .window = window}, 10), met / 10);
  }
}

TEST(Operators, DoTheFlopsOfTheModelOnOneRank) {
  for (const char* name : {"Llama3_8B", "GPT2_Small", "Mixtral_8x7B", "DeepSeek_V3"}) {
    TransformerModel model = transformer(name);
    model.mtp_depth = 0;
    const Execution execution{.microbatch = 2, .sequence_length = 1024, .attention = AttentionKernel::unfused};
    const double needed = 2 * model_flops(model, 1024, FlopConvention::full).training().si();
    EXPECT_NEAR(flops_of(work_of_microbatch(model, execution)) / needed, 1, 1e-12) << name;
  }
}

TEST(Operators, OfAPredictionModuleDoItsFlops) {
  const TransformerModel model = transformer("DeepSeek_V3");
  const Execution execution{.sequence_length = 1024, .attention = AttentionKernel::unfused};
  const PassWork work = work_of(prediction_operators(model, execution), Recompute::none);
  EXPECT_NEAR(work.forward.flops / model_flops(model, 1024, FlopConvention::full).prediction, 1, 1e-12);
}

// Whatever the plan, the ranks of one replica together do what one rank alone would.
TEST(Operators, AreDividedWithoutRemainderAmongTheRanks) {
  const TransformerModel model = transformer("Mixtral_8x7B");
  const Execution alone{.microbatch = 2, .sequence_length = 1024};
  const double needed = flops_of(work_of_microbatch(model, alone));
  for (const std::uint32_t tensor : {1U, 2U, 8U}) {
    for (const std::uint32_t context : {1U, 4U}) {
      for (const std::uint32_t expert_tensor : {1U, tensor}) {
        Execution shared = alone;
        shared.plan = {.data = 8,
                       .tensor = tensor,
                       .context = context,
                       .expert = 4,
                       .expert_tensor = expert_tensor,
                       .sequence_parallel = tensor > 1};
        const double each = flops_of(work_of_microbatch(model, shared));
        EXPECT_NEAR(each * tensor * context / needed, 1, 1e-12) << tensor << ' ' << context << ' ' << expert_tensor;
      }
    }
  }
}

TEST(Operators, RepeatForwardWorkUnderRecompute) {
  const TransformerModel model = transformer("Llama3_8B");
  Execution execution{.sequence_length = 2048, .attention = AttentionKernel::unfused};
  const std::vector<Operator> layer = layer_operators(model, LayerKind::dense, execution);
  const PassWork full = work_of(layer, Recompute::full);
  EXPECT_EQ(full.recompute.flops, full.forward.flops);
  const PassWork selective = work_of(layer, Recompute::selective);
  const Flops scores = Flops(4.0 * 2048 * 2048 * 4096);
  EXPECT_DOUBLE_EQ(selective.recompute.flops.si(), scores.si());
  EXPECT_EQ(work_of(layer, Recompute::none).recompute.flops, Flops(0));
  execution.attention = AttentionKernel::flash;
  EXPECT_EQ(work_of(layer_operators(model, LayerKind::dense, execution), Recompute::selective).recompute.flops,
            Flops(0));
}

TEST(Operators, SplitTheBackwardPassInTwoEqualHalvesButForAttention) {
  const TransformerModel model = transformer("Llama3_8B");
  for (const Operator& one : layer_operators(model, LayerKind::dense, {.sequence_length = 512})) {
    if (one.kind == OperatorKind::projection) {
      EXPECT_EQ(one.backward_input.flops, one.forward.flops) << one.name;
      EXPECT_EQ(one.backward_weight.flops, one.forward.flops) << one.name;
    } else if (one.kind == OperatorKind::attention) {
      EXPECT_EQ(one.backward_weight.flops, Flops(0));
      EXPECT_NEAR(one.backward_input.flops / one.forward.flops, 2.5, 1e-12);
    }
  }
}

TEST(Operators, LoadExpertsUnequallyWhereRoutingIs) {
  const TransformerModel model = transformer("Mixtral_8x7B");
  Execution execution{.plan = {.data = 8, .expert = 8}, .sequence_length = 1024};
  const auto expert_flops = [&] {
    double sum = 0;
    for (const Operator& one : layer_operators(model, LayerKind::experts, execution)) {
      if (one.kind == OperatorKind::experts) sum += one.forward.flops.si();
    }
    return sum;
  };
  const double balanced = expert_flops();
  EXPECT_DOUBLE_EQ(balanced, 2.0 * 1024 * 2 * 3 * 4096 * 14336);
  execution.expert_load = 1.5;
  EXPECT_DOUBLE_EQ(expert_flops(), 1.5 * balanced);
}

TEST(Operators, OfASampledModelTakeItsFlopsThreeTimes) {
  const auto resnet = std::get<SampledModel>(model_of(Catalog::bundled().find("model", "ResNet50")));
  const PassWork layer = work_of(layer_operators(resnet, {.microbatch = 32}), Recompute::none);
  EXPECT_NEAR(flops_of(layer) * 50 / (3 * 32 * 8.2e9), 1, 1e-12);
}

}  // namespace
}  // namespace lockstep::workloads
