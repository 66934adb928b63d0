#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random_stream.hpp"
#include "workloads/costs/chunks.hpp"
#include "workloads/memory/remedies.hpp"
#include "workloads/models/hugging_face.hpp"
#include "workloads/plan/megatron_flags.hpp"
#include "workloads/training/training_spec.hpp"

// Whatever is written, readers either understand it or say what is wrong with it.
namespace lockstep::workloads {
namespace {

Json random_value(RandomStream& random) {
  switch (random.below(9)) {
    case 0:
      return nullptr;
    case 1:
      return true;
    case 2:
      return -1;
    case 3:
      return 0;
    case 4:
      return 1 + random.below(64);
    case 5:
      return std::uint64_t{1} << random.below(64);
    case 6:
      return random.uniform() * 3;
    case 7:
      return Json::array({1, "x"});
    default:
      return "word";
  }
}

// Changes or removes one field, here or inside.
void damage(Json& object, RandomStream& random) {
  if (!object.is_object() || object.empty()) return;
  auto field = object.begin();
  std::advance(field, static_cast<std::ptrdiff_t>(random.below(object.size())));
  if (field->is_object() && random.below(3) > 0) {
    damage(*field, random);
  } else if (random.below(4) == 0) {
    object.erase(field);
  } else {
    *field = random_value(random);
  }
}

// All that follows from a job, to be sure that nothing breaks later.
void use(const TrainingSpec& spec) {
  const ParallelPlan& plan = spec.execution.plan;
  const InFlight in_flight = in_flight_of_1f1b(plan, spec.microbatches());
  EXPECT_GT(largest_of(memory_of(spec.memory_request(in_flight))), Bytes(0));
  EXPECT_GE(executed_flops(spec.model, spec.execution, spec.microbatches()), Flops(0));
}

constexpr const char* job =
    R"({"kind":"training","model":{"layers":8,"hidden_dim":64,"heads":8,"kv_heads":4,"vocab":100,
  "ffn":128,"experts":4,"active_experts_per_token":2,"ffn_per_expert":32,"dense_layers":1,"shared_experts":1,
  "kv_lora_rank":16,"qk_rope_head_dim":4,"qk_nope_head_dim":8,"v_head_dim":8,"mtp_depth":1},"global_batch":64,
  "microbatch":2,"sequence_length":64,"precision":"bf16","optimizer":"adam","parallel":{"data":4,"tensor":2,"pipeline":2,
  "context":2,"expert":4,"expert_tensor":2,"sequence_parallel":true,"zero":2,"shard_ranks":2,"order":"tp-cp-ep-dp-pp"},
  "schedule":"1f1b","virtual_stages":2,"recompute":"full","overlap":{"gradients":true},"buckets":"1 MiB",
  "collectives":{"gradients":"ring"},"routing":{"kind":"hot","factor":2},"compute":{"efficiency":{"default":0.5}},
  "placement":"packed","memory_reserve":0.1})";

TEST(BrokenJobs, AreRefusedOrUnderstood) {
  const Catalog catalog = Catalog::bundled();
  RandomStream random(5, "tests/broken_jobs");
  const Json whole = parse_json(job, "job.json");
  int understood = 0;
  for (int i = 0; i < 4000; ++i) {
    Json broken = whole;
    for (std::uint64_t changes = random.below(3); changes > 0; --changes) damage(broken, random);
    try {
      use(read_training_spec(JsonFields(broken, "job.json"), {.catalog = catalog}));
      ++understood;
    } catch (const InputError&) {
      continue;
    }
  }
  EXPECT_GT(understood, 1000);
  EXPECT_LT(understood, 3500);
}

TEST(BrokenConfigs, AreRefusedOrUnderstood) {
  RandomStream random(6, "tests/broken_configs");
  const Json whole = Json::parse(R"({"hidden_size":64,"intermediate_size":128,"num_attention_heads":8,"head_dim":8,
    "num_hidden_layers":4,"num_key_value_heads":4,"vocab_size":100,"q_lora_rank":null,"kv_lora_rank":16,
    "qk_rope_head_dim":4,"qk_nope_head_dim":8,"v_head_dim":8,"n_routed_experts":8,"n_shared_experts":1,
    "num_experts_per_tok":2,"moe_intermediate_size":32,"first_k_dense_replace":1,"moe_layer_freq":1,"num_experts":8,
    "shared_expert_intermediate_size":32,"num_local_experts":8,"n_embd":64,"n_layer":4,"n_head":4,"n_positions":32,
    "mlp_only_layers":[0],"decoder_sparse_step":1,"num_nextn_predict_layers":1})");
  for (const auto& type : hugging_face_types()) {
    for (int i = 0; i < 300; ++i) {
      Json broken = whole;
      broken["model_type"] = std::string(type.name);
      for (std::uint64_t changes = random.below(3); changes > 0; --changes) damage(broken, random);
      try {
        EXPECT_GT(count_parameters(read_hugging_face(broken, "config.json")).total, 0U);
      } catch (const InputError&) {
        continue;
      }
    }
  }
}

TEST(BrokenLaunchLines, AreRefusedOrUnderstood) {
  RandomStream random(7, "tests/broken_launch_lines");
  const std::vector<std::string> values = {"",   "8",  "-1",  "0",   "9999999999999999999", "x", "=",
                                           "--", "\\", "1 2", "rope"};
  for (int i = 0; i < 3000; ++i) {
    std::string line = random.below(2) == 0 ? "torchrun --nproc_per_node 8 --nnodes 2 train.py" : "";
    for (std::uint64_t flags = random.below(8); flags > 0; --flags) {
      line += " --" + std::string(megatron_flags()[random.below(megatron_flags().size())].flag) +
              (random.below(3) == 0 ? "=" : " ") + values[random.below(values.size())];
    }
    try {
      EXPECT_TRUE(fields_of_launch_line(line, "megatron").is_object());
    } catch (const InputError&) {
      continue;
    }
  }
}

}  // namespace
}  // namespace lockstep::workloads
