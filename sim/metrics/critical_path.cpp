#include "sim/metrics/critical_path.hpp"

namespace lockstep::sim {

using workloads::OpKind;

CriticalPath::CriticalPath(const Job& job)
    : chains_(job.start), ends_(job), lanes_(ends_.size()), has_delays_(job.program->has_delays()) {}

void CriticalPath::op_begun(const OpSpan& span) {
  Lane& lane = lane_at(span.place);
  if (const workloads::Wait* wait = ends_.awaited(span)) {
    const Lane& awaited = lanes_[ends_.lane_of(*wait, span.place)];
    const Chain before = has_delays_ ? awaited.ends[wait->position] : awaited.end;
    chains_.replace(lane.ready, chains_.extended(before, {.what = PathWhat::delay,
                                                          .rank = span.place.rank,
                                                          .stream = span.place.stream,
                                                          .label = span.label,
                                                          .end = chains_.end(before) + wait->delay}));
  } else {
    chains_.assign(lane.ready, lane.end);
  }
  lane.has_sent = lane.has_ended = false;
  chains_.assign(lane.sent, PathChains::beginning);
  chains_.assign(lane.ended, PathChains::beginning);
  lane.began = span.start;
  lane.label = span.label;
  if (span.kind == OpKind::collective) enter_call(span, lane);
}

void CriticalPath::enter_call(const OpSpan& span, const Lane& lane) {
  if (span.call >= calls_.size()) calls_.resize(span.call + 1);
  Call& call = calls_[span.call];
  const bool is_first = call.members_left == 0;
  if (is_first) call.members_left = span.called->first_agent();
  // Of those who come at once the same one every time: then all paths have it in common, and memory is saved.
  if (!is_first && call.last_came == span.start && call.last < span.place.rank) return;
  call.last_came = span.start;
  call.last = span.place.rank;
  chains_.assign(call.chain, lane.ready);
}

void CriticalPath::op_done(const OpSpan& span) {
  Lane& lane = lane_at(span.place);
  PathStep step{.what = PathWhat::operation,
                .rank = span.place.rank,
                .stream = span.place.stream,
                .label = span.label,
                .end = span.end,
                .kind = span.kind};
  Chain end = PathChains::beginning;
  switch (span.kind) {
    case OpKind::compute: {
      Chain start = start_of_compute(span, lane);
      end = chains_.extended(start, step);
      chains_.drop(start);
      chains_.assign(computed_[span.place.vertex.value()], end);
      break;
    }
    case OpKind::exchange:
      end = end_of_exchange(span, lane, step);
      break;
    case OpKind::collective:
      end = end_of_collective(span, step);
      break;
    case OpKind::hold:
      // Whatever came before: it would have ended then.
      step.what = PathWhat::clock;
      end = span.end > span.start ? chains_.extended(PathChains::beginning, step) : chains_.hold(lane.ready);
      break;
  }
  chains_.replace(lane.end, end);
  chains_.assign(last_, end);
  ends_.add(ends_.lane(span.place), span.end);
  if (has_delays_) lane.ends.push_back(chains_.hold(end));
}

// Held by the caller.
CriticalPath::Chain CriticalPath::start_of_compute(const OpSpan& span, const Lane& lane) {
  const std::size_t vertex = span.place.vertex.value();
  if (vertex >= computed_.size()) computed_.resize(vertex + 1, PathChains::beginning);
  if (span.start <= lane.began) return chains_.hold(lane.ready);
  if (chains_.end(computed_[vertex]) == span.start) return chains_.hold(computed_[vertex]);
  // Another job's, or a collective's.
  return chains_.extended(lane.ready, {.what = PathWhat::queueing,
                                       .rank = span.place.rank,
                                       .stream = span.place.stream,
                                       .label = span.label,
                                       .end = span.start});
}

CriticalPath::Chain CriticalPath::end_of_exchange(const OpSpan& span, const Lane& lane, const PathStep& step) {
  const bool has_combined = span.op->reduce > Bytes(0);
  const bool is_explained = lane.has_ended && (has_combined || chains_.end(lane.ended) == span.end);
  if (is_explained || !lane.has_sent) return chains_.extended(lane.has_ended ? lane.ended : lane.ready, step);
  // The network let the sender go on before the message is delivered.
  PathStep sending = step;
  if (!has_combined) sending.what = PathWhat::message;
  return chains_.extended(lane.sent, sending);
}

CriticalPath::Chain CriticalPath::end_of_collective(const OpSpan& span, const PathStep& step) {
  Call& call = calls_[span.call];
  const Chain end = chains_.extended(call.chain, step);
  if (--call.members_left == 0) chains_.assign(call.chain, PathChains::beginning);
  return end;
}

void CriticalPath::message_begun(std::uint32_t number, const OpPlace& from, const OpPlace& cause) {
  if (number >= messages_.size()) messages_.resize(number + 1);
  Message& message = messages_[number];
  Lane& sender = lane_at(from);
  message.step = {.what = PathWhat::message, .rank = from.rank, .stream = from.stream, .label = sender.label};
  chains_.assign(message.start, lane_at(cause).ready);
  sender.has_sent = true;
  chains_.assign(sender.sent, message.start);
}

void CriticalPath::message_done(const MessageSpan& span) {
  Message& message = messages_[span.number];
  const Lane& receiver = lane_at(span.to);
  message.step.end = span.end;
  // What has arrived before it was asked for waits for that.
  Chain end = receiver.began == span.end ? chains_.hold(receiver.ready) : chains_.extended(message.start, message.step);
  // What is received ahead may wait for its turn, and whoever sent may be further on.
  for (const OpPlace* place : {&span.to, &span.from}) {
    Lane& lane = lane_at(*place);
    if (ends_.done(ends_.lane(*place)) != place->position) continue;
    lane.has_ended = true;
    chains_.assign(lane.ended, end);
  }
  chains_.drop(end);
  chains_.assign(message.start, PathChains::beginning);
}

PathSums sums_of(std::span<const PathStep> path) {
  PathSums sums;
  auto add = [](std::vector<Seconds>& to, std::size_t index, Seconds time) {
    if (index >= to.size()) to.resize(index + 1);
    to[index] += time;
  };
  for (const PathStep& step : path) {
    const Seconds time = step.end - step.start;
    add(sums.of_rank, step.rank.value(), time);
    switch (step.what) {
      case PathWhat::operation:
      case PathWhat::message:
        add(sums.of_phase, step.label.phase, time);
        break;
      case PathWhat::delay:
        sums.delays += time;
        break;
      case PathWhat::clock:
        sums.clock += time;
        break;
      case PathWhat::queueing:
        sums.queueing += time;
        break;
    }
  }
  return sums;
}

}  // namespace lockstep::sim
