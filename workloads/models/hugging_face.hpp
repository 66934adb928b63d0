#pragma once

#include <span>
#include <string>

#include "base/json_fields.hpp"
#include "base/json_text.hpp"
#include "base/named_table.hpp"
#include "workloads/models/transformer_model.hpp"

// Models as Hugging Face's transformers library describes them, in a config.json.
namespace lockstep::workloads {

using HuggingFaceReader = TransformerModel (*)(const JsonFields&);

// The values of "model_type" that are read.
std::span<const NamedEntry<HuggingFaceReader>> hugging_face_types();

// Keys that say nothing of size or work are passed over, as these files have many. A file of a model that also sees or
// hears is read as its text part, which the model's notes say. Throws InputError naming the file and the key.
TransformerModel read_hugging_face(const Json& config, const std::string& file, const std::string& path = "");
TransformerModel load_hugging_face(const std::string& path);

}  // namespace lockstep::workloads
