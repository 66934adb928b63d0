#include "workloads/models/model.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

Model model_from(const std::string& value) {
  const Json document = parse_json("{\"model\":" + value + "}", "scenario.json");
  return read_model(JsonFields(document, "scenario.json"), "model", {.catalog = catalog()});
}

std::string problem_of(const std::string& value) {
  try {
    model_from(value);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Model, OfTheCatalogHasTheParametersThatItsSourceStates) {
  const std::pair<const char*, std::uint64_t> published[] = {
      {"Llama3_8B", 8030261248}, {"Llama3_70B", 70553706496},   {"Llama3_405B", 405853388800},
      {"Llama2_7B", 6738415616}, {"Llama2_70B", 68976648192},   {"GPT2", 1557611200},
      {"GPT2_Small", 124439808}, {"Mixtral_8x7B", 46702792704}, {"DeepSeek_V3", 671026419200},
      {"GPT3", 174604259328},    {"ResNet50", 25600000},        {"BERT_Large", 340000000},
  };
  for (const auto& [name, parameters] : published) {
    EXPECT_EQ(parameters_of(model_from('"' + std::string(name) + '"')), parameters) << name;
  }
}

TEST(Model, OfTheCatalogAgreesWithTheRoundFiguresOfTheRegistry) {
  for (const std::string& name : catalog().names("model")) {
    const CatalogEntry& entry = catalog().find("model", name);
    if (!entry.value().contains("architecture")) continue;
    const Model model = model_of(entry);
    EXPECT_NEAR(double(parameters_of(model)) / entry.value()["parameters"].get<double>(), 1, 0.04) << name;
    EXPECT_EQ(std::get<TransformerModel>(model).layer_count(), entry.value()["layers"].get<std::uint64_t>()) << name;
    EXPECT_EQ(std::get<TransformerModel>(model).hidden, entry.value()["hidden_dim"].get<std::uint64_t>()) << name;
  }
}

TEST(Model, OfTheCatalogIsReadUnlessItsWorkIsUnknown) {
  for (const std::string& name : catalog().names("model")) {
    if (name == "DLRM") continue;
    EXPECT_EQ(name_of(model_from('"' + name + '"')), name);
  }
  EXPECT_NE(problem_of("\"DLRM\"").find("does not know how many flops"), std::string::npos);
  EXPECT_NE(problem_of("\"Llama3_7B\"").find("the catalog has no model"), std::string::npos);
}

TEST(Model, SampledCountsFlopsPerSampleOrPerToken) {
  const auto resnet = std::get<SampledModel>(model_from("\"ResNet50\""));
  EXPECT_EQ(resnet.forward_flops_of_sequence(100), Flops(8.2e9));
  const auto mamba = std::get<SampledModel>(model_from("\"Mamba_130M\""));
  EXPECT_EQ(mamba.forward_flops_of_sequence(100), Flops(260e6 * 100));
}

TEST(Model, IsDescribedInline) {
  const auto model = std::get<TransformerModel>(model_from(
      R"({"layers":12,"hidden_dim":768,"heads":12,"vocab":50257,"context":1024,"mlp":"plain","mlp_bias":true,
          "attention_bias":"all","norm":"layer","position":"learned","tied_embeddings":true})"));
  EXPECT_EQ(count_parameters(model).total, 124439808U);
  const auto sampled = std::get<SampledModel>(model_from(R"({"parameters":25e9,"forward_flops":"2 GFLOP"})"));
  EXPECT_EQ(sampled.parameters, 25000000000U);
  const auto hugging_face = std::get<TransformerModel>(model_from(
      R"({"model_type":"gpt2","n_embd":768,"n_layer":12,"n_head":12,"n_positions":1024,"vocab_size":50257})"));
  EXPECT_EQ(count_parameters(hugging_face).total, 124439808U);
}

TEST(Model, WritesWhatItReadsBack) {
  for (const std::string& name : catalog().names("model")) {
    if (name == "DLRM") continue;
    const Model model = model_from('"' + name + '"');
    const Json written = as_json(model);
    EXPECT_EQ(as_json(model_from(written.dump())), written) << name;
    EXPECT_EQ(parameters_of(model_from(written.dump())), parameters_of(model)) << name;
  }
}

TEST(Model, NamesWhatIsWrong) {
  EXPECT_NE(problem_of(R"({"layers":2,"hidden":8,"heads":2,"vocab":10,"ffn":8})").find("hidden_dim"),
            std::string::npos);
  EXPECT_NE(problem_of(R"({"layers":2,"hidden_dim":8,"heads":2,"vocab":10,"ffn":8,"fnn":1})").find("unknown key"),
            std::string::npos);
  EXPECT_NE(problem_of(R"({"layers":2,"hidden_dim":8,"heads":2,"vocab":10})").find("'ffn' is missing"),
            std::string::npos);
  EXPECT_NE(problem_of(R"({"hf_config":"nowhere.json"})").find("nowhere.json"), std::string::npos);
  EXPECT_NE(problem_of(R"({"layers":2,"hidden_dim":8,"heads":2,"vocab":10,"ffn":8,"experts":2,
    "active_experts_per_token":3,"ffn_per_expert":4})")
                .find("takes 3 of 2 experts"),
            std::string::npos);
  EXPECT_NE(problem_of("7").find("model"), std::string::npos);
}

TEST(Parameters, OfThePartsAddUpToTheTotal) {
  for (const char* name : {"Llama3_8B", "GPT3", "Mixtral_8x7B", "DeepSeek_V3"}) {
    const auto model = std::get<TransformerModel>(model_from('"' + std::string(name) + '"'));
    std::uint64_t sum = 0;
    for (std::size_t part = 0; part < part_count; ++part) sum += count_part(model, static_cast<Part>(part));
    EXPECT_EQ(sum, count_parameters(model).total) << name;
  }
}

}  // namespace
}  // namespace lockstep::workloads
