#include "workloads/training/training_spec.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "workloads/collectives/algorithms.hpp"
#include "workloads/models/size_limits.hpp"
#include "workloads/plan/megatron_flags.hpp"
#include "workloads/schedules/schedules.hpp"
#include "workloads/training/expert_routing.hpp"

namespace lockstep::workloads {
namespace {

// mlsysim's default length of sequences (its solvers' seq_len).
constexpr std::uint64_t usual_sequence = 2048;
constexpr std::int64_t longest_sequence = 1 << 26;
constexpr std::int64_t largest_batch = 1 << 28;

constexpr std::array routing_names = {"balanced", "hot", "random"};

// What all kinds of workload have, read by the scenario.
constexpr std::array common_keys = {"kind", "name", "devices", "start"};

const Json& nothing() {
  static const Json empty = Json::object();
  return empty;
}

JsonFields object_or_nothing(const JsonFields& fields, const std::string& key) {
  const std::string path = fields.path().empty() ? key : fields.path() + "." + key;
  return fields.has(key) ? fields.object(key) : JsonFields(nothing(), fields.file(), path);
}

template <class Choice>
Choice read_choice(const JsonFields& fields, const std::string& key, std::initializer_list<Choice> choices) {
  std::vector<std::string> names;
  for (const Choice choice : choices) names.emplace_back(to_text(choice));
  const std::string name = fields.choice_or(key, names.front(), names);
  return *(choices.begin() + (std::find(names.begin(), names.end(), name) - names.begin()));
}

class Reader {
 public:
  Reader(const JsonFields& fields, const TrainingSources& sources) : fields_(fields), sources_(sources) {}

  TrainingSpec read() {
    spec_.model = read_model(fields_, "model", {.catalog = sources_.catalog, .directory = sources_.directory});
    read_batch();
    read_execution();
    read_schedule();
    read_communication();
    read_routing();
    read_device_use();
    for (const char* key : common_keys) fields_.raw(key);
    fields_.raw("microbatches_per_replica");
    fields_.reject_unknown();
    PlanDuty duty = spec_.duty();
    duty.devices = sources_.devices;
    check_plan(spec_.execution.plan, duty, fields_);
    read_shares();
    check_placement();
    return std::move(spec_);
  }

 private:
  void read_batch() {
    const bool has_tokens =
        std::holds_alternative<TransformerModel>(spec_.model) || std::get<SampledModel>(spec_.model).sample_is_token;
    std::uint64_t sequence = has_tokens ? usual_sequence : 1;
    const auto* transformer = std::get_if<TransformerModel>(&spec_.model);
    if (transformer != nullptr && transformer->context > 0) sequence = std::min(sequence, transformer->context);
    spec_.global_batch = static_cast<std::uint64_t>(fields_.count("global_batch", 1, largest_batch));
    spec_.execution.microbatch = static_cast<std::uint64_t>(fields_.count_or("microbatch", 1, 1, largest_batch));
    spec_.execution.sequence_length = static_cast<std::uint64_t>(
        fields_.count_or("sequence_length", static_cast<std::int64_t>(sequence), 1, longest_sequence));
    spec_.spare_replicas = sources_.spare_replicas;
  }

  void read_shares() {
    for (const std::int64_t count : fields_.value_or<std::vector<std::int64_t>>("microbatches_per_replica", {})) {
      if (count < 1 || count > largest_batch) {
        fields_.fail("microbatches_per_replica", "a replica cannot have " + std::to_string(count) + " microbatches",
                     "each has at least one");
      }
      spec_.microbatches_per_replica.push_back(static_cast<std::uint32_t>(count));
    }
    if (const auto problem = problem_of_shares(spec_)) fields_.fail("microbatches_per_replica", *problem);
  }

  void read_execution() {
    Execution& execution = spec_.execution;
    execution.plan = read_parallel_plan(object_or_nothing(fields_, "parallel"), sources_.devices);
    if (spec_.spare_replicas >= execution.plan.data) {
      throw InputError({.where = "mitigations",
                        .problem = counted(spec_.spare_replicas, "replica") + " in reserve of " +
                                   std::to_string(execution.plan.data) + " leave none that would be waited for",
                        .suggestion = "keep at least one replica: raise \"data\", or have fewer in reserve"});
    }
    execution.precision =
        read_choice(fields_, "precision", {Precision::bf16, Precision::fp16, Precision::fp32, Precision::fp8});
    execution.recompute = read_choice(fields_, "recompute", {Recompute::none, Recompute::selective, Recompute::full});
    execution.attention = read_choice(fields_, "attention", {AttentionKernel::flash, AttentionKernel::unfused});
    const std::string own = execution.precision == Precision::fp32 ? "fp32" : "bf16";
    const std::string gradients = fields_.choice_or("gradient_precision", own, {"bf16", "fp16", "fp32"});
    execution.gradient_bytes = gradients == "fp32" ? 4 : 2;
    spec_.optimizer = optimizer_called(fields_.value_or<std::string>("optimizer", "adam"), fields_.where("optimizer"));
    spec_.flops = read_choice(fields_, "flops", {FlopConvention::attended, FlopConvention::full});
  }

  void read_schedule() {
    const Json* stated = fields_.raw("schedule");
    if (stated != nullptr && stated->is_object()) {
      const JsonFields file = fields_.object("schedule");
      spec_.schedule_file = file.required<std::string>("file");
      file.reject_unknown();
      spec_.schedule.clear();
    } else if (stated != nullptr) {
      spec_.schedule = fields_.required<std::string>("schedule");
      if (spec_.schedule != "auto") find_entry(schedules(), spec_.schedule, "schedule", fields_.where("schedule"));
    }
    ParallelPlan& plan = spec_.execution.plan;
    const bool turns = spec_.schedule == "zb_v" || spec_.schedule == "dualpipe_v";
    if (turns) plan.route = ChunkRoute::there_and_back;
    if (spec_.schedule == "chimera" || spec_.schedule == "dualpipe") plan.route = ChunkRoute::mirrored;
    plan.virtual_stages = static_cast<std::uint32_t>(
        fields_.count_or("virtual_stages", turns && plan.pipeline > 1 ? 2 : 1, 1, std::int64_t{most_chunks}));
    // Megatron's name for both is one: stages with several chunks are interleaved.
    if (stated == nullptr && plan.virtual_stages > 1) spec_.schedule = "interleaved_1f1b";
  }

  void read_communication() {
    const JsonFields overlap = object_or_nothing(fields_, "overlap");
    spec_.overlap.gradients = overlap.value_or("gradients", spec_.overlap.gradients);
    spec_.overlap.parameters = overlap.value_or("parameters", spec_.overlap.parameters);
    spec_.overlap.tensor = overlap.value_or("tensor", spec_.overlap.tensor);
    spec_.overlap.compute_slowdown = overlap.value_or("compute_slowdown", 1.0);
    if (!(spec_.overlap.compute_slowdown >= 1) || !std::isfinite(spec_.overlap.compute_slowdown)) {
      overlap.fail("compute_slowdown", "must be at least 1: 1.5 means 1.5 times as slow");
    }
    overlap.reject_unknown();
    const JsonFields collectives = object_or_nothing(fields_, "collectives");
    read_algorithm(collectives, "gradients", Operation::all_reduce, spec_.collectives.gradients);
    read_algorithm(collectives, "parameters", Operation::all_gather, spec_.collectives.parameters);
    read_algorithm(collectives, "tensor", Operation::all_reduce, spec_.collectives.tensor);
    read_algorithm(collectives, "expert", Operation::all_to_all, spec_.collectives.expert);
    spec_.collectives.context = collectives.choice_or("context", "ring", {"ring"});
    collectives.reject_unknown();
    spec_.buckets = fields_.value_or<Bytes>("buckets", spec_.buckets);
    if (!(spec_.buckets > Bytes(0))) fields_.fail("buckets", "a bucket of nothing never fills");
    spec_.prefetch = static_cast<std::uint32_t>(fields_.count_or("prefetch", 1, 0, 1 << 16));
    spec_.gradient_norm = fields_.value_or("gradient_norm", true);
  }

  static void read_algorithm(const JsonFields& collectives, const std::string& key, Operation operation,
                             std::string& choice) {
    std::vector<std::string> valid;
    for (const CollectiveAlgorithm& algorithm : collective_algorithms()) {
      const auto& able = algorithm.operations;
      if (std::find(able.begin(), able.end(), operation) != able.end()) valid.emplace_back(algorithm.name);
    }
    choice = collectives.choice_or(key, choice, valid);
  }

  void read_routing() {
    const Json* stated = fields_.raw("routing");
    if (stated == nullptr) return;
    const std::vector<std::string> names(routing_names.begin(), routing_names.end());
    std::string kind;
    if (stated->is_string()) {
      kind = fields_.choice("routing", names);
    } else {
      const JsonFields routing = fields_.object("routing");
      kind = routing.choice("kind", names);
      spec_.routing.factor = routing.value_or("factor", 1.0);
      if (!(spec_.routing.factor >= 1) || !std::isfinite(spec_.routing.factor)) {
        routing.fail("factor", "must be at least 1: 1.5 means 1.5 times the equal share");
      }
      routing.reject_unknown();
      check_hot_factor(routing);
    }
    spec_.routing.kind = static_cast<RoutingKind>(std::find(names.begin(), names.end(), kind) - names.begin());
  }

  void check_hot_factor(const JsonFields& routing) const {
    const auto* transformer = std::get_if<TransformerModel>(&spec_.model);
    if (transformer == nullptr || !transformer->experts) return;
    const double most = hottest(spec_);
    if (spec_.routing.factor <= most * (1 + 1e-12)) return;
    routing.fail("factor", "an expert rank gets at most " + shortest_text(most) +
                               " times the equal share, when every token chooses its experts");
  }

  void read_device_use() {
    const JsonFields compute = object_or_nothing(fields_, "compute");
    spec_.efficiency = read_efficiency(compute, sources_.directory);
    compute.reject_unknown();
    spec_.memory_reserve = fields_.value_or("memory_reserve", spec_.memory_reserve);
    if (!(spec_.memory_reserve >= 0 && spec_.memory_reserve < 1)) {
      fields_.fail("memory_reserve", "must be a share of the memory, from 0 to below 1");
    }
    spec_.placement = read_placement(fields_, "placement", sources_.devices.value_or(spec_.execution.plan.ranks()));
  }

  void check_placement() const {
    if (spec_.placement.rule != PlacementRule::listed) return;
    if (spec_.placement.listed.size() == spec_.execution.plan.ranks()) return;
    fields_.fail("placement", "there are " + std::to_string(spec_.placement.listed.size()) + " devices for " +
                                  std::to_string(spec_.execution.plan.ranks()) + " ranks");
  }

  const JsonFields& fields_;
  const TrainingSources& sources_;
  TrainingSpec spec_;
};

}  // namespace

std::uint64_t TrainingSpec::most_microbatches() const {
  if (microbatches_per_replica.empty()) return microbatches();
  return *std::max_element(microbatches_per_replica.begin(), microbatches_per_replica.end());
}

std::optional<std::string> problem_of_shares(const TrainingSpec& spec) {
  const std::vector<std::uint32_t>& shares = spec.microbatches_per_replica;
  if (shares.empty()) return std::nullopt;
  const ParallelPlan& plan = spec.execution.plan;
  if (shares.size() != plan.data) {
    return "there are " + std::to_string(shares.size()) + " numbers for " + counted(plan.data, "replica");
  }
  const std::uint64_t wanted = spec.microbatches() * plan.data;
  const std::uint64_t stated = std::accumulate(shares.begin(), shares.end(), std::uint64_t{0});
  if (stated != wanted) {
    return "they add up to " + std::to_string(stated) + ", and the global batch has " + counted(wanted, "microbatch");
  }
  if (std::adjacent_find(shares.begin(), shares.end(), std::not_equal_to<>()) == shares.end()) return std::nullopt;
  if (plan.zero >= 2) {
    return "ZeRO-" + std::to_string(plan.zero) +
           " exchanges something for every microbatch, so all replicas have as many";
  }
  if (plan.expert > 1) return "experts on several replicas serve all of them, microbatch by microbatch";
  if (!spec.schedule_file.empty()) return "a schedule from a file is about one number of microbatches";
  return std::nullopt;
}

TrainingSpec read_training_spec(const JsonFields& fields, const TrainingSources& sources) {
  const Json ours = without_megatron_flags(fields.value(), fields.where());
  TrainingSpec spec = Reader(JsonFields(ours, fields.file(), fields.path()), sources).read();
  for (const auto& [key, unused] : fields.value().items()) fields.raw(key);
  return spec;
}

Json as_json(const TrainingSpec& spec) {
  const Execution& execution = spec.execution;
  Json json = {{"kind", "training"},
               {"model", as_json(spec.model)},
               {"global_batch", spec.global_batch},
               {"microbatch", execution.microbatch},
               {"sequence_length", execution.sequence_length},
               {"precision", to_text(execution.precision)},
               {"gradient_precision", execution.gradient_bytes == 4 ? "fp32" : "bf16"},
               {"optimizer", spec.optimizer.name},
               {"parallel", as_json(execution.plan)}};
  if (!spec.microbatches_per_replica.empty()) json["microbatches_per_replica"] = spec.microbatches_per_replica;
  json["schedule"] = spec.schedule_file.empty() ? Json(spec.schedule) : Json({{"file", spec.schedule_file}});
  json["virtual_stages"] = execution.plan.virtual_stages;
  json["recompute"] = to_text(execution.recompute);
  json["attention"] = to_text(execution.attention);
  json["overlap"] = {{"gradients", spec.overlap.gradients},
                     {"parameters", spec.overlap.parameters},
                     {"tensor", spec.overlap.tensor},
                     {"compute_slowdown", spec.overlap.compute_slowdown}};
  json["buckets"] = to_exact_text(spec.buckets);
  json["prefetch"] = spec.prefetch;
  json["gradient_norm"] = spec.gradient_norm;
  json["collectives"] = {{"gradients", spec.collectives.gradients},
                         {"parameters", spec.collectives.parameters},
                         {"tensor", spec.collectives.tensor},
                         {"context", spec.collectives.context},
                         {"expert", spec.collectives.expert}};
  json["routing"] = {{"kind", routing_names.at(static_cast<std::size_t>(spec.routing.kind))},
                     {"factor", spec.routing.factor}};
  json["compute"] = spec.efficiency.as_json();
  json["placement"] = as_json(spec.placement);
  json["flops"] = to_text(spec.flops);
  json["memory_reserve"] = spec.memory_reserve;
  return json;
}

}  // namespace lockstep::workloads
