// Steps that wait for late replicas, but not for ever.
#include <algorithm>
#include <vector>

#include "sim/mitigations/mitigation_readers.hpp"

namespace lockstep::sim {
namespace {

class BoundedWaiting final : public ReplicaChoice {
 public:
  BoundedWaiting(Seconds timeout, std::uint32_t at_least) : timeout_(timeout), at_least_(at_least) {}

  // Where all are ready before the time is up there is nothing more to wait for.
  ReplicaDecision decide(std::span<const Seconds> ready) const override {
    std::vector<Seconds> sorted(ready.begin(), ready.end());
    std::ranges::sort(sorted);
    const Seconds deadline = sorted[at_least_ - 1] + timeout_;
    ReplicaDecision decision{.at = std::min(deadline, sorted.back()), .chosen = {}};
    for (std::uint32_t replica = 0; replica < ready.size(); ++replica) {
      if (ready[replica] <= deadline) decision.chosen.push_back(replica);
    }
    return decision;
  }

  std::optional<std::string> problem_with(std::uint32_t replicas) const override {
    if (at_least_ <= replicas) return std::nullopt;
    return "\"at_least\" " + std::to_string(at_least_) + " are more than the " + std::to_string(replicas) +
           " replicas that there are";
  }

 private:
  Seconds timeout_;
  std::uint32_t at_least_;
};

}  // namespace

void read_bounded_waiting(const JsonFields& fields, Mitigations& all) {
  constexpr std::int64_t most_replicas = 1 << 24;
  const auto timeout = fields.required<Seconds>("timeout");
  if (timeout < Seconds(0)) fields.fail("timeout", "must not be negative");
  const auto at_least = static_cast<std::uint32_t>(fields.count_or("at_least", 1, 1, most_replicas));
  all.choice = std::make_shared<const BoundedWaiting>(timeout, at_least);
}

}  // namespace lockstep::sim
