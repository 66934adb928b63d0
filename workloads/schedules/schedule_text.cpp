#include "workloads/schedules/schedule_text.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

struct NamedAction {
  std::string_view name;
  Action action;
};

constexpr std::array named_actions = {NamedAction{"F", Action::forward},
                                      NamedAction{"W", Action::weight_gradient},
                                      NamedAction{"SEND_F", Action::send_forward},
                                      NamedAction{"RECV_F", Action::receive_forward},
                                      NamedAction{"SEND_B", Action::send_backward},
                                      NamedAction{"RECV_B", Action::receive_backward},
                                      NamedAction{"UNSHARD", Action::gather},
                                      NamedAction{"RESHARD", Action::release},
                                      NamedAction{"REDUCE_GRAD", Action::reduce_gradients},
                                      NamedAction{"OPTIMIZER", Action::optimizer}};

// Takes the number at the front of the text.
template <class Number>
std::optional<Number> take_number(std::string_view& text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<WrittenTask> split_task(std::string_view text) {
  const auto chunk = take_number<std::uint32_t>(text);
  if (!chunk || *chunk >= most_chunks) return std::nullopt;
  std::size_t length = 0;
  while (length < text.size() && (text[length] == '_' || (text[length] >= 'A' && text[length] <= 'Z'))) ++length;
  WrittenTask written{text.substr(0, length), {.chunk = static_cast<std::uint16_t>(*chunk)}};
  text.remove_prefix(length);
  const auto action = action_from(written.action, ScheduleNotation::current);
  const bool has_number = !action || has_microbatch(*action);
  if (has_number) {
    const auto microbatch = take_number<std::uint32_t>(text);
    if (!microbatch || *microbatch >= most_tasks) return std::nullopt;
    written.task.microbatch = *microbatch;
  }
  if (!text.empty() || length == 0) return std::nullopt;
  return written;
}

}  // namespace

std::optional<Action> action_from(std::string_view name, ScheduleNotation notation) {
  const bool is_current = notation == ScheduleNotation::current;
  if (name == "B") return is_current ? Action::backward : Action::input_gradient;
  if (name == (is_current ? "I" : "BW")) return is_current ? Action::input_gradient : Action::backward;
  for (const NamedAction& entry : named_actions) {
    if (entry.name == name) return entry.action;
  }
  return std::nullopt;
}

std::optional<std::vector<WrittenTask>> split_entry(std::string_view text) {
  if (!text.starts_with('(')) {
    const auto task = split_task(text);
    if (!task) return std::nullopt;
    return std::vector{*task};
  }
  const std::size_t close = text.find(')');
  if (close == std::string_view::npos || text.substr(close + 1) != "OVERLAP_F_B") return std::nullopt;
  const std::string_view inside = text.substr(1, close - 1);
  const std::size_t middle = inside.find(';');
  if (middle == std::string_view::npos) return std::nullopt;
  auto first = split_task(inside.substr(0, middle));
  const auto second = split_task(inside.substr(middle + 1));
  if (!first || !second) return std::nullopt;
  first->task.overlaps_next = true;
  return std::vector{*first, *second};
}

std::string entry_suggestion() {
  return "write entries like 0F3 (forward of microbatch 3 through stage 0), 0B3 (backward), 0I3 and 0W3 (its halves), "
         "0SEND_F3, 1RECV_F3, 0UNSHARD, or (0F7;7B3)OVERLAP_F_B";
}

}  // namespace lockstep::workloads
