#pragma once

#include <cstdint>
#include <string>
#include <vector>

// A pipeline schedule as data: what each device does, in order. Its times are no part of it.
namespace lockstep::workloads {

enum class Action : std::uint8_t {
  forward,
  backward,         // the whole of it: input gradient and weight gradient
  input_gradient,   // the half that the chunk before waits for
  weight_gradient,  // the half that nobody waits for
  send_forward,     // activations leave for the next chunk
  receive_forward,  // activations may come in
  send_backward,    // gradients leave for the chunk before
  receive_backward,
  gather,            // of a chunk's parameters (UNSHARD); this and the following are about no microbatch
  release,           // of gathered parameters (RESHARD)
  reduce_gradients,  // over the data-parallel replicas
  optimizer
};

// One entry of a device's list. An overlapped pair is two entries that follow each other.
struct Task {
  std::uint32_t microbatch = 0;
  std::uint16_t chunk = 0;
  Action action = Action::forward;
  bool overlaps_next = false;  // runs at the same time as the entry after it
  friend bool operator==(const Task&, const Task&) = default;
};

bool has_microbatch(Action action);
bool is_transfer(Action action);
// Forward, backward, and its halves.
bool is_computation(Action action);
// The backward, or the half of it that the chunk before waits for.
inline bool gives_gradient(Action action) {
  return action == Action::backward || action == Action::input_gradient;
}

enum class TransferListing : std::uint8_t {
  implied,  // what a chunk computes leaves for the next as soon as it is there
  listed    // transfers are entries of the lists
};

// A model is cut into stages, chunks of it that follow each other. There is one copy of the model, or one for each
// direction in which microbatches flow (Chimera, DualPipe). Chunks are numbered copy by copy, each from the input to
// the loss, and the microbatches are shared out to the copies in equal runs.
struct Schedule {
  std::uint32_t microbatches = 0;
  std::uint32_t copies = 1;
  std::vector<std::uint32_t> device_of;  // of each chunk
  std::vector<std::vector<Task>> tasks;  // of each device, in order
  TransferListing transfers = TransferListing::implied;

  std::uint32_t devices() const { return static_cast<std::uint32_t>(tasks.size()); }
  std::uint32_t chunks() const { return static_cast<std::uint32_t>(device_of.size()); }
  std::uint32_t stages() const { return chunks() / copies; }
  bool is_first(std::uint32_t chunk) const { return chunk % stages() == 0; }
  bool is_last(std::uint32_t chunk) const { return (chunk + 1) % stages() == 0; }
  // The microbatches that a chunk works on: [first, end).
  std::uint32_t first_microbatch(std::uint32_t chunk) const { return first_of_copy(chunk / stages()); }
  std::uint32_t end_microbatch(std::uint32_t chunk) const { return first_of_copy(chunk / stages() + 1); }
  // The chunk that a send is for, or that a receive is from.
  std::uint32_t other_end(const Task& transfer) const {
    const bool is_next = transfer.action == Action::send_forward || transfer.action == Action::receive_backward;
    return is_next ? transfer.chunk + 1U : transfer.chunk - 1U;
  }
  // The most chunks that a device holds.
  std::uint32_t chunks_per_device() const;
  std::uint64_t task_count() const;

  friend bool operator==(const Schedule&, const Schedule&) = default;

 private:
  std::uint32_t first_of_copy(std::uint32_t copy) const {
    return static_cast<std::uint32_t>((std::uint64_t{copy} * microbatches + copies - 1) / copies);
  }
};

// Placements of chunks: round the devices again and again; down the devices and up again; down the devices with one
// copy and up with the other.
std::vector<std::uint32_t> loop_placement(std::uint32_t devices, std::uint32_t chunks_per_device);
std::vector<std::uint32_t> v_placement(std::uint32_t devices);
std::vector<std::uint32_t> mirrored_placement(std::uint32_t devices);

// "3F7", "0UNSHARD": as PyTorch writes it since the end of 2024.
std::string task_text(const Task& task);
// The entry at `position`; both halves of a pair: "(0F7;7B3)OVERLAP_F_B".
std::string entry_text(const std::vector<Task>& tasks, std::size_t position);

}  // namespace lockstep::workloads
