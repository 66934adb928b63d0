#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/timeline.hpp"

namespace lockstep::sim {

// Several observers as one. Each hears of one job or of all, and of what goes on within collectives if it wants to.
class Audience final : public Observer {
 public:
  // The observer has to outlive the audience.
  void add(Observer& observer, std::optional<std::uint32_t> job = {}) {
    members_.push_back({&observer, job, observer.wants_inner()});
  }
  bool is_empty() const { return members_.empty(); }

  bool wants_inner() const override;
  void op_begun(const OpSpan& span) override;
  void op_done(const OpSpan& span) override;
  void message_begun(std::uint32_t message, const OpPlace& from, const OpPlace& cause) override;
  void message_done(const MessageSpan& span) override;

 private:
  struct Member {
    Observer* observer;
    std::optional<std::uint32_t> job;
    bool wants_inner;
    bool hears_of(const OpPlace& place) const {
      return (!job || *job == place.job) && (wants_inner || place.depth == 0);
    }
  };

  std::vector<Member> members_;
};

}  // namespace lockstep::sim
