#include "sim/audience.hpp"

#include <algorithm>

namespace lockstep::sim {

bool Audience::wants_inner() const {
  return std::any_of(members_.begin(), members_.end(), [](const Member& member) { return member.wants_inner; });
}

void Audience::op_begun(const OpSpan& span) {
  for (const Member& member : members_) {
    if (member.hears_of(span.place)) member.observer->op_begun(span);
  }
}

void Audience::op_done(const OpSpan& span) {
  for (const Member& member : members_) {
    if (member.hears_of(span.place)) member.observer->op_done(span);
  }
}

void Audience::message_begun(std::uint32_t message, const OpPlace& from, const OpPlace& cause) {
  for (const Member& member : members_) {
    if (member.hears_of(from)) member.observer->message_begun(message, from, cause);
  }
}

void Audience::message_done(const MessageSpan& span) {
  for (const Member& member : members_) {
    if (member.hears_of(span.from)) member.observer->message_done(span);
  }
}

}  // namespace lockstep::sim
