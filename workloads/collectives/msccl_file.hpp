#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workloads/collectives/collective_plan.hpp"

// Collective algorithms as MSCCL's tools write them (github.com/microsoft/msccl-tools): XML that gives each threadblock
// of each GPU its steps.
namespace lockstep::workloads {

enum class MscclBuffer : std::uint8_t { input, output, scratch };

// A step receives, combines what came with what is at its source, stores at its destination, and sends; or works on the
// GPU's own data alone.
struct MscclStepKind {
  const char* name;
  bool receives, reduces, stores, sends;
};

struct MscclPlace {
  MscclBuffer buffer = MscclBuffer::input;
  std::uint32_t chunk = 0;
};

struct MscclStep {
  MscclStepKind kind = {};
  MscclPlace source = {};
  MscclPlace destination = {};
  std::uint32_t count = 0;  // of chunks
  // It waits for that step of that threadblock of the same GPU, both counted from 0 in the order of the file.
  struct Dependence {
    std::uint32_t block;
    std::uint32_t step;
  };
  std::optional<Dependence> dependence = {};
  std::size_t line = 0;
};

struct MscclBlock {
  std::uint32_t id = 0;
  std::optional<std::uint32_t> send_peer, receive_peer;
  std::uint32_t channel = 0;
  std::vector<MscclStep> steps;
};

struct MscclGpu {
  std::uint32_t scratch = 0;  // chunks
  std::vector<MscclBlock> blocks;
};

struct MscclFile {
  std::string path;
  std::string name;
  Operation operation = Operation::all_reduce;
  bool in_place = false;
  std::uint32_t chunks = 0;  // of the vector (of all_to_all: of each GPU's buffer)
  std::vector<MscclGpu> gpus;

  // Chunks of a buffer of any GPU, and the number of its first one where in-place buffers are one vector.
  std::uint32_t size(MscclBuffer buffer, std::uint32_t gpu) const;
  // "file.xml: line 12: gpu 0, tb 1, step 3".
  std::string where(std::uint32_t gpu, std::uint32_t block, std::uint32_t step) const;
};

// Throws InputError naming line, gpu, tb and step for anything that is not as MSCCL has it. `path` is for messages.
MscclFile read_msccl_file(const std::string& text, const std::string& path);

}  // namespace lockstep::workloads
