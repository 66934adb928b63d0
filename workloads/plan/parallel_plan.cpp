#include "workloads/plan/parallel_plan.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/named_table.hpp"

namespace lockstep::workloads {
namespace {

constexpr std::int64_t most_ranks = 1 << 20;  // along one axis, and in all

constexpr std::array axis_names = {"tensor", "context", "expert", "data", "pipeline"};
constexpr std::array short_names = {"tp", "cp", "ep", "dp", "pp"};

std::uint32_t read_degree(const JsonFields& fields, const std::string& key, std::uint32_t otherwise = 1) {
  return static_cast<std::uint32_t>(fields.count_or(key, otherwise, 1, most_ranks));
}

std::optional<std::uint32_t> read_stated_degree(const JsonFields& fields, const std::string& key) {
  if (!fields.has(key)) return std::nullopt;
  return read_degree(fields, key);
}

// What Megatron does: whatever is left of the devices makes copies of the model.
std::uint32_t data_that_fills(std::optional<std::uint64_t> devices, const ParallelPlan& plan,
                              const JsonFields& fields) {
  if (!devices) return 1;
  const std::uint64_t model_ranks = std::uint64_t{plan.tensor} * plan.pipeline * plan.context;
  if (*devices == 0 || *devices % model_ranks != 0) {
    fields.fail("",
                "world size (" + std::to_string(*devices) + ") is not divisible by tensor x pipeline x context (" +
                    std::to_string(plan.tensor) + " x " + std::to_string(plan.pipeline) + " x " +
                    std::to_string(plan.context) + " = " + std::to_string(model_ranks) + ")",
                "change the degrees, or list fewer \"devices\" for the workload");
  }
  return static_cast<std::uint32_t>(*devices / model_ranks);
}

Axis axis_called(const std::string& word, const std::string& where) {
  for (std::size_t i = 0; i < axis_count; ++i) {
    if (word == axis_names.at(i) || word == short_names.at(i)) return static_cast<Axis>(i);
  }
  throw InputError({.where = where,
                    .problem = "there is no axis '" + excerpt(word) + "' of ranks",
                    .suggestion = suggest_name(word, {axis_names.begin(), axis_names.end()})});
}

std::vector<std::uint32_t> read_stage_layers(const JsonFields& fields) {
  std::vector<std::uint32_t> layers;
  for (const std::int64_t count : fields.value_or<std::vector<std::int64_t>>("stage_layers", {})) {
    if (count < 0 || count > most_ranks) fields.fail("stage_layers", "a stage cannot have " + std::to_string(count));
    layers.push_back(static_cast<std::uint32_t>(count));
  }
  return layers;
}

}  // namespace

const char* to_text(Axis axis) {
  return axis_names.at(static_cast<std::size_t>(axis));
}

AxisOrder axis_order_from(const std::string& text, const std::string& where) {
  std::vector<Axis> named;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('-', begin), text.size());
    const Axis axis = axis_called(text.substr(begin, end - begin), where);
    if (std::find(named.begin(), named.end(), axis) != named.end()) {
      throw InputError({.where = where, .problem = std::string("the axis '") + to_text(axis) + "' is named twice"});
    }
    named.push_back(axis);
    begin = end + 1;
  }
  for (const Axis axis : usual_order) {
    if (std::find(named.begin(), named.end(), axis) == named.end()) named.push_back(axis);
  }
  AxisOrder order = usual_order;
  std::copy(named.begin(), named.end(), order.begin());
  return order;
}

std::string to_text(const AxisOrder& order) {
  std::string text;
  for (const Axis axis : order) text += (text.empty() ? "" : "-") + std::string(to_text(axis));
  return text;
}

ParallelPlan read_parallel_plan(const JsonFields& fields, std::optional<std::uint64_t> devices) {
  ParallelPlan plan;
  plan.tensor = read_degree(fields, "tensor");
  plan.pipeline = read_degree(fields, "pipeline");
  plan.context = read_degree(fields, "context");
  plan.expert = read_degree(fields, "expert");
  plan.expert_tensor = read_stated_degree(fields, "expert_tensor");
  plan.data = fields.has("data") ? read_degree(fields, "data") : data_that_fills(devices, plan, fields);
  const double ranks = double{1} * plan.data * plan.tensor * plan.pipeline * plan.context;
  if (ranks > double{most_ranks}) fields.fail("", "there are more than a million ranks");
  plan.sequence_parallel = fields.value_or("sequence_parallel", false);
  plan.zero = static_cast<std::uint32_t>(fields.count_or("zero", 0, 0, 3));
  plan.shard_ranks = read_stated_degree(fields, "shard_ranks");
  plan.stage_layers = read_stage_layers(fields);
  if (fields.has("order")) plan.order = axis_order_from(fields.required<std::string>("order"), fields.where("order"));
  fields.reject_unknown();
  return plan;
}

Json as_json(const ParallelPlan& plan) {
  Json json = {{"data", plan.data},
               {"tensor", plan.tensor},
               {"pipeline", plan.pipeline},
               {"context", plan.context},
               {"expert", plan.expert},
               {"expert_tensor", plan.tensor_of_experts()},
               {"sequence_parallel", plan.sequence_parallel},
               {"zero", plan.zero}};
  if (plan.shard_ranks) json["shard_ranks"] = *plan.shard_ranks;
  if (!plan.stage_layers.empty()) json["stage_layers"] = plan.stage_layers;
  json["order"] = to_text(plan.order);
  return json;
}

std::uint64_t ParallelPlan::expert_sharding_ranks() const {
  if (zero == 0) return 1;
  const std::uint64_t all = expert_gradient_ranks();
  std::uint64_t shards = std::max<std::uint64_t>(1, all * sharding_ranks() / gradient_ranks());
  while (all % shards != 0) --shards;
  return shards;
}

LayerRange layers_of_chunk(const ParallelPlan& plan, std::uint64_t layers, std::uint32_t chunk) {
  if (plan.stage_layers.empty()) {
    const std::uint64_t each = layers / plan.chunks();
    return {.first = chunk * each, .count = each};
  }
  LayerRange range;
  for (std::uint32_t before = 0; before < chunk; ++before) range.first += plan.stage_layers[before];
  range.count = plan.stage_layers[chunk];
  return range;
}

std::uint32_t stage_of_chunk(const ParallelPlan& plan, std::uint32_t chunk) {
  const std::uint32_t place = chunk % plan.pipeline;
  const bool goes_back = plan.route == ChunkRoute::there_and_back && chunk / plan.pipeline % 2 == 1;
  return goes_back ? plan.pipeline - 1 - place : place;
}

std::vector<std::uint32_t> chunks_of_stage(const ParallelPlan& plan, std::uint32_t stage) {
  std::vector<std::uint32_t> chunks;
  const std::uint32_t opposite = plan.pipeline - 1 - stage;
  for (std::uint32_t round = 0; round < plan.virtual_stages; ++round) {
    const std::uint32_t first = round * plan.pipeline;
    const bool goes_back = plan.route == ChunkRoute::there_and_back && round % 2 == 1;
    chunks.push_back(first + (goes_back ? opposite : stage));
    if (plan.route == ChunkRoute::mirrored && opposite != stage) chunks.push_back(first + opposite);
  }
  std::sort(chunks.begin(), chunks.end());
  return chunks;
}

}  // namespace lockstep::workloads
