#include "workloads/training/step_costs.hpp"

#include <algorithm>

#include "workloads/memory/optimizers.hpp"

namespace lockstep::workloads {
namespace {

GradientBytes bytes_of(const RankParameters& parameters, double each) {
  return {.dense = Bytes(each * parameters.dense), .experts = Bytes(each * parameters.experts)};
}

// The calls of one kind of traffic: what goes in before the work that it feeds, and what comes out after it. Each
// undoes the other in the backward pass (Megatron's f and g: Shoeybi et al., arXiv 1909.08053, section 3; with sequence
// parallelism Korthikanti et al., arXiv 2205.05198, section 4.2.2).
struct Around {
  LayerItem before;
  LayerItem after;
};

Around tensor_calls(const Execution& execution, Bytes bytes) {
  const auto call = [&](Operation operation) {
    return GroupCall{.operation = operation, .group = GroupKind::tensor, .bytes = bytes};
  };
  Around around{.before = {.purpose = Purpose::tensor}, .after = {.purpose = Purpose::tensor}};
  if (execution.plan.sequence_parallel) {
    around.before.forward = around.after.backward = call(Operation::all_gather);
    around.before.backward = around.after.forward = call(Operation::reduce_scatter);
  } else {
    around.before.backward = around.after.forward = call(Operation::all_reduce);
  }
  return around;
}

Around expert_calls(Bytes bytes) {
  const GroupCall dispatch{.operation = Operation::all_to_all, .group = GroupKind::expert, .bytes = bytes};
  GroupCall combine = dispatch;
  combine.returns = true;
  return {.before = {.purpose = Purpose::expert, .forward = dispatch, .backward = combine},
          .after = {.purpose = Purpose::expert, .forward = combine, .backward = dispatch}};
}

// Turns the operators of a layer into items: neighbouring ones are one computation, unless something is exchanged
// between them.
class LayerBuilder {
 public:
  LayerBuilder(const TrainingSpec& spec, const DeviceRates& rates, const Execution& execution)
      : spec_(spec), rates_(rates), execution_(execution) {}

  LayerCosts layer(const TransformerModel& model, LayerKind kind) {
    recompute_ = execution_.recompute;
    add_layer(model, layer_operators(model, kind, execution_), layer_traffic(model, kind, execution_));
    LayerCosts costs = finish(parameters_of_layer(model, execution_.plan, kind));
    costs.runs_twice = execution_.recompute == Recompute::full;
    return costs;
  }

  LayerCosts layer(const SampledModel& model) {
    recompute_ = execution_.recompute;
    for (const Operator& one : layer_operators(model, execution_)) compute(one);
    LayerCosts costs = finish(parameters_of_layer(model, execution_.plan, LayerKind::dense));
    costs.runs_twice = execution_.recompute == Recompute::full;
    return costs;
  }

  LayerCosts input(const TransformerModel& model) {
    for (const Operator& one : input_operators(model, execution_)) compute(one);
    return finish(parameters_of_input(model, execution_.plan));
  }

  LayerCosts output(const TransformerModel& model, bool beside_input) {
    for (const Operator& one : output_operators(model, execution_)) compute(one);
    return finish(parameters_of_output(model, execution_.plan, beside_input));
  }

  // One prediction module, with its share of what all of them hold.
  LayerCosts prediction(const TransformerModel& model, bool beside_input) {
    add_layer(model, prediction_operators(model, execution_), layer_traffic(model, model.layers.back(), execution_));
    RankParameters share = parameters_of_prediction(model, execution_.plan, beside_input);
    const auto modules = static_cast<double>(model.mtp_depth);
    share = {.dense = share.dense / modules, .experts = share.experts / modules};
    return finish(share);
  }

 private:
  void add_layer(const TransformerModel& model, const std::vector<Operator>& operators, const LayerTraffic& traffic) {
    const bool is_joined = model.order == BlockOrder::parallel;
    const Around tensor = tensor_calls(execution_, traffic.tensor);
    const Around expert = expert_calls(traffic.expert);
    const auto first_of = [&](std::size_t from, auto... kinds) {
      while (from < operators.size() && ((operators[from].kind != kinds) && ...)) ++from;
      return from;
    };
    const auto named = [&](std::string_view name) {
      std::size_t at = 0;
      while (at < operators.size() && operators[at].name != name) ++at;
      return at;
    };
    const std::size_t attention_end = named("attention_output");
    const std::size_t attention = first_of(named("attention_norm"), OperatorKind::projection);
    const std::size_t mlp = first_of(attention_end + 1, OperatorKind::projection, OperatorKind::experts);
    const std::size_t residual = named("mlp_residual");
    const std::size_t experts = first_of(mlp, OperatorKind::experts);
    for (std::size_t i = 0; i < operators.size(); ++i) {
      if (traffic.tensor_times > 0) {
        if (i == attention || (i == mlp && !is_joined)) call(tensor.before);
        if ((i == attention_end + 1 && !is_joined) || i == residual) call(tensor.after);
      }
      if (traffic.expert > Bytes(0)) {
        if (i == experts) call(expert.before);
        if (i == experts_end(operators, experts)) call(expert.after);
      }
      of_experts_ = traffic.expert > Bytes(0) && i >= experts && i < experts_end(operators, experts);
      if (traffic.context_hop > Bytes(0) && is_attention(operators[i])) {
        attend(operators[i], traffic.context_hop);
      } else {
        compute(operators[i]);
      }
    }
    of_experts_ = false;
  }

  static bool is_attention(const Operator& one) {
    return one.kind == OperatorKind::attention || one.between_scores_and_values;
  }

  // Past the last product of the experts; their activation function lies between.
  static std::size_t experts_end(const std::vector<Operator>& operators, std::size_t first) {
    std::size_t end = first;
    for (std::size_t i = first; i < operators.size(); ++i) {
      if (operators[i].kind == OperatorKind::experts) end = i + 1;
      if (operators[i].name == "mlp_residual") break;
    }
    return end;
  }

  PassTimes times_of_one(const Operator& one) const {
    return times_of(std::span(&one, 1), recompute_, rates_, spec_.efficiency);
  }

  void compute(const Operator& one) {
    const bool goes_on = !costs_.items.empty() && costs_.items.back().purpose == Purpose::compute &&
                         costs_.items.back().of_experts == of_experts_;
    if (!goes_on) costs_.items.push_back({.of_experts = of_experts_});
    costs_.items.back().times += times_of_one(one);
    if (one.kind == OperatorKind::attention) costs_.items.back().attention += times_of_one(one);
  }

  void attend(const Operator& one, Bytes hop) {
    const bool goes_on = !costs_.items.empty() && costs_.items.back().purpose == Purpose::context;
    if (!goes_on) costs_.items.push_back({.purpose = Purpose::context, .hop = hop});
    costs_.items.back().times += times_of_one(one);
    costs_.items.back().attention += times_of_one(one);
  }

  void call(const LayerItem& item) { costs_.items.push_back(item); }

  LayerCosts finish(const RankParameters& share) {
    costs_.weights = bytes_of(share, element_bytes(execution_.precision));
    costs_.gradients = bytes_of(share, execution_.gradient_bytes);
    return std::move(costs_);
  }

  const TrainingSpec& spec_;
  const DeviceRates& rates_;
  const Execution& execution_;
  LayerCosts costs_;
  Recompute recompute_ = Recompute::none;  // of what stands at the ends of the model; it is never worked out again
  bool of_experts_ = false;
};

class StepBuilder {
 public:
  StepBuilder(const TrainingSpec& spec, const DeviceRates& rates, double expert_load)
      : spec_(spec), rates_(rates), execution_(spec.execution), plan_(spec.execution.plan) {
    execution_.expert_load = expert_load;
  }

  StepCosts build() {
    costs_.chunks.resize(plan_.chunks());
    if (const auto* transformer = std::get_if<TransformerModel>(&spec_.model)) {
      add_transformer(*transformer);
    } else {
      add_sampled(std::get<SampledModel>(spec_.model));
    }
    for (std::uint32_t stage = 0; stage < plan_.pipeline; ++stage) costs_.optimizer.push_back(optimizer_of(stage));
    return std::move(costs_);
  }

 private:
  LayerBuilder builder() const { return {spec_, rates_, execution_}; }
  std::uint32_t add(LayerCosts layer) {
    costs_.layers.push_back(std::move(layer));
    return static_cast<std::uint32_t>(costs_.layers.size() - 1);
  }

  void add_transformer(const TransformerModel& model) {
    const std::uint32_t last = plan_.chunks() - 1;
    const std::vector<std::uint32_t> beside_head = chunks_of_stage(plan_, stage_of_chunk(plan_, last));
    const bool beside_input = std::find(beside_head.begin(), beside_head.end(), 0U) != beside_head.end();
    costs_.chunks.front().push_back(add(builder().input(model)));
    std::optional<std::uint32_t> dense;
    std::optional<std::uint32_t> experts;
    for (std::uint32_t chunk = 0; chunk <= last; ++chunk) {
      const LayerRange range = layers_of_chunk(plan_, model.layer_count(), chunk);
      for (std::uint64_t layer = range.first; layer < range.first + range.count; ++layer) {
        const LayerKind kind = model.layers[layer];
        std::optional<std::uint32_t>& known = kind == LayerKind::dense ? dense : experts;
        if (!known) known = add(builder().layer(model, kind));
        costs_.chunks[chunk].push_back(*known);
      }
    }
    costs_.chunks.back().push_back(add(builder().output(model, beside_input)));
    if (model.mtp_depth > 0) {
      const std::uint32_t module = add(builder().prediction(model, beside_input));
      costs_.chunks.back().insert(costs_.chunks.back().end(), model.mtp_depth, module);
    }
    if (model.tied_embeddings && !beside_input) {
      const double words = static_cast<double>(model.vocabulary) * static_cast<double>(model.hidden) / plan_.tensor;
      costs_.tied_embedding = Bytes(execution_.gradient_bytes * words);
    }
    costs_.hop = pipeline_traffic(model, execution_);
  }

  void add_sampled(const SampledModel& model) {
    const std::uint32_t layer = add(builder().layer(model));
    for (std::uint32_t chunk = 0; chunk < plan_.chunks(); ++chunk) {
      costs_.chunks[chunk].assign(layers_of_chunk(plan_, model.layers, chunk).count, layer);
    }
    // Nobody knows what its layers hand on: what they keep for the backward pass is no more than that.
    const double samples = static_cast<double>(execution_.microbatch) *
                           static_cast<double>(model.sample_is_token ? execution_.sequence_length : 1);
    costs_.hop = samples * model.activations / static_cast<double>(model.layers);
  }

  Seconds optimizer_of(std::uint32_t stage) const {
    const RankParameters share = parameters_of_stage(spec_.model, plan_, stage);
    const double updated =
        plan_.zero >= 1 ? share.dense / dense_shards(plan_) + share.experts / expert_shards(plan_) : share.total();
    const StateBytes bytes = state_bytes(spec_.optimizer, execution_);
    const Operator update = optimizer_operator(updated, bytes.optimizer, execution_);
    return times_of(std::span(&update, 1), Recompute::none, rates_, spec_.efficiency).forward;
  }

  const TrainingSpec& spec_;
  const DeviceRates& rates_;
  Execution execution_;
  const ParallelPlan& plan_;
  StepCosts costs_;
};

}  // namespace

StepCosts costs_of(const TrainingSpec& spec, const DeviceRates& rates, double expert_load) {
  return StepBuilder(spec, rates, expert_load).build();
}

PassTimes compute_of_chunk(const StepCosts& costs, std::uint32_t chunk) {
  PassTimes sum;
  for (const std::uint32_t kind : costs.chunks[chunk]) {
    const LayerCosts& layer = costs.layers[kind];
    for (const LayerItem& item : layer.items) {
      sum += item.times;
    }
  }
  return sum;
}

}  // namespace lockstep::workloads
