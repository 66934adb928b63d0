#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "workloads/training/training_spec.hpp"

namespace lockstep::workloads {

// What the documents of a microbatch are packed into: so many sequences of so many tokens each. Tokens attend to their
// own document alone, so that what attention costs goes by the squares of the documents' lengths.
struct PackedSequences {
  std::uint64_t sequences = 1;
  std::uint64_t tokens = 1;
  Attention attention = {};
};

// Of a job; absent where nothing is known of its attention, or where that works out all scores whether they count or
// not.
std::optional<PackedSequences> packed_sequences(const TrainingSpec& spec);

// What attention costs in a microbatch of these documents, of what it costs where each sequence is one document.
double attention_share(const PackedSequences& packed, std::span<const std::uint64_t> lengths);

}  // namespace lockstep::workloads
