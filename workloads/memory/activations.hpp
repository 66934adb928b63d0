#pragma once

#include "workloads/models/model.hpp"
#include "workloads/training/execution.hpp"

// What the forward pass of one microbatch leaves behind on one rank until its backward pass. For a GPT in 16 bits this
// is the table of Korthikanti et al., arXiv 2205.05198, section 4: s b h (10 + 24/t + 5as/(ht)); docs/models.md has
// the general form.
namespace lockstep::workloads {

struct LayerActivations {
  Bytes kept = {};        // under the execution's recompute
  Bytes everything = {};  // as if nothing were worked out again: what a layer needs while its backward pass runs
};
LayerActivations layer_activations(const TransformerModel& model, LayerKind kind, const Execution& execution);
LayerActivations layer_activations(const SampledModel& model, const Execution& execution);

// Of what stands before the first layer (masks of dropped values) and after the last one (inputs of norm and head,
// logits in 32 bits).
Bytes input_activations(const TransformerModel& model, const Execution& execution);
Bytes output_activations(const TransformerModel& model, const Execution& execution);
// Of one multi-token-prediction module, its head included.
Bytes prediction_activations(const TransformerModel& model, const Execution& execution);

}  // namespace lockstep::workloads
