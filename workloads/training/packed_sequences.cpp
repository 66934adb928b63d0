#include "workloads/training/packed_sequences.hpp"

#include "workloads/costs/operators.hpp"

namespace lockstep::workloads {
namespace {

// How often a token of the document meets one, as itself or one before.
double meetings(const Attention& attention, std::uint64_t length) {
  return static_cast<double>(length) * keys_met(attention, length);
}

}  // namespace

std::optional<PackedSequences> packed_sequences(const TrainingSpec& spec) {
  const auto* transformer = std::get_if<TransformerModel>(&spec.model);
  if (transformer == nullptr || spec.execution.attention != AttentionKernel::flash) return std::nullopt;
  return PackedSequences{.sequences = spec.execution.microbatch,
                         .tokens = spec.execution.sequence_length,
                         .attention = transformer->attention};
}

double attention_share(const PackedSequences& packed, std::span<const std::uint64_t> lengths) {
  double sum = 0;
  for (const std::uint64_t length : lengths) sum += meetings(packed.attention, length);
  return sum / (static_cast<double>(packed.sequences) * meetings(packed.attention, packed.tokens));
}

}  // namespace lockstep::workloads
