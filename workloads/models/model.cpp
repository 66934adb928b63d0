#include "workloads/models/model.hpp"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "workloads/models/hugging_face.hpp"
#include "workloads/models/size_limits.hpp"

namespace lockstep::workloads {
namespace {

constexpr double most_parameters = 0x1p53;

// A whole number that may be written as 25.6e6.
std::uint64_t read_parameters(const JsonFields& fields) {
  const double parameters = fields.required<double>("parameters");
  if (!(parameters >= 1 && parameters < most_parameters) || parameters != std::floor(parameters)) {
    fields.fail("parameters", "must be a whole number from 1 to 9e15");
  }
  return static_cast<std::uint64_t>(parameters);
}

// The catalog says in words what one unit of inference is.
SampledModel sampled_model_of(const CatalogEntry& entry) {
  const JsonFields figures = entry.fields();
  SampledModel model{.name = entry.name()};
  if (!figures.has("parameters") || !figures.has("inference_flops")) {
    figures.fail("", "the catalog does not know how many flops " + entry.name() + " takes",
                 R"(state them: "model": {"parameters": 1e9, "forward_flops": "2 GFLOP"})");
  }
  model.parameters = read_parameters(figures);
  model.forward_flops = figures.required<Flops>("inference_flops");
  model.sample_is_token = figures.value_or<std::string>("inference_flops_unit", "").starts_with("per token");
  model.layers = size_field_or(figures, "layers", 1);
  return model;
}

Model read_described_model(const JsonFields& fields, const ModelSources& sources) {
  if (fields.has("hf_config")) {
    const auto file = std::filesystem::path(sources.directory) / fields.required<std::string>("hf_config");
    fields.reject_unknown();
    return load_hugging_face(file.string());
  }
  if (fields.has("parameters")) return read_sampled_model(fields);
  return read_transformer(fields);
}

}  // namespace

const std::string& name_of(const Model& model) {
  return std::visit([](const auto& one) -> const std::string& { return one.name; }, model);
}

std::uint64_t parameters_of(const Model& model) {
  const auto* transformer = std::get_if<TransformerModel>(&model);
  return transformer != nullptr ? count_parameters(*transformer).total : std::get<SampledModel>(model).parameters;
}

Model read_model(const JsonFields& fields, const std::string& key, const ModelSources& sources) {
  const Json& stated = fields.required_raw(key);
  if (stated.is_string()) return model_of(sources.catalog.find("model", stated.get<std::string>(), fields.where(key)));
  const JsonFields described = fields.object(key);
  if (stated.contains("model_type")) return read_hugging_face(stated, fields.file(), described.path());
  return read_described_model(described, sources);
}

SampledModel read_sampled_model(const JsonFields& fields) {
  SampledModel model;
  model.name = fields.value_or<std::string>("name", "model");
  model.parameters = read_parameters(fields);
  model.forward_flops = fields.required<Flops>("forward_flops");
  model.sample_is_token = fields.choice_or("sample", "sequence", {"sequence", "token"}) == "token";
  model.layers = size_field_or(fields, "layers", 1);
  model.activations = fields.value_or<Bytes>("activations", Bytes(0));
  fields.reject_unknown();
  return model;
}

Model model_of(const CatalogEntry& entry) {
  if (!entry.value().contains("architecture")) return sampled_model_of(entry);
  TransformerModel model = read_transformer(entry.fields().object("architecture"));
  model.name = entry.name();
  return model;
}

Json as_json(const Model& model) {
  if (const auto* transformer = std::get_if<TransformerModel>(&model)) return as_json(*transformer);
  const auto& sampled = std::get<SampledModel>(model);
  Json json = {{"name", sampled.name},
               {"parameters", sampled.parameters},
               {"forward_flops", to_exact_text(sampled.forward_flops)},
               {"sample", sampled.sample_is_token ? "token" : "sequence"},
               {"layers", sampled.layers}};
  if (sampled.activations > Bytes(0)) json["activations"] = to_exact_text(sampled.activations);
  return json;
}

}  // namespace lockstep::workloads
