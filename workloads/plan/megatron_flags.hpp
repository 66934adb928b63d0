#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/json_text.hpp"

// Training jobs as Megatron-LM's command line states them (megatron/training/arguments.py).
namespace lockstep::workloads {

enum class FlagValue : std::uint8_t {
  number,   // of the field
  word,     // translated by `values`
  none,     // the flag alone sets the field to `values`
  derived,  // takes a value that decides about several fields
  alone,    // the same without a value
  ignored   // says nothing of how long a step takes, with or without values
};

// One flag and what it sets. Flags that are not in the table are refused: they may matter.
struct MegatronFlag {
  std::string_view flag;  // without the dashes in front
  FlagValue value;
  std::string_view field;   // of the training workload, "parallel.tensor"; empty for derived and ignored ones
  std::string_view values;  // of `word`: "rope=rotary,…"; of `none`: the value as JSON
};
std::span<const MegatronFlag> megatron_flags();

// The fields of a training workload that a launch line states, Megatron's defaults filled in where they differ from
// ours: "torchrun --nproc_per_node 8 --nnodes 4 pretrain_gpt.py --tensor-model-parallel-size 8 …". What comes before
// the script is only asked for the number of processes. Throws InputError at `where` naming flags that are unknown or
// broken.
Json fields_of_launch_line(const std::string& line, const std::string& where);

// The workload with "megatron" (a launch line) and keys that are Megatron flags ("tensor_model_parallel_size": 8),
// here or under "parallel", replaced by the fields that they stand for. Throws InputError where both state a field.
Json without_megatron_flags(const Json& workload, const std::string& where);

}  // namespace lockstep::workloads
