#include "cli/replica_progress.hpp"

#include <fmt/format.h>

namespace lockstep::cli {
namespace {

constexpr std::chrono::milliseconds between_statuses(200);

// "412 of 1000 replicas, mean known to ± 0.4 %".
std::string text_of(const studies::ReplicaProgress& progress) {
  std::string text = fmt::format("{} of {} replicas", progress.done, progress.most);
  if (progress.precision) {
    text += fmt::format(", mean known to ± {:.2g} %", 100 * *progress.precision);
  }
  return text;
}

std::string bar_of(const studies::ReplicaProgress& progress) {
  constexpr std::size_t width = 30;
  const auto done = static_cast<std::size_t>(static_cast<double>(width) * progress.done / progress.most);
  return "[" + std::string(done, '#') + std::string(width - done, '.') + "] ";
}

}  // namespace

ReplicaProgressNotes::ReplicaProgressNotes(const Voice& voice, std::chrono::milliseconds first)
    : voice_(voice), next_note_(first), next_status_(between_statuses) {}

ReplicaProgressNotes::~ReplicaProgressNotes() {
  if (voice_.status) voice_.status("");
}

void ReplicaProgressNotes::tell(const studies::ReplicaProgress& progress) {
  const Clock::duration passed = Clock::now() - began_;
  if (voice_.status) {
    if (passed < next_status_) return;
    next_status_ = passed + between_statuses;
    voice_.status(bar_of(progress) + text_of(progress));
  } else if (voice_.note && passed >= next_note_) {
    next_note_ = 2 * passed;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(passed).count();
    voice_.note(fmt::format("{} after {} s", text_of(progress), seconds));
  }
}

}  // namespace lockstep::cli
