#pragma once

#include <cstdint>
#include <vector>

#include "workloads/training/training_spec.hpp"

// What a checkpoint of a training job consists of, rank by rank.
namespace lockstep::workloads {

// Which of the ranks that hold the same bytes write them: all in equal parts, as torch.distributed.checkpoint and
// Megatron-LM's fully parallel save do, or those of the first replica.
enum class CheckpointWriters : std::uint8_t { all, first_replica };
const char* to_text(CheckpointWriters writers);

struct CheckpointLoad {
  std::vector<Bytes> written;  // by each rank; together every byte of the model's state once
  std::vector<Bytes> loaded;   // what each rank holds: replicas of weights are loaded by each of them

  Bytes total_written() const;
  Bytes total_loaded() const;
  // How long the slowest rank takes to copy what it writes at that speed (into its host's memory).
  Seconds snapshot_time(Bandwidth bandwidth) const;
};

// Weights and the optimizer's state, as memory_of() counts them: 14 bytes a weight with Adam in 16 bits. Prediction
// modules are part of it; gradients are not. `spec` has a legal plan, its chunks routed as its schedule routes them.
CheckpointLoad checkpoint_load_of(const TrainingSpec& spec, CheckpointWriters writers = CheckpointWriters::all);
// `total` bytes in equal parts, of which each rank loads what it has written.
CheckpointLoad even_checkpoint(Bytes total, std::uint32_t ranks);

}  // namespace lockstep::workloads
