#include "sim/metrics/time_use.hpp"

#include <algorithm>

namespace lockstep::sim {

using workloads::OpKind;
using workloads::RankId;
using workloads::StreamId;

namespace {

constexpr StreamId main_stream(0);

void add_at(std::vector<Seconds>& times, std::size_t phase, Seconds time) {
  if (phase >= times.size()) times.resize(phase + 1);
  times[phase] += time;
}

Seconds sum_of(const std::vector<Seconds>& times) {
  Seconds sum;
  for (const Seconds time : times) sum += time;
  return sum;
}

}  // namespace

Seconds TimeUse::total() const {
  return sum_of(computing) + sum_of(exposed) + straggling + delays + bubble;
}

TimeUse& TimeUse::operator+=(const TimeUse& other) {
  for (std::size_t phase = 0; phase < other.computing.size(); ++phase) add_at(computing, phase, other.computing[phase]);
  for (std::size_t phase = 0; phase < other.exposed.size(); ++phase) add_at(exposed, phase, other.exposed[phase]);
  straggling += other.straggling;
  delays += other.delays;
  bubble += other.bubble;
  return *this;
}

TimeUse& TimeUse::operator/=(double count) {
  for (Seconds& time : computing) time /= count;
  for (Seconds& time : exposed) time /= count;
  straggling /= count;
  delays /= count;
  bubble /= count;
  return *this;
}

TimeUse& TimeUse::operator*=(double factor) {
  for (Seconds& time : computing) time *= factor;
  for (Seconds& time : exposed) time *= factor;
  straggling *= factor;
  delays *= factor;
  bubble *= factor;
  return *this;
}

TimeUseWatch::TimeUseWatch(const Job& job)
    : program_(job.program), ends_(job), lanes_(ends_.size(), Lane{.until = job.start}), ranks_(ends_.ranks()) {}

void TimeUseWatch::add(const Stretch& stretch, TimeUse& use) {
  const Seconds time = stretch.end - stretch.start;
  switch (stretch.what) {
    case What::computing:  // is added as it is done
      return;
    case What::exposed:
      return add_at(use.exposed, stretch.phase, time);
    case What::straggling:
      use.straggling += time;
      return;
    case What::delay:
      use.delays += time;
      return;
    case What::bubble:
      use.bubble += time;
      return;
  }
}

// What the stream does next; where it begins, what was known of it ends.
void TimeUseWatch::note(const OpPlace& place, const Stretch& stretch) {
  if (!(stretch.end > stretch.start)) return;
  Lane& lane = lanes_[ends_.lane(place)];
  lane.until = stretch.end;
  if (place.stream == main_stream) return ranks_[place.rank.value()].idle.push_back(stretch);
  if (stretch.what == What::bubble) return;
  // The main stream asks for nothing that was before its own last operation.
  const Seconds asked_from = lanes_[ends_.lane(place.rank, main_stream)].until;
  if (!lane.known.empty() && lane.known.back().end <= asked_from) lane.known.clear();
  Stretch* last = lane.known.empty() ? nullptr : &lane.known.back();
  if (last != nullptr && last->end == stretch.start && last->what == stretch.what && last->phase == stretch.phase) {
    last->end = stretch.end;
  } else {
    lane.known.push_back(stretch);
  }
}

// Tells of all the time of `whole`: of what is known, and where that leaves holes, of `whole` itself.
template <class Sink>
void TimeUseWatch::divide(std::span<const Stretch> known, Stretch whole, Sink sink) {
  for (Stretch stretch : known) {
    stretch.start = std::max(stretch.start, whole.start);
    stretch.end = std::min(stretch.end, whole.end);
    if (!(stretch.end > stretch.start)) continue;
    Stretch hole = whole;
    hole.end = stretch.start;
    sink(hole);
    sink(stretch);
    whole.start = stretch.end;
  }
  sink(whole);
}

// Counts what the main stream did, but for the time that was computed beside it.
void TimeUseWatch::settle(const Rank& rank, TimeUse& use) {
  for (const Stretch& stretch : rank.idle) {
    divide(rank.beside, stretch, [&](const Stretch& part) { add(part, use); });
  }
}

void TimeUseWatch::note_waiting(const OpPlace& place, const workloads::Wait& wait, Seconds until) {
  const Seconds from = lanes_[ends_.lane(place)].until;
  const Seconds over = std::max(until - wait.delay, from);
  // What another rank does is that one's affair, and of itself the stream waits for nothing but a delay.
  std::span<const Stretch> known;
  if (wait.rank.value_or(place.rank) == place.rank && wait.stream != place.stream) {
    known = lanes_[ends_.lane_of(wait, place)].known;
  }
  auto sink = [&](const Stretch& stretch) { note(place, stretch); };
  divide(known, {.what = What::bubble, .start = from, .end = over}, sink);
  sink({.what = What::delay, .start = over, .end = until});
}

void TimeUseWatch::note_computing(const OpSpan& span) {
  // In the queue of the device it does nothing.
  note(span.place, {.what = What::bubble, .start = lanes_[ends_.lane(span.place)].began, .end = span.start});
  Rank& rank = ranks_[span.place.rank.value()];
  const Stretch stretch{.what = What::computing, .phase = span.label.phase, .start = span.start, .end = span.end};
  if (!(stretch.end > stretch.start)) return;
  add_at(rank.use.computing, stretch.phase, stretch.end - stretch.start);
  if (span.place.stream != main_stream) return rank.beside.push_back(stretch);
  // As a device computes one thing after the other, all that was computed until now has been told of.
  settle(rank, rank.use);
  rank.idle.clear();
  rank.beside.clear();
}

void TimeUseWatch::op_begun(const OpSpan& span) {
  Lane& lane = lanes_[ends_.lane(span.place)];
  const workloads::Wait* wait = ends_.awaited(span);
  if (wait != nullptr) note_waiting(span.place, *wait, span.start);
  note(span.place, {.what = What::bubble, .start = lane.until, .end = span.start});
  lane.began = lane.message_start = span.start;
  if (span.kind != OpKind::collective) return;
  if (span.call >= calls_.size()) calls_.resize(span.call + 1);
  Call& call = calls_[span.call];
  if (call.members_left == 0) call.members_left = span.called->first_agent();
  call.last = span.start;
}

void TimeUseWatch::op_done(const OpSpan& span) {
  Lane& lane = lanes_[ends_.lane(span.place)];
  Stretch stretch{.what = What::exposed, .phase = span.label.phase, .start = lane.began, .end = span.end};
  Stretch before{.what = What::bubble, .start = lane.began};
  switch (span.kind) {
    case OpKind::compute:
      note_computing(span);
      break;
    case OpKind::exchange:
      stretch.start = std::max(lane.began, lane.message_start);
      break;
    case OpKind::collective: {
      Call& call = calls_[span.call];
      stretch.start = std::max(lane.began, call.last);
      before.what = What::straggling;
      --call.members_left;
      break;
    }
    case OpKind::hold:
      stretch.what = What::bubble;
      break;
  }
  before.end = stretch.start;
  if (span.kind != OpKind::compute) {
    note(span.place, before);
    note(span.place, stretch);
  }
  lane.until = span.end;
  ends_.add(ends_.lane(span.place), span.end);
}

void TimeUseWatch::message_begun(std::uint32_t, const OpPlace& from, const OpPlace& cause) {
  lanes_[ends_.lane(from)].message_start = lanes_[ends_.lane(cause)].began;  // which is now
}

void TimeUseWatch::message_done(const MessageSpan& span) {
  for (const OpPlace* place : {&span.from, &span.to}) {
    if (ends_.done(ends_.lane(*place)) == place->position) lanes_[ends_.lane(*place)].message_start = span.start;
  }
}

TimeUse TimeUseWatch::of(RankId number, const JobTimeline& job) const {
  Rank rank = ranks_[number.value()];
  // After its last operation the main stream waits for the other streams, if for anything.
  const Seconds from = ends_.streams(number) > 0 ? lanes_[ends_.lane(number, main_stream)].until : job.start;
  std::span<const Stretch> known;
  Seconds last = from;
  for (std::uint32_t i = 1; i < ends_.streams(number); ++i) {
    const Lane& lane = lanes_[ends_.lane(number, StreamId(i))];
    if (lane.until <= last) continue;
    last = lane.until;
    known = lane.known;
  }
  divide(known, {.what = What::bubble, .start = from, .end = job.end},
         [&](const Stretch& stretch) { rank.idle.push_back(stretch); });
  settle(rank, rank.use);
  return rank.use;
}

TimeUse TimeUseWatch::mean(const JobTimeline& job) const {
  TimeUse sum;
  double ranks = 0;
  for (std::uint32_t rank = 0; rank < ranks_.size(); ++rank) {
    const double count = program_->role(RankId(rank)).count;
    TimeUse use = of(RankId(rank), job);
    use *= count;
    sum += use;
    ranks += count;
  }
  sum /= std::max(1.0, ranks);
  return sum;
}

}  // namespace lockstep::sim
