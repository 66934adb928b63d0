#include "workloads/schedules/check_schedule.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "workloads/schedules/recurrence.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

constexpr std::uint32_t nowhere = UINT32_MAX;

// Counts pairs once, as the formats do.
std::size_t entry_number(const std::vector<Task>& tasks, std::size_t position) {
  std::size_t number = position;
  for (std::size_t i = 0; i < position; ++i) number -= tasks[i].overlaps_next ? 1 : 0;
  return number;
}

std::string quoted(const Task& task) {
  return "'" + task_text(task) + "'";
}

class ScheduleCheck {
 public:
  ScheduleCheck(const Schedule& schedule, const std::string& where) : schedule_(schedule), where_(where) {}

  void run() {
    check_shape();
    for (std::uint32_t device = 0; device < schedule_.devices(); ++device) check_entries(device);
    seen_.assign(kinds * slots(), nowhere);
    for (std::uint32_t device = 0; device < schedule_.devices(); ++device) check_order(device);
    check_completeness();
    for (std::uint32_t device = 0; device < schedule_.devices(); ++device) check_parameters(device);
    if (schedule_.transfers == TransferListing::listed) check_transfers();
    check_progress();
  }

 private:
  static constexpr std::size_t kinds = static_cast<std::size_t>(Action::receive_backward) + 1;

  std::size_t slots() const { return std::size_t{schedule_.chunks()} * schedule_.microbatches; }
  // The position of a task of a microbatch on the device of its chunk, or nowhere.
  std::uint32_t& seen(Action action, std::uint32_t chunk, std::uint32_t microbatch) {
    return seen_[static_cast<std::size_t>(action) * slots() + std::size_t{chunk} * schedule_.microbatches + microbatch];
  }
  std::uint32_t& seen(const Task& task) { return seen(task.action, task.chunk, task.microbatch); }

  [[noreturn]] void refuse(const std::string& problem) const {
    throw InputError({.where = where_, .problem = problem});
  }
  [[noreturn]] void refuse(std::uint32_t device, std::size_t position, const std::string& problem) const {
    refuse_entry(schedule_, device, position, where_, problem);
  }

  void check_shape() const {
    if (schedule_.tasks.empty() || schedule_.device_of.empty()) refuse("the schedule is empty");
    if (schedule_.microbatches == 0) refuse("the schedule has no microbatches");
    if (schedule_.chunks() > most_chunks) {
      refuse("the schedule has " + std::to_string(schedule_.chunks()) + " stages, more than the " +
             std::to_string(most_chunks) + " allowed");
    }
    if (schedule_.copies == 0 || schedule_.chunks() % schedule_.copies != 0 ||
        schedule_.copies > schedule_.microbatches) {
      refuse(std::to_string(schedule_.chunks()) + " stages cannot be " + std::to_string(schedule_.copies) +
             " equal copies of a model, each with a microbatch of its own");
    }
    if (std::uint64_t{schedule_.chunks()} * schedule_.microbatches > most_tasks) {
      refuse("a schedule of " + std::to_string(schedule_.chunks()) + " stages and " +
             std::to_string(schedule_.microbatches) + " microbatches is too large");
    }
    // A number with a digit too many must not cost the memory of so many microbatches.
    constexpr std::uint64_t large = 1 << 20;
    const std::uint64_t least = 2 * std::uint64_t{schedule_.stages()} * schedule_.microbatches;
    if (least > large && schedule_.task_count() < least) {
      refuse("the schedule has " + std::to_string(schedule_.task_count()) + " entries, too few for the forwards and " +
             "backwards of " + std::to_string(schedule_.microbatches) + " microbatches through " +
             std::to_string(schedule_.stages()) + " stages");
    }
    for (std::uint32_t chunk = 0; chunk < schedule_.chunks(); ++chunk) {
      if (schedule_.device_of[chunk] < schedule_.devices()) continue;
      refuse("stage " + std::to_string(chunk) + " is placed on device " + std::to_string(schedule_.device_of[chunk]) +
             ", and there are " + std::to_string(schedule_.devices()));
    }
  }

  // What can be said of an entry alone.
  void check_entries(std::uint32_t device) const {
    const std::vector<Task>& tasks = schedule_.tasks[device];
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const Task& task = tasks[i];
      if (task.chunk >= schedule_.chunks()) {
        refuse(device, i,
               quoted(task) + " names a stage that does not exist: there are " + std::to_string(schedule_.chunks()));
      }
      if (schedule_.device_of[task.chunk] != device) {
        refuse(device, i,
               quoted(task) + " is about stage " + std::to_string(task.chunk) + ", which device " +
                   std::to_string(schedule_.device_of[task.chunk]) + " holds");
      }
      check_microbatch(device, i);
      if (task.overlaps_next) check_pair(device, i);
      if (is_transfer(task.action)) check_ends(device, i);
    }
  }

  void check_microbatch(std::uint32_t device, std::size_t position) const {
    const Task& task = schedule_.tasks[device][position];
    if (!has_microbatch(task.action)) return;
    const std::uint32_t first = schedule_.first_microbatch(task.chunk);
    const std::uint32_t end = schedule_.end_microbatch(task.chunk);
    if (task.microbatch >= first && task.microbatch < end) return;
    refuse(device, position,
           quoted(task) + " names a microbatch that stage " + std::to_string(task.chunk) + " does not have: its are " +
               std::to_string(first) + " to " + std::to_string(end - 1));
  }

  void check_pair(std::uint32_t device, std::size_t position) const {
    const std::vector<Task>& tasks = schedule_.tasks[device];
    const bool is_whole = position + 1 < tasks.size() && !tasks[position + 1].overlaps_next &&
                          is_computation(tasks[position].action) && is_computation(tasks[position + 1].action);
    if (!is_whole) refuse(device, position, "only two computations can overlap");
  }

  void check_ends(std::uint32_t device, std::size_t position) const {
    const Task& task = schedule_.tasks[device][position];
    const bool to_next = task.action == Action::send_forward || task.action == Action::receive_backward;
    if (to_next ? schedule_.is_last(task.chunk) : schedule_.is_first(task.chunk)) {
      refuse(device, position, quoted(task) + " has no stage at its other end");
    }
    if (schedule_.device_of[schedule_.other_end(task)] != device) return;
    refuse(device, position, quoted(task) + " is a transfer between two stages of one device, which needs none");
  }

  // What comes before what on one device, and nothing twice.
  void check_order(std::uint32_t device) {
    const std::vector<Task>& tasks = schedule_.tasks[device];
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const Task& task = tasks[i];
      if (!has_microbatch(task.action)) continue;
      if (seen(task) != nowhere) {
        refuse(device, i,
               quoted(task) + " is there twice, first as entry " + std::to_string(entry_number(tasks, seen(task))));
      }
      if (gives_gradient(task.action)) {
        require_before(device, i, Action::forward, "the forward");
        const Action other = task.action == Action::backward ? Action::input_gradient : Action::backward;
        if (seen(other, task.chunk, task.microbatch) != nowhere) {
          refuse(device, i,
                 quoted(task) + " repeats the backward " + quoted({task.microbatch, task.chunk, other}) +
                     " of the same microbatch");
        }
      }
      if (task.action == Action::weight_gradient) {
        if (seen(Action::backward, task.chunk, task.microbatch) != nowhere) {
          refuse(device, i,
                 quoted(task) + " repeats the weight gradient of the full backward " +
                     quoted({task.microbatch, task.chunk, Action::backward}));
        }
        require_before(device, i, Action::input_gradient, "the input gradient");
      }
      seen(task) = static_cast<std::uint32_t>(i);
    }
  }

  void require_before(std::uint32_t device, std::size_t position, Action action, const std::string& what) {
    const Task& task = schedule_.tasks[device][position];
    if (seen(action, task.chunk, task.microbatch) != nowhere) return;
    refuse(
        device, position,
        quoted(task) + " comes without " + what + " " + quoted({task.microbatch, task.chunk, action}) + " before it");
  }

  void check_completeness() {
    for (std::uint32_t chunk = 0; chunk < schedule_.chunks(); ++chunk) {
      for (std::uint32_t m = schedule_.first_microbatch(chunk); m < schedule_.end_microbatch(chunk); ++m) {
        const bool has_input = seen(Action::input_gradient, chunk, m) != nowhere;
        if (seen(Action::forward, chunk, m) == nowhere) missing(Action::forward, "forward", chunk, m);
        if (!has_input && seen(Action::backward, chunk, m) == nowhere) missing(Action::backward, "backward", chunk, m);
        if (has_input && seen(Action::weight_gradient, chunk, m) == nowhere) {
          missing(Action::weight_gradient, "weight gradient", chunk, m);
        }
      }
    }
  }

  [[noreturn]] void missing(Action action, const std::string& what, std::uint32_t chunk,
                            std::uint32_t microbatch) const {
    const std::uint32_t device = schedule_.device_of[chunk];
    refuse("device " + std::to_string(device) + " lacks the " + what + " " +
           quoted({microbatch, static_cast<std::uint16_t>(chunk), action}) + ": " +
           std::to_string(count(device, chunk, action)) + " of " +
           std::to_string(schedule_.end_microbatch(chunk) - schedule_.first_microbatch(chunk)) +
           " microbatches of stage " + std::to_string(chunk) + " have one");
  }

  std::size_t count(std::uint32_t device, std::uint32_t chunk, Action action) const {
    const auto& tasks = schedule_.tasks[device];
    return static_cast<std::size_t>(std::count_if(
        tasks.begin(), tasks.end(), [&](const Task& task) { return task.chunk == chunk && task.action == action; }));
  }

  // Parameters are gathered before they are used and not released while they are not there; gradients are reduced last.
  void check_parameters(std::uint32_t device) const {
    const std::vector<Task>& tasks = schedule_.tasks[device];
    std::map<std::uint32_t, bool> gathered, reduced;
    for (const Task& task : tasks) {
      if (task.action == Action::gather) gathered[task.chunk] = false;
    }
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const Task& task = tasks[i];
      const auto state = gathered.find(task.chunk);
      if (task.action == Action::gather) {
        if (state->second) refuse(device, i, quoted(task) + " gathers parameters that are there already");
        state->second = true;
      } else if (task.action == Action::release) {
        if (state == gathered.end() || !state->second) {
          refuse(device, i, quoted(task) + " releases parameters that were not gathered");
        }
        state->second = false;
      } else if (is_computation(task.action)) {
        if (state != gathered.end() && !state->second) {
          refuse(device, i, quoted(task) + " needs parameters that are not gathered at this time");
        }
        if (task.action != Action::forward && reduced[task.chunk]) {
          refuse(device, i, quoted(task) + " comes after the gradients of its stage were reduced");
        }
      }
      if (task.action == Action::reduce_gradients) reduced[task.chunk] = true;
    }
  }

  void check_transfers() {
    for (std::uint32_t device = 0; device < schedule_.devices(); ++device) {
      const std::vector<Task>& tasks = schedule_.tasks[device];
      for (std::size_t i = 0; i < tasks.size(); ++i) {
        if (is_transfer(tasks[i].action)) {
          check_transfer(device, i);
        } else if (tasks[i].action == Action::forward || gives_gradient(tasks[i].action)) {
          check_input(device, i);
        }
      }
    }
    check_message_order();
  }

  // A send needs its result and a receive, a receive its send.
  void check_transfer(std::uint32_t device, std::size_t position) {
    const Task& task = schedule_.tasks[device][position];
    static constexpr std::array<Action, 4> others = {Action::receive_forward, Action::send_forward,
                                                     Action::receive_backward, Action::send_backward};
    const Action other =
        others.at(static_cast<std::size_t>(task.action) - static_cast<std::size_t>(Action::send_forward));
    const Task partner{task.microbatch, static_cast<std::uint16_t>(schedule_.other_end(task)), other};
    if (seen(partner) == nowhere) {
      refuse(device, position,
             quoted(task) + " lacks its other half " + quoted(partner) + " on device " +
                 std::to_string(schedule_.device_of[partner.chunk]));
    }
    auto is_made = [&](Action action) {
      const std::uint32_t at = seen(action, task.chunk, task.microbatch);
      return at != nowhere && at < position;
    };
    if (task.action == Action::send_forward && !is_made(Action::forward)) {
      refuse(device, position, quoted(task) + " sends activations before the forward has made them");
    }
    if (task.action == Action::send_backward && !is_made(Action::backward) && !is_made(Action::input_gradient)) {
      refuse(device, position, quoted(task) + " sends gradients before the backward has made them");
    }
  }

  // A computation needs what it takes from another device received before it.
  void check_input(std::uint32_t device, std::size_t position) {
    const Task& task = schedule_.tasks[device][position];
    const bool is_forward = task.action == Action::forward;
    if (is_forward ? schedule_.is_first(task.chunk) : schedule_.is_last(task.chunk)) return;
    const std::uint32_t from = is_forward ? task.chunk - 1U : task.chunk + 1U;
    if (schedule_.device_of[from] == device) return;
    const Action action = is_forward ? Action::receive_forward : Action::receive_backward;
    if (seen(action, task.chunk, task.microbatch) < position) return;
    refuse(device, position,
           quoted(task) + " comes without its input received before it, by " +
               quoted({task.microbatch, task.chunk, action}));
  }

  // Messages from one device to another of one direction arrive in the order in which they were sent.
  void check_message_order() {
    std::map<std::array<std::uint32_t, 3>, std::vector<Task>> sent, taken;
    for (std::uint32_t device = 0; device < schedule_.devices(); ++device) {
      for (const Task& task : schedule_.tasks[device]) {
        if (!is_transfer(task.action)) continue;
        const std::uint32_t peer = schedule_.device_of[schedule_.other_end(task)];
        const bool is_send = task.action == Action::send_forward || task.action == Action::send_backward;
        const bool is_forward = task.action == Action::send_forward || task.action == Action::receive_forward;
        if (is_send) {
          sent[{device, peer, is_forward}].push_back(task);
        } else {
          taken[{peer, device, is_forward}].push_back(task);
        }
      }
    }
    for (const auto& [ends, sends] : sent) {
      const std::vector<Task>& receives = taken[ends];
      for (std::size_t i = 0; i < sends.size(); ++i) {
        const Task& receive = receives[i];
        if (receive.microbatch == sends[i].microbatch && schedule_.other_end(receive) == sends[i].chunk) continue;
        refuse(ends[1], seen(receive),
               quoted(receive) + " is out of order: what device " + std::to_string(ends[0]) + " sends next is " +
                   quoted(sends[i]));
      }
    }
  }

  void check_progress() const {
    ScheduleTimes times;
    times.forward = times.backward = times.input_gradient = times.weight_gradient = TimeTable(Seconds(1));
    Recurrence recurrence;
    if (recurrence.evaluate(schedule_, times)) return;
    throw SimulationError((where_.empty() ? "" : where_ + ": ") + "the schedule is deadlocked:\n" +
                          recurrence.deadlock());
  }

  const Schedule& schedule_;
  const std::string& where_;
  std::vector<std::uint32_t> seen_;
};

}  // namespace

void check_schedule(const Schedule& schedule, const std::string& where) {
  ScheduleCheck(schedule, where).run();
}

std::string marked_row(const std::vector<Task>& tasks, std::size_t position) {
  constexpr std::size_t shown = 6;  // entries on either side
  std::size_t begin = position > shown ? position - shown : 0;
  if (begin > 0 && tasks[begin - 1].overlaps_next) --begin;
  const std::size_t end = std::min(tasks.size(), position + shown + 1);
  std::string row = begin > 0 ? "… " : "";
  for (std::size_t i = begin; i < end; ++i) {
    const bool is_pair = tasks[i].overlaps_next && i + 1 < tasks.size();
    const bool is_marked = i == position || (is_pair && i + 1 == position);
    row += entry_text(tasks, i) + (is_marked ? " <-- HERE" : "") + (i + 1 + (is_pair ? 1 : 0) < end ? " " : "");
    if (is_pair) ++i;
  }
  return row + (end < tasks.size() ? " …" : "");
}

void refuse_entry(const Schedule& schedule, std::uint32_t device, std::size_t position, const std::string& where,
                  const std::string& problem) {
  const std::vector<Task>& tasks = schedule.tasks[device];
  throw InputError({.where = (where.empty() ? "" : where + ": ") + "device " + std::to_string(device) + ", entry " +
                             std::to_string(entry_number(tasks, position)),
                    .problem = problem + "\n  device " + std::to_string(device) + ": " + marked_row(tasks, position)});
}

}  // namespace lockstep::workloads
