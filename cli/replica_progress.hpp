#pragma once

#include <chrono>

#include "cli/voice.hpp"
#include "studies/replicas.hpp"

namespace lockstep::cli {

// Tells how far replicas have come: by a bar on a terminal, elsewhere by a note whenever twice as much time has passed.
class ReplicaProgressNotes {
 public:
  // The voice must outlive it.
  explicit ReplicaProgressNotes(const Voice& voice, std::chrono::milliseconds first = std::chrono::seconds(5));
  ~ReplicaProgressNotes();
  ReplicaProgressNotes(const ReplicaProgressNotes&) = delete;
  ReplicaProgressNotes& operator=(const ReplicaProgressNotes&) = delete;

  void tell(const studies::ReplicaProgress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  const Voice& voice_;
  Clock::time_point began_ = Clock::now();
  Clock::duration next_note_;
  Clock::duration next_status_;
};

}  // namespace lockstep::cli
