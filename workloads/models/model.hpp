#pragma once

#include <string>
#include <variant>

#include "base/catalog.hpp"
#include "base/json_fields.hpp"
#include "workloads/models/parameters.hpp"
#include "workloads/models/transformer_model.hpp"

namespace lockstep::workloads {

// A model of which only its size and its work are known: convolutional networks, encoders, recommenders.
struct SampledModel {
  std::string name;
  std::uint64_t parameters = 0;
  Flops forward_flops = {};      // of one sample
  bool sample_is_token = false;  // then a sequence costs its length times that
  std::uint64_t layers = 1;      // equal shares of both, for gradients that are ready one after the other
  Bytes activations = {};        // kept for the backward pass of one sample; 0 where nobody knows

  Flops forward_flops_of_sequence(std::uint64_t length) const {
    return sample_is_token ? forward_flops * static_cast<double>(length) : forward_flops;
  }
};

using Model = std::variant<TransformerModel, SampledModel>;

const std::string& name_of(const Model& model);
// All weights that the model itself has, prediction modules aside.
std::uint64_t parameters_of(const Model& model);

// Where readers look things up.
struct ModelSources {
  const Catalog& catalog;
  std::string directory = ".";  // that file names start from
};

// Reads the field `key`: the name of a model in the catalog, an object that describes one (docs/models.md), or
// {"hf_config": "config.json"}. Throws InputError.
Model read_model(const JsonFields& fields, const std::string& key, const ModelSources& sources);

// A transformer described by its figures: layers, hidden_dim, heads, vocab, … Throws InputError; rejects unknown keys.
TransformerModel read_transformer(const JsonFields& fields);

// A model that states parameters and forward_flops alone. Throws InputError; rejects unknown keys.
SampledModel read_sampled_model(const JsonFields& fields);

// A model of the catalog. Throws InputError where the entry has too few figures.
Model model_of(const CatalogEntry& entry);

// The same as JSON, with defaults filled in; `read_model` reads it back.
Json as_json(const Model& model);
Json as_json(const TransformerModel& model);

}  // namespace lockstep::workloads
