#pragma once

#include <memory>
#include <optional>

#include "workloads/schedules/schedule_times.hpp"
#include "workloads/step_program/step_program.hpp"

namespace lockstep::workloads {

// Any schedule as a step program: rank i is its device i. Stream 0 computes. Hops between devices either take the fixed
// time that ScheduleTimes states, as dependencies between ranks, or are messages: then a rank has one more stream for
// each neighbour, direction and way, so that no transfer keeps it from computing, and receives are issued ahead where
// the schedule does not say when. Nothing is copied from the schedule but the places that others wait for.
class ScheduleProgram final : public StepProgram {
 public:
  // With `message` every hop is a message of so many bytes. The schedule must have passed check_schedule, or have come
  // from the catalogue.
  ScheduleProgram(std::shared_ptr<const Schedule> schedule, ScheduleTimes times, std::optional<Bytes> message);

  std::uint32_t rank_count() const override { return schedule_->devices(); }
  std::uint32_t stream_count(RankId rank) const override;
  StreamOrder order(RankId rank, StreamId stream) const override;
  std::uint64_t length(RankId rank, StreamId stream) const override;
  bool has_delays() const override { return times_.transfer > Seconds(0) && !message_; }
  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override;
  bool has_microbatches() const override { return true; }
  // Of two tasks at once the first one's.
  std::optional<DataPart> data_part(RankId rank, const Label& label) const override;
  std::string stream_name(RankId rank, StreamId stream) const override;
  // "3F7", as the schedule's formats write it.
  std::string label_text(const Label& label) const override;

  const Schedule& schedule() const { return *schedule_; }
  const std::shared_ptr<const Schedule>& shared_schedule() const { return schedule_; }
  const ScheduleTimes& times() const { return times_; }
  // Of each hop, where hops are messages.
  const std::optional<Bytes>& message() const { return message_; }
  // The entry of the device's list that an operation of stream 0 runs (of a pair the first); none for a pause.
  std::optional<std::uint32_t> task_of(RankId rank, std::uint64_t position) const;
  // What the entry of a device's list has to wait for before it begins, the order of the list aside.
  void add_waits(std::uint32_t device, const Task& task, Op& op) const;

 private:
  enum class Way : std::uint8_t { sending, receiving };
  // The messages between a device and another in one direction.
  struct MessageStream {
    std::uint32_t peer = 0;
    Way way = Way::sending;
    Tag tag = 0;                         // one for activations, one for gradients
    bool is_ahead = false;               // receives that nothing has to be waited for
    std::vector<std::uint32_t> waits;    // the operations of stream 0 to wait for, unless ahead
    std::vector<std::uint32_t> subject;  // the task that makes or needs what is sent
  };

  bool pauses_after(const Task& task) const;
  void place_tasks(std::uint32_t device);
  void add_messages();
  MessageStream& message_stream(std::uint32_t device, std::uint32_t peer, Way way, Tag tag);
  void fetch_compute(std::uint32_t device, std::uint64_t position, Op& op) const;
  void fetch_message(const MessageStream& stream, std::uint32_t device, std::uint64_t position, Op& op) const;
  // Where results are told apart: the activations that enter a chunk, and the gradients that do.
  std::size_t slot(bool is_forward, std::uint32_t chunk, std::uint32_t microbatch) const {
    return (std::size_t{chunk} + (is_forward ? 0 : schedule_->chunks())) * schedule_->microbatches + microbatch;
  }

  static constexpr std::uint32_t pause = UINT32_MAX;
  std::shared_ptr<const Schedule> schedule_;
  ScheduleTimes times_;
  std::optional<Bytes> message_;
  std::vector<std::vector<std::uint32_t>> operations_;  // of each device: the task that each one runs, or a pause
  std::vector<std::uint32_t> leaves_after_;             // of each slot: the operation of the device that fills it
  std::vector<std::uint32_t> received_by_;              // of each slot: the operation that lets it in, if listed
  std::vector<std::vector<MessageStream>> messages_;    // of each device
  struct Arrival {
    std::uint32_t stream = 0;
    std::uint32_t position = 0;
  };
  std::vector<Arrival> arrivals_;  // of each slot, with messages
};

}  // namespace lockstep::workloads
