#pragma once

#include <cstdint>
#include <span>

namespace lockstep::workloads {

// What a rank spends time and traffic on in a training step. The phase of each operation's label is one of these.
enum class Purpose : std::uint8_t {
  compute,
  optimizer,
  tensor,      // collectives of tensor and sequence parallelism
  expert,      // tokens to experts and back
  context,     // keys and values round the context ranks
  pipeline,    // activations and their gradients between stages
  gradients,   // sums over the replicas
  parameters,  // gathering of weights that ZeRO shards
  embedding,   // the sum of the gradients of tied embeddings
  norm         // the sum of the gradients' norm
};
constexpr std::size_t purpose_count = 10;
const char* to_text(Purpose purpose);

}  // namespace lockstep::workloads
