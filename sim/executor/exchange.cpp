// How the executor matches sends with receives.
#include <algorithm>

#include "base/contract.hpp"
#include "sim/executor/executor.hpp"

namespace lockstep::sim {

using workloads::Receive;
using workloads::Send;

std::uint32_t Executor::connection(Instance& instance, const ConnectionTable::Key& key) {
  bool is_new = false;
  const std::uint32_t index = instance.connections.find(key, is_new);
  if (!is_new) return index;
  // Where a member of a collective is: its rank's place in the calling program, and so on down to the job.
  auto vertex_of = [&](workloads::RankId member) {
    for (const Instance* at = &instance;; at = instances_[at->caller].get()) {
      if (member.value() >= at->program->first_agent()) return at->program->agent_vertex(member);
      if (at->depth == 0) return jobs_[at->job].placement[member.value()];
      member = (*at->members)[member.value()];
    }
  };
  instance.connections[index].route = network_->route(vertex_of(key.from), vertex_of(key.to), key.tag);
  return index;
}

void Executor::issue_exchange(std::uint32_t number) {
  Lane& lane = lanes_[number];
  lane.state = LaneState::exchanging;
  if (lane.is_noted) note_op_begun(number);
  lane.reduce = op_.reduce;
  lane.outstanding = static_cast<std::uint32_t>(op_.sends.size() + op_.receives.size());
  if (lane.outstanding == 0) {
    ++lane.outstanding;
    return half_done(number);
  }
  for (const Receive& receive : op_.receives) post_receive(number, receive);
  for (const Send& send : op_.sends) post_send(number, send);
}

void Executor::post(Connection& connection, const Posted& posted, bool is_receive) {
  const std::uint32_t number = posted_.take();
  posted_[number] = posted;
  (connection.first == Connection::none ? connection.first : posted_[connection.last].next) = number;
  connection.last = number;
  connection.receives_wait = is_receive;
}

Posted Executor::take_posted(Connection& connection) {
  const std::uint32_t number = connection.first;
  const Posted posted = posted_[number];
  connection.first = posted.next;
  posted_.give_back(number);
  return posted;
}

void Executor::post_send(std::uint32_t number, const Send& send) {
  Lane& lane = lanes_[number];
  Instance& instance = instance_of(lane);
  const ConnectionTable::Key key{frame_of(lane).member, send.peer, send.tag};
  if (lane.sent_over == Connection::none || lane.sent != key) {
    lane.sent = key;
    lane.sent_over = connection(instance, key);
  }
  Connection& to = instance.connections[lane.sent_over];
  Posted posted{.lane = number, .bytes = send.bytes, .messages = send.messages};
  if (to.ahead_lane != Connection::none) {
    start_transfer(to, posted, to.ahead_lane, number);
  } else if (to.first != Connection::none && to.receives_wait) {
    start_transfer(to, posted, take_posted(to).lane, number);
  } else {
    if (start_ == Start::eager) posted.transfer = start_transfer(to, posted, no_lane, number);
    post(to, posted, false);
  }
}

void Executor::post_receive(std::uint32_t number, const Receive& receive) {
  Lane& lane = lanes_[number];
  Instance& instance = instance_of(lane);
  const ConnectionTable::Key key{receive.peer, frame_of(lane).member, receive.tag};
  if (lane.received_over == Connection::none || lane.received != key) {
    lane.received = key;
    lane.received_over = connection(instance, key);
  }
  Connection& from = instance.connections[lane.received_over];
  if (from.first != Connection::none && !from.receives_wait) {
    receive_posted(from, number);
  } else {
    post(from, {.lane = number}, true);
  }
}

// Gives the first send that waits on the connection to a receiver.
void Executor::receive_posted(Connection& connection, std::uint32_t receiver) {
  const Posted send = take_posted(connection);
  if (send.transfer == Connection::none) {
    start_transfer(connection, send, receiver, receiver);
    return;
  }
  UnderWay& transfer = transfers_[send.transfer];
  transfer.receiver = receiver;
  if (has_slowdowns_ && lanes_[receiver].is_ahead) communication_begins(receiver);
  if (!transfer.has_arrived) return;
  if (lanes_[receiver].is_noted) note_message_done(send.transfer);
  hand_over(send.transfer);
}

// What has arrived is received.
void Executor::hand_over(std::uint32_t number) {
  const std::uint32_t receiver = transfers_[number].receiver;
  if (receiver == no_lane) {
    transfers_[number].has_arrived = true;
    return;
  }
  transfers_.give_back(number);
  half_done(receiver);
}

void Executor::listen_ahead(std::uint32_t number) {
  Lane& lane = lanes_[number];
  lane.state = LaneState::exchanging;
  lane.began = network_->now();
  const bool is_known = lane.received_over != Connection::none;
  if (is_known && !lane.is_noted) return combine_next(number);
  op_.clear();
  Instance& instance = instance_of(lane);
  instance.program->fetch(frame_of(lane).member, lane.stream, lane.position, op_);
  if (lane.is_noted) note_op_begun(number);
  if (is_known) return combine_next(number);
  LOCKSTEP_REQUIRE(op_.receives.size() == 1 && op_.sends.empty() && op_.waits.empty());
  const Receive& receive = op_.receives.front();
  lane.received = {receive.peer, frame_of(lane).member, receive.tag};
  lane.received_over = connection(instance, lane.received);
  Connection& from = instance.connections[lane.received_over];
  from.ahead_lane = number;
  while (from.first != Connection::none) receive_posted(from, number);
}

std::uint32_t Executor::start_transfer(const Connection& connection, const Posted& send, std::uint32_t receiver,
                                       std::uint32_t cause) {
  const std::uint32_t number = transfers_.take();
  UnderWay& transfer = transfers_[number];
  transfer.sender = send.lane;
  transfer.receiver = receiver;
  transfer.bytes = send.bytes;
  transfer.start = network_->now();
  count_event(lanes_[send.lane]);
  if (lanes_[send.lane].is_noted) note_message_begun(number, cause);
  if (connection.route.value() >= route_bytes_.size()) route_bytes_.resize(routes_->size());
  route_bytes_[connection.route.value()] += send.bytes;
  Instance& instance = instance_of(lanes_[send.lane]);
  // Collectives add up their own.
  (instance.depth > 0 ? instance.message_bytes : bytes_of_phase(instance.job, lanes_[send.lane].phase)) += send.bytes;
  Seconds delay;
  const Seconds overhead = jobs_[instance.job].message_overhead;
  if (send.messages != 1 || overhead > Seconds(0)) {
    const double messages = send.messages;
    delay = (messages - 1) * (*routes_)[connection.route].latency + messages * overhead;
  }
  network_->start(TransferId(number), {.route = connection.route, .bytes = send.bytes, .delay = delay});
  return number;
}

// A send or a receive of the lane's operation is done.
void Executor::half_done(std::uint32_t number) {
  Lane& lane = lanes_[number];
  if (lane.is_ahead) {
    ++lane.outstanding;
    if (lane.state == LaneState::exchanging) combine_next(number);
    return;
  }
  if (--lane.outstanding > 0) return;
  if (lane.reduce > Bytes(0) && !frame_of(lane).is_agent && jobs_[instance_of(lane).job].reduction_rate) {
    return start_reduction(number);
  }
  finish_op(number);
}

// An ahead lane goes on to what has arrived.
void Executor::combine_next(std::uint32_t number) {
  Lane& lane = lanes_[number];
  if (lane.outstanding == 0) return;
  const auto& rate = jobs_[instance_of(lane).job].reduction_rate;
  if (rate && !frame_of(lane).is_agent) {
    op_.clear();
    instance_of(lane).program->fetch(frame_of(lane).member, lane.stream, lane.position, op_);
    lane.reduce = op_.reduce;
    if (lane.reduce > Bytes(0)) return start_reduction(number);
  }
  --lane.outstanding;
  finish_op(number);
}

// A rank combines one thing after the other.
void Executor::start_reduction(std::uint32_t number) {
  Lane& lane = lanes_[number];
  lane.state = LaneState::reducing;
  const std::uint32_t job = instance_of(lane).job;
  Seconds& until = ranks_[job][frame_of(lane).rank.value()].reducing_until;
  until = std::max(until, network_->now()) + lane.reduce / *jobs_[job].reduction_rate;
  network_->set_timer(TimerId(number), until);
}

void Executor::sender_released(TransferId id) {
  half_done(transfers_[id.value()].sender);
  run_ready();
}

void Executor::delivered(TransferId id) {
  if (takes_notes_) note_message_done(id.value());
  hand_over(id.value());
  run_ready();
}

void Executor::transferred(TransferId id) {
  if (takes_notes_) note_message_done(id.value());
  half_done(transfers_[id.value()].sender);
  hand_over(id.value());
  run_ready();
}

}  // namespace lockstep::sim
