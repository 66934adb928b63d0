#include "workloads/models/hugging_face.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "workloads/models/parameters.hpp"

namespace lockstep::workloads {
namespace {

TransformerModel model_from(const std::string& text) {
  return read_hugging_face(parse_json(text, "config.json"), "config.json");
}

std::string problem_of(const std::string& text) {
  try {
    model_from(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

constexpr const char* llama_3_8b = R"("model_type":"llama","hidden_size":4096,"intermediate_size":14336,
  "num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":8,"vocab_size":128256,"rope_scaling":null,
  "tie_word_embeddings":false,"eos_token_id":[1,2])";

// The figures of the models' own config.json; totals as their publishers, or the files of weights, state them.
struct Published {
  const char* name;
  std::uint64_t parameters;
  std::uint64_t active;  // 0: all
  const char* config;
};
constexpr Published published[] = {
    {"Llama-2-7B", 6738415616, 0,
     R"({"model_type":"llama","hidden_size":4096,"intermediate_size":11008,"num_attention_heads":32,
       "num_hidden_layers":32,"num_key_value_heads":32,"vocab_size":32000,"tie_word_embeddings":false})"},
    {"Llama-3-70B", 70553706496, 0,
     R"({"model_type":"llama","hidden_size":8192,"intermediate_size":28672,"num_attention_heads":64,
       "num_hidden_layers":80,"num_key_value_heads":8,"vocab_size":128256,"attention_bias":false,"mlp_bias":false})"},
    {"Llama-3.2-1B", 1235814400, 0,
     R"({"model_type":"llama","hidden_size":2048,"intermediate_size":8192,"num_attention_heads":32,"head_dim":64,
       "num_hidden_layers":16,"num_key_value_heads":8,"vocab_size":128256,"tie_word_embeddings":true})"},
    {"Mistral-7B", 7241732096, 0,
     R"({"model_type":"mistral","hidden_size":4096,"intermediate_size":14336,"num_attention_heads":32,
       "num_hidden_layers":32,"num_key_value_heads":8,"vocab_size":32000,"sliding_window":4096})"},
    {"Mixtral-8x7B", 46702792704, 12879925248,
     R"({"model_type":"mixtral","hidden_size":4096,"intermediate_size":14336,"num_attention_heads":32,
       "num_hidden_layers":32,"num_key_value_heads":8,"vocab_size":32000,"num_local_experts":8,
       "num_experts_per_tok":2,"sliding_window":null})"},
    {"Qwen2-7B", 7615616512, 0,
     R"({"model_type":"qwen2","hidden_size":3584,"intermediate_size":18944,"num_attention_heads":28,
       "num_hidden_layers":28,"num_key_value_heads":4,"vocab_size":152064,"tie_word_embeddings":false,
       "use_sliding_window":false,"sliding_window":131072})"},
    {"Qwen2-0.5B", 494032768, 0,
     R"({"model_type":"qwen2","hidden_size":896,"intermediate_size":4864,"num_attention_heads":14,
       "num_hidden_layers":24,"num_key_value_heads":2,"vocab_size":151936,"tie_word_embeddings":true})"},
    {"Qwen1.5-MoE-A2.7B", 14315784192, 0,
     R"({"model_type":"qwen2_moe","hidden_size":2048,"intermediate_size":5632,"num_attention_heads":16,
       "num_hidden_layers":24,"num_key_value_heads":16,"vocab_size":151936,"num_experts":60,"num_experts_per_tok":4,
       "moe_intermediate_size":1408,"shared_expert_intermediate_size":5632,"decoder_sparse_step":1})"},
    {"Qwen3-8B", 8190735360, 0,
     R"({"model_type":"qwen3","hidden_size":4096,"intermediate_size":12288,"num_attention_heads":32,"head_dim":128,
       "num_hidden_layers":36,"num_key_value_heads":8,"vocab_size":151936,"tie_word_embeddings":false})"},
    {"Qwen3-30B-A3B", 30532122624, 0,
     R"({"model_type":"qwen3_moe","hidden_size":2048,"intermediate_size":6144,"num_attention_heads":32,"head_dim":128,
       "num_hidden_layers":48,"num_key_value_heads":4,"vocab_size":151936,"num_experts":128,"num_experts_per_tok":8,
       "moe_intermediate_size":768,"decoder_sparse_step":1,"mlp_only_layers":[],"tie_word_embeddings":false})"},
    {"DeepSeek-V2-Lite", 15706484224, 0,
     R"({"model_type":"deepseek_v2","hidden_size":2048,"intermediate_size":10944,"num_attention_heads":16,
       "num_hidden_layers":27,"num_key_value_heads":16,"vocab_size":102400,"q_lora_rank":null,"kv_lora_rank":512,
       "qk_rope_head_dim":64,"qk_nope_head_dim":128,"v_head_dim":128,"n_routed_experts":64,"n_shared_experts":2,
       "num_experts_per_tok":6,"moe_intermediate_size":1408,"first_k_dense_replace":1,"moe_layer_freq":1})"},
    {"DeepSeek-V2", 235741434880, 0,
     R"({"model_type":"deepseek_v2","hidden_size":5120,"intermediate_size":12288,"num_attention_heads":128,
       "num_hidden_layers":60,"num_key_value_heads":128,"vocab_size":102400,"q_lora_rank":1536,"kv_lora_rank":512,
       "qk_rope_head_dim":64,"qk_nope_head_dim":128,"v_head_dim":128,"n_routed_experts":160,"n_shared_experts":2,
       "num_experts_per_tok":6,"moe_intermediate_size":1536,"first_k_dense_replace":1,"moe_layer_freq":1})"},
    {"DeepSeek-V3", 671026419200, 0,
     R"({"model_type":"deepseek_v3","hidden_size":7168,"intermediate_size":18432,"num_attention_heads":128,
       "num_hidden_layers":61,"num_key_value_heads":128,"vocab_size":129280,"q_lora_rank":1536,"kv_lora_rank":512,
       "qk_rope_head_dim":64,"qk_nope_head_dim":128,"v_head_dim":128,"n_routed_experts":256,"n_shared_experts":1,
       "num_experts_per_tok":8,"moe_intermediate_size":2048,"first_k_dense_replace":3,"moe_layer_freq":1,
       "num_nextn_predict_layers":1})"},
    {"gpt2", 124439808, 0,
     R"({"model_type":"gpt2","n_embd":768,"n_layer":12,"n_head":12,"n_positions":1024,"n_ctx":1024,
       "vocab_size":50257,"n_inner":null})"},
    {"gpt2-xl", 1557611200, 0,
     R"({"model_type":"gpt2","n_embd":1600,"n_layer":48,"n_head":25,"n_positions":1024,"vocab_size":50257})"},
    {"gpt-neox-20b", 20554567680, 0,
     R"({"model_type":"gpt_neox","hidden_size":6144,"intermediate_size":24576,"num_attention_heads":64,
       "num_hidden_layers":44,"vocab_size":50432,"tie_word_embeddings":false,"use_parallel_residual":true})"},
    {"pythia-12b", 11846072320, 0,
     R"({"model_type":"gpt_neox","hidden_size":5120,"intermediate_size":20480,"num_attention_heads":40,
       "num_hidden_layers":36,"vocab_size":50688,"tie_word_embeddings":false})"},
};

TEST(HuggingFace, CountsTheParametersThatArePublished) {
  for (const Published& model : published) {
    const ParameterCounts counts = count_parameters(model_from(model.config));
    EXPECT_EQ(counts.total, model.parameters) << model.name;
    EXPECT_EQ(counts.active, model.active > 0 ? model.active : counts.active) << model.name;
  }
  EXPECT_EQ(count_parameters(model_from("{" + std::string(llama_3_8b) + "}")).total, 8030261248U);
}

TEST(HuggingFace, CountsPredictionModulesApart) {
  const ParameterCounts counts = count_parameters(model_from(published[12].config));
  // One expert layer, two norms before the 2h x h matrix that joins them, one norm behind.
  EXPECT_EQ(counts.prediction_modules, counts.expert_layer + 2ULL * 7168 * 7168 + 3ULL * 7168);
}

TEST(HuggingFace, TakesTheWidthOfHeadsFromTheFile) {
  const TransformerModel model = model_from("{" + std::string(llama_3_8b) + R"(,"head_dim":64})");
  EXPECT_EQ(model.attention.head_dim, 64U);
}

TEST(HuggingFace, ReadsTheTextPartOfModelsThatSee) {
  const TransformerModel model =
      model_from(R"({"model_type":"llava","text_config":{)" + std::string(llama_3_8b) + "}}");
  EXPECT_EQ(count_parameters(model).total, 8030261248U);
  ASSERT_EQ(model.notes.size(), 1U);
  EXPECT_NE(model.notes[0].find("llava"), std::string::npos);
}

TEST(HuggingFace, SlidesAWindowOnlyWhereTheFileUsesIt) {
  EXPECT_EQ(model_from(published[3].config).attention.window, 4096U);
  EXPECT_FALSE(model_from(published[4].config).attention.window);
  EXPECT_FALSE(model_from(published[5].config).attention.window);
}

TEST(HuggingFace, NamesTheKeyThatIsMissingOrUnknown) {
  EXPECT_NE(problem_of(R"({"model_type":"mamba"})").find("config.json: model_type: there is no model type 'mamba'"),
            std::string::npos)
      << problem_of(R"({"model_type":"mamba"})");
  EXPECT_NE(problem_of(R"({"hidden_size":1})").find("model_type"), std::string::npos);
  EXPECT_NE(problem_of(R"({"model_type":"llama","hidden_size":4096})").find("num_hidden_layers"), std::string::npos);
  EXPECT_NE(problem_of(R"([1])").find("an object"), std::string::npos);
  EXPECT_NE(problem_of(R"({"model_type":"llama","text_config":7})").find("'num_hidden_layers'") +
                problem_of(R"({"model_type":"llama","text_config":7})").find("hidden_size"),
            std::string::npos);
}

TEST(HuggingFace, RefusesFiguresThatDoNotFit) {
  EXPECT_NE(problem_of(R"({"model_type":"llama","hidden_size":100,"intermediate_size":10,"num_attention_heads":3,
    "num_key_value_heads":2,"num_hidden_layers":1,"vocab_size":10})")
                .find("not divisible"),
            std::string::npos);
  EXPECT_NE(problem_of(R"({"model_type":"gpt2","n_embd":0,"n_layer":1,"n_head":1,"vocab_size":1})").find("n_embd"),
            std::string::npos);
  EXPECT_NE(
      problem_of(R"({"model_type":"gpt2","n_embd":200000000,"n_layer":60000,"n_head":1,"vocab_size":1})").find("9e15"),
      std::string::npos);
  EXPECT_NE(problem_of(R"({"model_type":"llama","hidden_size":"4096"})").find("hidden_size"), std::string::npos);
}

}  // namespace
}  // namespace lockstep::workloads
