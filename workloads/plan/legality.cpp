#include "workloads/plan/legality.hpp"

#include <array>
#include <numeric>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

class Judge {
 public:
  Judge(const ParallelPlan& plan, const PlanDuty& duty) : plan_(plan), duty_(duty) {}

  std::vector<PlanProblem> judge() {
    judge_world();
    judge_batch();
    judge_layers(layer_count());
    judge_sharding();
    judge_sequence();
    if (const auto* transformer = std::get_if<TransformerModel>(&duty_.model)) {
      judge_heads(*transformer);
      judge_experts(*transformer);
    } else {
      judge_sampled();
    }
    return std::move(problems_);
  }

 private:
  void add(const std::string& field, const std::string& problem, const std::string& suggestion = "") {
    problems_.push_back({field, problem, suggestion});
  }
  void divides(const std::string& field, const std::string& what, std::uint64_t number, const std::string& by,
               std::uint64_t divisor) {
    if (number % divisor == 0) return;
    add(field,
        what + " (" + std::to_string(number) + ") must be divisible by " + by + " (" + std::to_string(divisor) + ")");
  }

  std::uint64_t layer_count() const {
    const auto* transformer = std::get_if<TransformerModel>(&duty_.model);
    return transformer != nullptr ? transformer->layer_count() : std::get<SampledModel>(duty_.model).layers;
  }

  void judge_world() {
    const std::uint64_t model_ranks = plan_.ranks() / plan_.data;
    if (duty_.devices && *duty_.devices != plan_.ranks()) {
      std::string suggestion;
      if (*duty_.devices % model_ranks == 0) {
        suggestion = "\"data\": " + std::to_string(*duty_.devices / model_ranks) + " uses them all";
      } else if (*duty_.devices > plan_.ranks()) {
        suggestion = "list " + std::to_string(plan_.ranks()) + " of them as the workload's \"devices\"";
      }
      add("",
          "world size (" + std::to_string(*duty_.devices) + " devices) is not tensor x context x data x pipeline (" +
              std::to_string(plan_.tensor) + " x " + std::to_string(plan_.context) + " x " +
              std::to_string(plan_.data) + " x " + std::to_string(plan_.pipeline) + " = " +
              std::to_string(plan_.ranks()) + ")",
          suggestion);
    }
    divides("expert", "tensor x context x data x pipeline", plan_.ranks(), "expert_tensor x expert x pipeline",
            std::uint64_t{plan_.tensor_of_experts()} * plan_.expert * plan_.pipeline);
  }

  void judge_batch() {
    const std::uint64_t replicas = plan_.data - duty_.spare_replicas;
    const std::uint64_t at_once = replicas * duty_.microbatch;
    if (duty_.global_batch % at_once == 0) return;
    const std::uint64_t next = (duty_.global_batch / at_once + 1) * at_once;
    add("global_batch",
        "global batch size (" + std::to_string(duty_.global_batch) + ") is not divisible by micro batch size (" +
            std::to_string(duty_.microbatch) + ") times data parallel size (" + std::to_string(replicas) +
            (duty_.spare_replicas > 0 ? ", without those in reserve)" : ")"),
        "the next that is: " + std::to_string(next));
  }

  void judge_layers(std::uint64_t layers) {
    if (plan_.virtual_stages > 1 && plan_.pipeline == 1) {
      add("virtual_stages", "virtual stages need a pipeline of more than one stage");
    }
    if (plan_.stage_layers.empty()) {
      if (layers % plan_.chunks() == 0) return;
      add("pipeline",
          "number of layers (" + std::to_string(layers) + ") must be divisible by pipeline x virtual stages (" +
              std::to_string(plan_.pipeline) + " x " + std::to_string(plan_.virtual_stages) + " = " +
              std::to_string(plan_.chunks()) + ")",
          "state how many each gets as \"stage_layers\": [...]");
      return;
    }
    const std::uint64_t stated =
        std::accumulate(plan_.stage_layers.begin(), plan_.stage_layers.end(), std::uint64_t{0});
    if (plan_.stage_layers.size() != plan_.chunks() || stated != layers) {
      add("stage_layers", std::to_string(plan_.stage_layers.size()) + " entries with " + std::to_string(stated) +
                              " layers for " + std::to_string(plan_.chunks()) + " chunks of " + std::to_string(layers) +
                              " layers");
    }
  }

  void judge_sharding() {
    if (!plan_.shard_ranks) return;
    if (plan_.zero == 0) add("shard_ranks", "without ZeRO nothing is sharded", "state \"zero\": 1, 2 or 3");
    divides("shard_ranks", "data x context", plan_.gradient_ranks(), "shard_ranks", *plan_.shard_ranks);
  }

  void judge_sequence() {
    if (plan_.sequence_parallel && plan_.tensor == 1) {
      add("sequence_parallel", "sequence parallelism divides what tensor parallelism leaves whole, and tensor is 1",
          "set \"tensor\" above 1, or leave sequence_parallel out");
    }
    std::uint64_t shares = 1;
    // Two blocks each, one from either end, so that causal attention is as much work for every rank.
    if (plan_.context > 1) shares = 2 * std::uint64_t{plan_.context};
    divides("context", "sequence length", duty_.sequence_length, "2 x context", shares);
    if (plan_.sequence_parallel && duty_.sequence_length % shares == 0) {
      divides("sequence_parallel", "sequence length of a context rank", duty_.sequence_length / plan_.context, "tensor",
              plan_.tensor);
    }
  }

  // How many ranks lie between neighbours of the pipeline, when ranks are counted through these sizes.
  std::uint64_t pipeline_stride(const std::array<std::uint64_t, axis_count>& sizes) const {
    std::uint64_t stride = 1;
    for (const Axis axis : plan_.order) {
      if (axis == Axis::pipeline) break;
      stride *= sizes[static_cast<std::size_t>(axis)];
    }
    return stride;
  }

  void judge_heads(const TransformerModel& model) {
    divides("tensor", "number of attention heads", model.attention.heads, "tensor", plan_.tensor);
    const std::uint64_t kv_heads = model.attention.key_heads();
    if (kv_heads % plan_.tensor != 0 && plan_.tensor % kv_heads != 0) {
      add("tensor", "number of key-value heads (" + std::to_string(kv_heads) + ") must divide tensor (" +
                        std::to_string(plan_.tensor) + ") or be divisible by it");
    }
    if (model.expert_layer_count() < model.layer_count()) {
      divides("tensor", "width of the MLP", model.mlp.width, "tensor", plan_.tensor);
    }
    if (model.position == PositionKind::learned && duty_.sequence_length > model.context) {
      add("sequence_length", "sequence length (" + std::to_string(duty_.sequence_length) +
                                 ") exceeds the learned positions (" + std::to_string(model.context) + ")");
    }
  }

  void judge_experts(const TransformerModel& model) {
    if (!model.experts) {
      if (plan_.expert > 1) add("expert", "the model has no experts to distribute");
      return;
    }
    // Otherwise a rank's stage in expert layers would not be its stage elsewhere.
    if (pipeline_stride({plan_.tensor, plan_.context, 1, plan_.data, 1}) !=
        pipeline_stride({plan_.tensor_of_experts(), 1, plan_.expert, plan_.expert_gradient_ranks(), 1})) {
      add("order", "expert layers need other pipeline groups than dense ones in this order", "put pipeline last");
    }
    divides("expert", "number of experts", model.experts->count, "expert", plan_.expert);
    divides("expert_tensor", "width of an expert", model.experts->width, "expert_tensor", plan_.tensor_of_experts());
    if (model.experts->shared_width > 0) {
      divides("tensor", "width of the shared experts", model.experts->shared_width, "tensor", plan_.tensor);
    }
  }

  void judge_sampled() {
    for (const auto& [name, degree] :
         {std::pair{"tensor", plan_.tensor}, std::pair{"context", plan_.context}, std::pair{"expert", plan_.expert}}) {
      if (degree > 1) {
        add(name, "of this model only size and flops are known, so it cannot be divided that way",
            "use data and pipeline, or describe the model as a transformer");
      }
    }
  }

  const ParallelPlan& plan_;
  const PlanDuty& duty_;
  std::vector<PlanProblem> problems_;
};

}  // namespace

std::vector<PlanProblem> problems_of(const ParallelPlan& plan, const PlanDuty& duty) {
  return Judge(plan, duty).judge();
}

void check_plan(const ParallelPlan& plan, const PlanDuty& duty, const JsonFields& workload) {
  const std::vector<PlanProblem> problems = problems_of(plan, duty);
  if (problems.empty()) return;
  const PlanProblem& first = problems.front();
  const bool of_workload =
      first.field == "global_batch" || first.field == "sequence_length" || first.field == "virtual_stages";
  workload.fail(of_workload           ? first.field
                : first.field.empty() ? "parallel"
                                      : "parallel." + first.field,
                first.problem, first.suggestion);
}

std::uint64_t microbatches_of(const ParallelPlan& plan, const PlanDuty& duty) {
  return duty.global_batch / (std::uint64_t{plan.data - duty.spare_replicas} * duty.microbatch);
}

}  // namespace lockstep::workloads
