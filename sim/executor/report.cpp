// What the executor says of places, messages and deadlocks.
#include <algorithm>

#include "sim/deadlock.hpp"
#include "sim/executor/executor.hpp"

namespace lockstep::sim {

namespace {

bool is_communicating(LaneState state) {
  return state == LaneState::calling || state == LaneState::repeating || state == LaneState::exchanging ||
         state == LaneState::reducing;
}

}  // namespace

bool Executor::is_observed(std::uint32_t number) const {
  return observer_ != nullptr && lanes_[number].is_noted;
}

// Of the operation in op_.
void Executor::note_op_begun(std::uint32_t number) {
  if (is_observed(number)) observer_->op_begun(span_of(number));
  const Lane& lane = lanes_[number];
  if (has_slowdowns_ && !lane.is_ahead && is_communicating(lane.state)) communication_begins(number);
}

void Executor::note_op_done(std::uint32_t number) {
  const Lane& lane = lanes_[number];
  if (is_observed(number)) {
    op_.clear();
    instance_of(lane).program->fetch(frame_of(lane).member, lane.stream, lane.position, op_);
    observer_->op_done(span_of(number));
  }
  if (has_slowdowns_ && !lane.is_ahead && is_communicating(lane.state)) communication_ends(number);
}

void Executor::note_message_begun(std::uint32_t number, std::uint32_t cause) {
  const UnderWay& transfer = transfers_[number];
  if (is_observed(transfer.sender)) {
    if (number >= senders_.size()) senders_.resize(number + 1);
    senders_[number] = place_of(transfer.sender);
    observer_->message_begun(number, senders_[number], place_of(cause));
  }
  // To listen occupies nothing, to receive does.
  const std::uint32_t receiver = transfer.receiver;
  if (has_slowdowns_ && receiver != no_lane && lanes_[receiver].is_ahead) communication_begins(receiver);
}

// Unless nobody receives it yet.
void Executor::note_message_done(std::uint32_t number) {
  const std::uint32_t receiver = transfers_[number].receiver;
  if (receiver == no_lane) return;
  if (is_observed(receiver)) report_message(number);
  if (has_slowdowns_ && lanes_[receiver].is_ahead) communication_ends(receiver);
}

OpPlace Executor::place_of(std::uint32_t number) const {
  const Lane& lane = lanes_[number];
  const Frame& frame = frame_of(lane);
  const Instance& instance = *instances_[frame.instance];
  OpPlace place{.job = instance.job,
                .rank = frame.rank,
                .depth = instance.depth,
                .is_agent = frame.is_agent,
                .program = instance.program.get(),
                .member = frame.member,
                .stream = lane.stream,
                .position = lane.position,
                .vertex = frame.vertex,
                .frame = frame.serial};
  if (frame.parent_lane != no_lane) {
    place.calling_frame = frame_of(lanes_[frame.parent_lane]).serial;
    place.calling_stream = lanes_[frame.parent_lane].stream;
  }
  return place;
}

// Of the operation that the lane is at, in op_.
OpSpan Executor::span_of(std::uint32_t number) const {
  const Lane& lane = lanes_[number];
  const Frame& frame = frame_of(lane);
  OpSpan span{.place = place_of(number),
              .kind = op_.kind,
              .label = op_.label,
              .start = lane.began,
              .end = network_->now(),
              .op = &op_,
              .ranks = instances_[frame.instance]->members.get()};
  if (op_.kind == workloads::OpKind::collective) {
    span.call = lane.called;
    span.called = instances_[span.call]->program.get();
  }
  return span;
}

void Executor::report_message(std::uint32_t number) const {
  const UnderWay& transfer = transfers_[number];
  OpPlace receiver = place_of(transfer.receiver);
  // What came in earlier and is not combined yet belongs to the operations before.
  if (lanes_[transfer.receiver].is_ahead) receiver.position += lanes_[transfer.receiver].outstanding;
  observer_->message_done({.from = senders_[number],
                           .to = receiver,
                           .bytes = transfer.bytes,
                           .start = transfer.start,
                           .end = network_->now(),
                           .number = number});
}

// "rank 3" of the job, whatever collective `member` belongs to; agents by where they stand.
std::string Executor::name_of(const Instance& instance, workloads::RankId member) const {
  for (const Instance* at = &instance;; at = instances_[at->caller].get()) {
    if (member.value() >= at->program->first_agent()) {
      return "agent " + routes_->fleet().vertex(at->program->agent_vertex(member)).name;
    }
    if (at->depth == 0) return "rank " + std::to_string(member.value());
    member = (*at->members)[member.value()];
  }
}

std::string Executor::blockage(std::uint32_t number) const {
  const Lane& lane = lanes_[number];
  const Frame& frame = frame_of(lane);
  const Instance& instance = *instances_[frame.instance];
  workloads::Op op;
  instance.program->fetch(frame.member, lane.stream, lane.position, op);
  std::string text = name_of(instance, frame.member) + " (" + routes_->fleet().vertex(frame.vertex).name + "), ";
  if (instance.depth > 0) text += "collective " + std::to_string(instance.collective) + ", ";
  text += instance.program->stream_name(frame.member, lane.stream) + ", operation " + std::to_string(lane.position);
  if (lane.state == LaneState::waiting) {
    const workloads::RankId awaited = lane.wait.rank.value_or(frame.member);
    return text + " waits for operation " + std::to_string(lane.wait.position) + " of " +
           (awaited == frame.member ? "" : name_of(instance, awaited) + "'s ") +
           instance.program->stream_name(awaited, lane.wait.stream);
  }
  for (const workloads::Receive& receive : op.receives) {
    text += " receives from " + name_of(instance, receive.peer) + " (tag " + std::to_string(receive.tag) + ")";
  }
  for (const workloads::Send& send : op.sends) {
    text += " sends to " + name_of(instance, send.peer) + " (tag " + std::to_string(send.tag) + ")";
  }
  return text;
}

void Executor::require_all_done() const {
  std::vector<std::uint32_t> blocked;
  for (std::uint32_t number = 0; number < lanes_.size(); ++number) {
    const LaneState state = lanes_[number].state;
    if (state == LaneState::exchanging || state == LaneState::waiting) blocked.push_back(number);
  }
  if (blocked.empty()) return;
  constexpr std::size_t most_shown = 8;
  std::string text = "the program is deadlocked: nothing is under way, and";
  for (std::size_t i = 0; i < std::min(blocked.size(), most_shown); ++i) text += "\n  " + blockage(blocked[i]);
  if (blocked.size() > most_shown) text += "\n  … and " + std::to_string(blocked.size() - most_shown) + " more";
  throw Deadlock(text);
}

}  // namespace lockstep::sim
