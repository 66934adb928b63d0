#pragma once

#include <optional>
#include <string_view>

#include "workloads/schedules/schedule.hpp"

// Entries of schedules as text: "0F7", "3UNSHARD", "(0F7;7B3)OVERLAP_F_B".
namespace lockstep::workloads {

// What B means. PyTorch wrote B for the input gradient and BW for the whole backward until the end of 2024; since then
// I is the input gradient, and B the whole.
enum class ScheduleNotation : std::uint8_t { current, legacy };

// An entry as it is written, before anybody says what B means.
struct WrittenTask {
  std::string_view action;  // "F", "BW", "RECV_F"
  Task task;                // but for its action
};
// One task, or the two of a pair; none where the text is no entry at all.
std::optional<std::vector<WrittenTask>> split_entry(std::string_view text);

// The action of that name; absent where the notation has none.
std::optional<Action> action_from(std::string_view name, ScheduleNotation notation);

// "write entries like …", for messages.
std::string entry_suggestion();

}  // namespace lockstep::workloads
