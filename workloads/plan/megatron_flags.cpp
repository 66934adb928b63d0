#include "workloads/plan/megatron_flags.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json_value.hpp"

namespace lockstep::workloads {
namespace {

constexpr std::size_t longest_line = 1 << 16;

// Flags and the words that follow each.
using Stated = std::map<std::string, std::vector<std::string>>;

std::string spelled_with_dashes(std::string name) {
  while (name.starts_with('-')) name.erase(0, 1);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

const MegatronFlag* find_flag(const std::string& name) {
  for (const MegatronFlag& entry : megatron_flags()) {
    if (spelled_with_dashes(std::string(entry.flag)) == name) return &entry;
  }
  return nullptr;
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream text(line);
  for (std::string word; text >> word;) {
    std::erase_if(word, [](char c) { return c == '"' || c == '\''; });
    if (!word.empty() && word != "\\") words.push_back(word);
  }
  return words;
}

bool is_flag(const std::string& word) {
  return word.size() > 2 && word.starts_with("--");
}

Stated flags_among(const std::vector<std::string>& words, std::size_t begin, std::size_t end) {
  Stated stated;
  std::vector<std::string>* values = nullptr;
  for (std::size_t i = begin; i < end; ++i) {
    if (!is_flag(words[i])) {
      if (values != nullptr) values->push_back(words[i]);
      continue;
    }
    const std::size_t equals = words[i].find('=');
    values = &stated[spelled_with_dashes(words[i].substr(0, equals))];
    values->clear();  // as argparse has it, the last one counts
    if (equals != std::string::npos) values->push_back(words[i].substr(equals + 1));
  }
  return stated;
}

std::optional<std::int64_t> whole_number(const std::string& word) {
  std::int64_t number = 0;
  const char* end = word.data() + word.size();
  const auto [stopped, error] = std::from_chars(word.data(), end, number);
  return error == std::errc() && stopped == end ? std::optional(number) : std::nullopt;
}

// "parallel.tensor" in the document.
Json& place_in(Json& document, std::string_view field) {
  const std::size_t dot = field.find('.');
  Json& outer = document[std::string(field.substr(0, dot))];
  return dot == std::string_view::npos ? outer : outer[std::string(field.substr(dot + 1))];
}

// What flags say together, as the fields of a workload.
class Translation {
 public:
  Translation(const Stated& stated, const std::string& where) : stated_(stated), where_(where) {}

  Json translate() {
    for (const auto& [name, values] : stated_) set_simple(name, values);
    set_layers_of_stages();
    check_recompute();
    if (fields_.contains("model")) finish_model();
    return std::move(fields_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& suggestion = "") const {
    throw InputError({.where = where_, .problem = problem, .suggestion = suggestion});
  }
  bool has(const std::string& name) const { return stated_.contains(name); }

  std::int64_t number(const std::string& name) const {
    const std::vector<std::string>& values = stated_.at(name);
    const std::optional<std::int64_t> value = values.size() == 1 ? whole_number(values[0]) : std::nullopt;
    if (!value || *value < 0) fail("--" + name + " needs one whole number");
    return *value;
  }
  std::int64_t stated_number(std::string_view field, std::int64_t otherwise) {
    const Json& value = std::as_const(fields_);
    const std::size_t dot = field.find('.');
    const auto outer = value.find(std::string(field.substr(0, dot)));
    if (outer == value.end()) return otherwise;
    const auto inner = outer->find(std::string(field.substr(dot + 1)));
    return inner == outer->end() ? otherwise : inner->get<std::int64_t>();
  }

  void set_simple(const std::string& name, const std::vector<std::string>& values) {
    const MegatronFlag* flag = find_flag(name);
    if (flag == nullptr) {
      std::vector<std::string> known;
      for (const MegatronFlag& entry : megatron_flags()) known.push_back("--" + std::string(entry.flag));
      const std::string near = suggest_name("--" + name, known);
      fail("the flag '--" + excerpt(name) + "' is not modelled",
           near.starts_with("did you mean") ? near : "leave it out if it does not matter");
    }
    if ((flag->value == FlagValue::none || flag->value == FlagValue::alone) && !values.empty()) {
      fail("--" + name + " takes no value, not '" + excerpt(values[0]) + "'");
    }
    if (flag->value == FlagValue::number) place_in(fields_, flag->field) = number(name);
    if (flag->value == FlagValue::none) place_in(fields_, flag->field) = Json::parse(flag->values);
    if (flag->value == FlagValue::word) place_in(fields_, flag->field) = word_of(*flag, values);
  }

  // "rope=rotary,learned_absolute=learned": theirs and ours. Digits are numbers.
  Json word_of(const MegatronFlag& flag, const std::vector<std::string>& values) const {
    std::vector<std::string> known;
    std::istringstream pairs{std::string(flag.values)};
    for (std::string pair; std::getline(pairs, pair, ',');) {
      const std::size_t equals = pair.find('=');
      known.push_back(pair.substr(0, equals));
      const std::string ours = pair.substr(equals + 1);
      if (values.size() != 1 || values[0] != known.back()) continue;
      const std::optional<std::int64_t> as_number = whole_number(ours);
      return as_number ? Json(*as_number) : Json(ours);
    }
    const std::string stated = values.empty() ? "nothing" : "'" + excerpt(values[0]) + "'";
    fail("--" + std::string(flag.flag) + " " + stated + " is not modelled",
         suggest_name(values.empty() ? "" : values[0], known));
  }

  void set_layers_of_stages() {
    const std::int64_t layers = stated_number("model.layers", 0);
    const std::int64_t stages = stated_number("parallel.pipeline", 1);
    if (has("num-layers-per-virtual-pipeline-stage")) {
      const std::int64_t each = number("num-layers-per-virtual-pipeline-stage");
      if (layers == 0) fail("--num-layers-per-virtual-pipeline-stage needs --num-layers");
      if (each == 0 || stages == 0 || layers % (stages * each) != 0) {
        fail("number of layers (" + std::to_string(layers) + ") is not divisible by pipeline-model-parallel-size x " +
             "num-layers-per-virtual-pipeline-stage (" + std::to_string(stages) + " x " + std::to_string(each) + ")");
      }
      fields_["virtual_stages"] = layers / (stages * each);
    }
    set_uneven_stages(layers, stages);
  }

  // The first and the last stage get what is stated, the others share the rest.
  void set_uneven_stages(std::int64_t layers, std::int64_t stages) {
    const bool first = has("decoder-first-pipeline-num-layers");
    const bool last = has("decoder-last-pipeline-num-layers");
    if (!first && !last) return;
    if (fields_.contains("virtual_stages")) fail("uneven stages with virtual stages are not modelled");
    if (stages > 4096) fail("there are more than 4096 stages");
    std::int64_t left = layers;
    if (first) left -= number("decoder-first-pipeline-num-layers");
    if (last) left -= number("decoder-last-pipeline-num-layers");
    const std::int64_t others = stages - (first ? 1 : 0) - (last ? 1 : 0);
    if (others < 0 || left < 0 || (others == 0 ? left != 0 : left % others != 0)) {
      fail(std::to_string(left) + " layers do not divide among the remaining " + std::to_string(others) + " stages");
    }
    Json shares = Json::array();
    if (first) shares.push_back(number("decoder-first-pipeline-num-layers"));
    for (std::int64_t stage = 0; stage < others; ++stage) shares.push_back(left / others);
    if (last) shares.push_back(number("decoder-last-pipeline-num-layers"));
    fields_["parallel"]["stage_layers"] = std::move(shares);
  }

  void check_recompute() const {
    if (has("recompute-method") && stated_.at("recompute-method") != std::vector<std::string>{"uniform"}) {
      fail("--recompute-method other than uniform is not modelled");
    }
    if (has("recompute-num-layers") && number("recompute-num-layers") != 1) {
      fail("--recompute-num-layers other than 1 is not modelled");
    }
  }

  // Megatron's defaults, which are those of GPT-2.
  void finish_model() {
    Json& model = fields_["model"];
    const auto otherwise = [&](const char* key, const Json& value) {
      if (!model.contains(key)) model[key] = value;
    };
    otherwise("mlp", "plain");
    otherwise("norm", "layer");
    otherwise("position", "learned");
    otherwise("tied_embeddings", true);
    const bool has_bias = !has("disable-bias-linear");
    model["mlp_bias"] = has_bias;
    model["attention_bias"] = has_bias ? "all" : has("add-qkv-bias") ? "qkv" : "none";
    model["dropout"] = dropout();
    const std::int64_t hidden = stated_number("model.hidden_dim", 0);
    // A gated MLP gets as many weights as a plain one, in whole tiles of 64.
    const bool gated = model["mlp"] == "gated";
    const std::int64_t width = gated ? hidden * 8 / 3 / 64 * 64 : 4 * hidden;
    if (hidden > 0 && hidden < (1 << 28) && width > 0) otherwise("ffn", width);
    if (!has("group-query-attention")) model.erase("kv_heads");
    if (!has("multi-latent-attention")) {
      for (const char* key : {"q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"}) {
        if (model.contains(key)) fail("the ranks of latent attention need --multi-latent-attention");
      }
    }
    if (model.contains("experts") && model.contains("ffn")) otherwise("ffn_per_expert", model["ffn"]);
    if (model.contains("experts")) otherwise("active_experts_per_token", 2);
  }

  bool dropout() const {
    const auto found = stated_.find("hidden-dropout");
    if (found == stated_.end()) return true;
    return found->second.size() != 1 || found->second[0].find_first_not_of("0.") != std::string::npos;
  }

  const Stated& stated_;
  std::string where_;
  Json fields_ = Json::object();
};

// What torchrun is told before the script's name.
std::optional<std::int64_t> processes_of(const Stated& launcher) {
  const auto value_of = [&](const char* name) -> std::optional<std::int64_t> {
    const auto found = launcher.find(name);
    if (found == launcher.end() || found->second.empty()) return std::nullopt;
    return whole_number(found->second[0]);
  };
  const std::optional<std::int64_t> per_node = value_of("nproc-per-node");
  if (!per_node) return std::nullopt;
  return *per_node * value_of("nnodes").value_or(1);
}

void set_data(Json& fields, std::int64_t processes, const std::string& where) {
  std::int64_t model_ranks = 1;
  for (const char* axis : {"tensor", "pipeline", "context"}) {
    if (fields.contains("parallel") && fields["parallel"].contains(axis)) {
      model_ranks *= std::clamp<std::int64_t>(fields["parallel"][axis].get<std::int64_t>(), 1, 1 << 20);
    }
  }
  if (processes < 1 || processes % model_ranks != 0) {
    throw InputError({.where = where,
                      .problem = "world size (" + std::to_string(processes) +
                                 ") is not divisible by tensor x pipeline x context (" + std::to_string(model_ranks) +
                                 ")"});
  }
  fields["parallel"]["data"] = processes / model_ranks;
}

std::string inside(const std::string& where, const std::string& key) {
  return std::string(where).append(".").append(key);
}

// Adds `extra` to `into`; a field that both state must be the same.
void merge(Json& into, const Json& extra, const std::string& where) {
  for (const auto& [key, value] : extra.items()) {
    const auto present = into.find(key);
    if (present == into.end()) {
      into[key] = value;
    } else if (present->is_object() && value.is_object()) {
      merge(*present, value, inside(where, key));
    } else if (*present != value) {
      throw InputError({.where = inside(where, key),
                        .problem = "is stated here and by a Megatron flag, as " + excerpt(value.dump())});
    }
  }
}

// Moves the keys that are flags out of `object`.
void take_flags(Json& object, Stated& stated, const std::string& where) {
  std::vector<std::string> taken;
  for (const auto& [key, value] : object.items()) {
    const std::string name = spelled_with_dashes(key);
    const bool is_ours = key == "sequence_parallel" || key.find_first_of("-_") == std::string::npos;
    if (is_ours || find_flag(name) == nullptr) continue;
    taken.push_back(key);
    if (value.is_boolean()) {
      if (value.get<bool>()) stated[name] = {};
    } else if (value.is_number() || value.is_string()) {
      stated[name] = {value.is_string() ? value.get<std::string>() : value.dump()};
    } else {
      throw InputError({.where = inside(where, key), .problem = "a Megatron flag has a number, a word, true or false"});
    }
  }
  for (const std::string& key : taken) object.erase(key);
}

}  // namespace

Json fields_of_launch_line(const std::string& line, const std::string& where) {
  if (line.size() > longest_line) throw InputError({.where = where, .problem = "the launch line is too long"});
  const std::vector<std::string> words = words_of(line);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].ends_with(".py")) begin = i + 1;
  }
  const Stated stated = flags_among(words, begin, words.size());
  Json fields = Translation(stated, where).translate();
  if (const auto processes = processes_of(flags_among(words, 0, begin)); processes) set_data(fields, *processes, where);
  // What Megatron does unless it is told to.
  const Json defaults = {{"overlap", {{"gradients", false}, {"parameters", false}, {"tensor", false}}},
                         {"precision", "fp32"}};
  for (const auto& [key, value] : defaults.items()) {
    if (!fields.contains(key)) fields[key] = value;
  }
  for (const auto& [key, value] : defaults["overlap"].items()) {
    if (!fields["overlap"].contains(key)) fields["overlap"][key] = value;
  }
  return fields;
}

Json without_megatron_flags(const Json& workload, const std::string& where) {
  Json fields = workload;
  if (const auto line = fields.find("megatron"); line != fields.end()) {
    if (!line->is_string()) wrong_kind(*line, where + ".megatron", "text, a launch line");
    const Json stated = fields_of_launch_line(line->get<std::string>(), where + ".megatron");
    fields.erase("megatron");
    merge(fields, stated, where);
  }
  Stated stated;
  take_flags(fields, stated, where);
  if (const auto parallel = fields.find("parallel"); parallel != fields.end() && parallel->is_object()) {
    take_flags(*parallel, stated, where + ".parallel");
  }
  if (!stated.empty()) merge(fields, Translation(stated, where).translate(), where);
  return fields;
}

}  // namespace lockstep::workloads
