#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/timeline.hpp"

namespace lockstep::sim {

// Several observers as one. Each hears of one job or of all, and of what goes on within collectives if it wants to.
class Audience final : public Observer {
 public:
  Audience() = default;
  // Of jobs that are steps of `workloads` many workloads, one step of each after the other: observers hear of the
  // workload's number instead of the job's.
  explicit Audience(std::uint32_t workloads) : workloads_(workloads) {}
  // The observer has to outlive the audience.
  void add(Observer& observer, std::optional<std::uint32_t> job = {}) {
    members_.push_back({&observer, job, observer.wants_inner()});
  }
  bool is_empty() const { return members_.empty(); }

  bool wants_inner() const override;
  void job_begun(std::uint32_t job, Seconds now) override;
  void op_begun(const OpSpan& span) override;
  void op_done(const OpSpan& span) override;
  void message_begun(std::uint32_t message, const OpPlace& from, const OpPlace& cause) override;
  void message_done(const MessageSpan& span) override;

 private:
  struct Member {
    Observer* observer;
    std::optional<std::uint32_t> job;
    bool wants_inner;
    bool hears_of(std::uint32_t number, std::uint32_t depth) const {
      return (!job || *job == number) && (wants_inner || depth == 0);
    }
  };
  std::uint32_t known_as(std::uint32_t job) const { return workloads_ == 0 ? job : job % workloads_; }
  template <class Tell>
  void tell(const OpPlace& place, Tell tell) const;

  std::uint32_t workloads_ = 0;
  std::vector<Member> members_;
};

}  // namespace lockstep::sim
