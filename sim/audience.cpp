#include "sim/audience.hpp"

#include <algorithm>

namespace lockstep::sim {

bool Audience::wants_inner() const {
  return std::any_of(members_.begin(), members_.end(), [](const Member& member) { return member.wants_inner; });
}

template <class Tell>
void Audience::tell(const OpPlace& place, Tell tell) const {
  for (const Member& member : members_) {
    if (member.hears_of(known_as(place.job), place.depth)) tell(*member.observer);
  }
}

void Audience::job_begun(std::uint32_t job, Seconds now) {
  const std::uint32_t number = known_as(job);
  for (const Member& member : members_) {
    if (member.hears_of(number, 0)) member.observer->job_begun(number, now);
  }
}

void Audience::op_begun(const OpSpan& span) {
  if (known_as(span.place.job) == span.place.job) {
    return tell(span.place, [&](Observer& observer) { observer.op_begun(span); });
  }
  OpSpan known = span;
  known.place.job = known_as(span.place.job);
  tell(known.place, [&](Observer& observer) { observer.op_begun(known); });
}

void Audience::op_done(const OpSpan& span) {
  if (known_as(span.place.job) == span.place.job) {
    return tell(span.place, [&](Observer& observer) { observer.op_done(span); });
  }
  OpSpan known = span;
  known.place.job = known_as(span.place.job);
  tell(known.place, [&](Observer& observer) { observer.op_done(known); });
}

void Audience::message_begun(std::uint32_t message, const OpPlace& from, const OpPlace& cause) {
  if (known_as(from.job) == from.job) {
    return tell(from, [&](Observer& observer) { observer.message_begun(message, from, cause); });
  }
  OpPlace known_from = from;
  OpPlace known_cause = cause;
  known_from.job = known_cause.job = known_as(from.job);
  tell(known_from, [&](Observer& observer) { observer.message_begun(message, known_from, known_cause); });
}

void Audience::message_done(const MessageSpan& span) {
  if (known_as(span.from.job) == span.from.job) {
    return tell(span.from, [&](Observer& observer) { observer.message_done(span); });
  }
  MessageSpan known = span;
  known.from.job = known.to.job = known_as(span.from.job);
  tell(known.from, [&](Observer& observer) { observer.message_done(known); });
}

}  // namespace lockstep::sim
