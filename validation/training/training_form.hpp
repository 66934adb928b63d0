#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "validation/form_check.hpp"
#include "validation/training/training_situation.hpp"

// Closed forms of training steps as they are held against simulations, and the conditions that they name.
namespace lockstep::validation {

// What a form says of the parts of a step, as a simulation can be made to have it.
struct StepParts {
  Seconds compute = {};    // of a device, in the whole step
  Seconds tensor = {};     // that a device waits for its tensor ranks in the whole step
  Seconds expert = {};     // and for its expert ranks
  Seconds gradients = {};  // after the last backward pass
};

struct TrainingForm;

struct TrainingAssumption {
  std::string_view name;
  std::string_view description;  // one sentence
  // Why it does not hold, in a sentence with figures; nothing where it holds.
  std::optional<std::string> (*violation)(const TrainingSituation&, const TrainingForm&);
  // Makes it hold in a case, so that a simulation tells what it costs; null where no simulation can.
  void (*grant)(TrainingCase&, const TrainingSituation&, const TrainingForm&);
};

struct TrainingForm {
  std::string_view id;
  std::string_view title;
  std::string_view formula;
  std::string_view source;
  FormKind kind = FormKind::exact;
  // In the order in which they are granted together.
  std::vector<const TrainingAssumption*> assumptions = {};
  // Nothing where the form does not speak of the situation.
  std::optional<Prediction> (*predict)(const TrainingSituation&) = nullptr;
  // Of forms that state them as times; null for those that follow the events.
  StepParts (*parts)(const TrainingSituation&) = nullptr;
};

inline const std::vector<const TrainingAssumption*>& assumptions_of(const TrainingForm& form) {
  return form.assumptions;
}

std::span<const TrainingForm> training_forms();

// Of what is computed.
extern const TrainingAssumption equal_devices;
extern const TrainingAssumption equal_layers;
extern const TrainingAssumption flat_efficiency;
extern const TrainingAssumption flops_of_parameters;
extern const TrainingAssumption balanced_experts;
extern const TrainingAssumption stated_compute;
extern const TrainingAssumption free_update;
extern const TrainingAssumption undisturbed_compute;

// Of the order of things.
extern const TrainingAssumption known_order;
extern const TrainingAssumption rounds_of_microbatches;
extern const TrainingAssumption short_hops;
extern const TrainingAssumption bubble_rule;
extern const TrainingAssumption no_bubble;

// Of what is exchanged.
extern const TrainingAssumption rings;
extern const TrainingAssumption alike_groups;
extern const TrainingAssumption blocking_tensor;
extern const TrainingAssumption tensor_traffic;
extern const TrainingAssumption context_traffic;
extern const TrainingAssumption stated_tensor;
extern const TrainingAssumption stated_experts;
extern const TrainingAssumption no_context;
extern const TrainingAssumption fixed_hops;
extern const TrainingAssumption free_hops;
extern const TrainingAssumption equal_shards;
extern const TrainingAssumption whole_sharding;
extern const TrainingAssumption layer_buckets;
extern const TrainingAssumption one_layer_ahead;
extern const TrainingAssumption scatters_keep_up;
extern const TrainingAssumption stated_gradients;
extern const TrainingAssumption no_norm;
extern const TrainingAssumption no_embedding_sum;
extern const TrainingAssumption nobody_contends;

}  // namespace lockstep::validation
