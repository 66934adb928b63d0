#include "workloads/schedules/lower_schedule.hpp"

#include <utility>

namespace lockstep::workloads {
namespace {

constexpr std::uint16_t overlapped_phase = 64;  // added to that of the first half
constexpr std::uint16_t pause_phase = 63;

Label label_of(const Task& task) {
  return {.phase = static_cast<std::uint16_t>(task.action), .layer = task.chunk, .microbatch = task.microbatch};
}

// What a device does for others: the chunk that goes on with a result, and with what.
struct Hop {
  bool is_forward = true;
  std::uint32_t to = 0;
};

// The hop that follows a task, also where it stays on the device; none for what ends here.
std::optional<Hop> hop_after(const Schedule& schedule, const Task& task) {
  if (task.action == Action::forward) {
    if (schedule.is_last(task.chunk)) return std::nullopt;
    return Hop{true, task.chunk + 1U};
  }
  if (!gives_gradient(task.action) || schedule.is_first(task.chunk)) return std::nullopt;
  return Hop{false, task.chunk - 1U};
}

}  // namespace

ScheduleProgram::ScheduleProgram(std::shared_ptr<const Schedule> schedule, ScheduleTimes times,
                                 std::optional<Bytes> message)
    : schedule_(std::move(schedule)), times_(std::move(times)), message_(message) {
  const std::size_t slots = 2 * std::size_t{schedule_->chunks()} * schedule_->microbatches;
  leaves_after_.resize(slots);
  if (schedule_->transfers == TransferListing::listed) received_by_.resize(slots);
  operations_.resize(schedule_->devices());
  messages_.resize(schedule_->devices());
  for (std::uint32_t device = 0; device < schedule_->devices(); ++device) place_tasks(device);
  if (!message_) return;
  arrivals_.resize(slots);
  add_messages();
}

// Whether the device is kept by a transfer once the task is done.
bool ScheduleProgram::pauses_after(const Task& task) const {
  if (times_.occupies != TransferOccupies::sender || message_) return false;
  if (schedule_->transfers == TransferListing::listed) {
    return task.action == Action::send_forward || task.action == Action::send_backward;
  }
  const auto hop = hop_after(*schedule_, task);
  return hop && schedule_->device_of[hop->to] != schedule_->device_of[task.chunk];
}

void ScheduleProgram::place_tasks(std::uint32_t device) {
  const std::vector<Task>& tasks = schedule_->tasks[device];
  std::vector<std::uint32_t>& operations = operations_[device];
  operations.reserve(tasks.size());
  const bool is_listed = schedule_->transfers == TransferListing::listed;
  auto last = [&] { return static_cast<std::uint32_t>(operations.size() - 1); };
  auto leave = [&](const Task& task) {
    if (pauses_after(task)) operations.push_back(pause);
    if (task.action == Action::send_forward || task.action == Action::send_backward) {
      const bool is_forward = task.action == Action::send_forward;
      leaves_after_[slot(is_forward, schedule_->other_end(task), task.microbatch)] = last();
    } else if (is_transfer(task.action)) {
      received_by_[slot(task.action == Action::receive_forward, task.chunk, task.microbatch)] = last();
    } else if (const auto hop = hop_after(*schedule_, task); hop && !is_listed) {
      leaves_after_[slot(hop->is_forward, hop->to, task.microbatch)] = last();
    }
  };
  for (std::uint32_t i = 0; i < tasks.size(); ++i) {
    operations.push_back(i);
    const std::uint32_t end = tasks[i].overlaps_next ? i + 1 : i;
    for (; i < end; ++i) leave(tasks[i]);
    leave(tasks[i]);
  }
  operations.shrink_to_fit();
}

ScheduleProgram::MessageStream& ScheduleProgram::message_stream(std::uint32_t device, std::uint32_t peer, Way way,
                                                                Tag tag) {
  for (MessageStream& stream : messages_[device]) {
    if (stream.peer == peer && stream.way == way && stream.tag == tag) return stream;
  }
  const bool is_ahead = way == Way::receiving && schedule_->transfers == TransferListing::implied;
  messages_[device].push_back({peer, way, tag, is_ahead, {}, {}});
  return messages_[device].back();
}

// Sends stand in the order in which a device makes what it sends; receives in that of their sender, which is the order
// in which a receiver that lists them must have them, too.
void ScheduleProgram::add_messages() {
  const bool is_listed = schedule_->transfers == TransferListing::listed;
  auto add = [&](std::uint32_t device, std::uint32_t subject, const Task& task, const Hop& hop) {
    const std::uint32_t to = schedule_->device_of[hop.to];
    if (to == device) return;
    const std::size_t hop_slot = slot(hop.is_forward, hop.to, task.microbatch);
    const Tag tag = hop.is_forward ? 0 : 1;
    MessageStream& sending = message_stream(device, to, Way::sending, tag);
    sending.waits.push_back(leaves_after_[hop_slot]);
    sending.subject.push_back(subject);
    MessageStream& receiving = message_stream(to, device, Way::receiving, tag);
    arrivals_[hop_slot] = {.stream = static_cast<std::uint32_t>(&receiving - messages_[to].data()) + 1,
                           .position = static_cast<std::uint32_t>(receiving.subject.size())};
    if (is_listed) receiving.waits.push_back(received_by_[hop_slot]);
    receiving.subject.push_back(subject);
  };
  for (std::uint32_t device = 0; device < schedule_->devices(); ++device) {
    const std::vector<Task>& tasks = schedule_->tasks[device];
    for (std::uint32_t i = 0; i < tasks.size(); ++i) {
      const Task& task = tasks[i];
      if (is_listed) {
        if (task.action != Action::send_forward && task.action != Action::send_backward) continue;
        add(device, i, task, {task.action == Action::send_forward, schedule_->other_end(task)});
      } else if (const auto hop = hop_after(*schedule_, task)) {
        add(device, i, task, *hop);
      }
    }
  }
}

std::uint32_t ScheduleProgram::stream_count(RankId rank) const {
  return static_cast<std::uint32_t>(1 + messages_[rank.value()].size());
}

StreamOrder ScheduleProgram::order(RankId rank, StreamId stream) const {
  const bool is_ahead = stream.value() > 0 && messages_[rank.value()][stream.value() - 1].is_ahead;
  return is_ahead ? StreamOrder::ahead : StreamOrder::in_turn;
}

std::uint64_t ScheduleProgram::length(RankId rank, StreamId stream) const {
  if (stream.value() == 0) return operations_[rank.value()].size();
  return messages_[rank.value()][stream.value() - 1].subject.size();
}

void ScheduleProgram::fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const {
  if (stream.value() == 0) return fetch_compute(rank.value(), position, op);
  fetch_message(messages_[rank.value()][stream.value() - 1], rank.value(), position, op);
}

void ScheduleProgram::fetch_compute(std::uint32_t device, std::uint64_t position, Op& op) const {
  const std::uint32_t number = operations_[device][position];
  if (number == pause) {
    op.waits.push_back({.stream = StreamId(0), .position = position - 1, .delay = times_.transfer});
    op.label = {.phase = pause_phase};
    return;
  }
  const Task& task = schedule_->tasks[device][number];
  op.label = label_of(task);
  add_waits(device, task, op);
  if (!is_computation(task.action)) return;
  op.kind = OpKind::compute;
  if (!task.overlaps_next) {
    op.work.nominal = times_.of(task);
    return;
  }
  const Task& other = schedule_->tasks[device][number + 1];
  op.label.phase = static_cast<std::uint16_t>(op.label.phase + overlapped_phase);
  add_waits(device, other, op);
  op.work.nominal = times_.of_pair(task, other);
}

void ScheduleProgram::add_waits(std::uint32_t device, const Task& task, Op& op) const {
  if (task.action != Action::forward && !gives_gradient(task.action)) return;
  const bool is_forward = task.action == Action::forward;
  if (is_forward ? schedule_->is_first(task.chunk) : schedule_->is_last(task.chunk)) return;
  const std::uint32_t from = schedule_->device_of[is_forward ? task.chunk - 1U : task.chunk + 1U];
  // What the device itself has made is there, by the order of its list.
  if (from == device) return;
  const std::size_t input = slot(is_forward, task.chunk, task.microbatch);
  if (message_) {
    op.waits.push_back({StreamId(arrivals_[input].stream), arrivals_[input].position});
    return;
  }
  const Seconds delay = times_.occupies == TransferOccupies::nobody ? times_.transfer : Seconds(0);
  op.waits.push_back({StreamId(0), leaves_after_[input], RankId(from), delay});
  if (received_by_.empty()) return;
  op.waits.push_back({.stream = StreamId(0), .position = received_by_[input], .delay = times_.transfer});
}

void ScheduleProgram::fetch_message(const MessageStream& stream, std::uint32_t device, std::uint64_t position,
                                    Op& op) const {
  const bool is_sending = stream.way == Way::sending;
  const std::uint32_t sender = is_sending ? device : stream.peer;
  op.label = label_of(schedule_->tasks[sender][stream.subject[position]]);
  if (!stream.waits.empty()) op.waits.push_back({StreamId(0), stream.waits[position]});
  if (is_sending) {
    op.sends.push_back({.peer = RankId(stream.peer), .tag = stream.tag, .bytes = *message_});
  } else {
    op.receives.push_back({.peer = RankId(stream.peer), .tag = stream.tag});
  }
}

std::string ScheduleProgram::stream_name(RankId rank, StreamId stream) const {
  if (stream.value() == 0) return "compute";
  const MessageStream& messages = messages_[rank.value()][stream.value() - 1];
  return std::string(messages.tag == 0 ? "activations" : "gradients") +
         (messages.way == Way::sending ? " to " : " from ") + std::to_string(messages.peer);
}

std::string ScheduleProgram::label_text(const Label& label) const {
  if (label.phase == pause_phase) return "sends";
  const bool is_pair = label.phase >= overlapped_phase;
  const auto action = static_cast<Action>(is_pair ? label.phase - overlapped_phase : label.phase);
  const std::string text = task_text({label.microbatch, label.layer, action});
  return is_pair ? "OVERLAP_F_B " + text : text;
}

std::optional<DataPart> ScheduleProgram::data_part(RankId, const Label& label) const {
  if (label.phase == pause_phase) return std::nullopt;
  return DataPart{.replica = 0, .microbatch = label.microbatch};
}

std::optional<std::uint32_t> ScheduleProgram::task_of(RankId rank, std::uint64_t position) const {
  const std::uint32_t number = operations_[rank.value()][position];
  if (number == pause) return std::nullopt;
  return number;
}

}  // namespace lockstep::workloads
