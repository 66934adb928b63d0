// Steps that take the first gradients there are.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/mitigations/mitigation_readers.hpp"

namespace lockstep::sim {
namespace {

// Does without so many of the replicas, or such a share of them.
class FirstReplicas final : public ReplicaChoice {
 public:
  FirstReplicas(std::uint32_t count, double fraction) : count_(count), fraction_(fraction) {}

  ReplicaDecision decide(std::span<const Seconds> ready) const override {
    std::vector<std::uint32_t> order(ready.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) { return ready[a] < ready[b]; });
    order.resize(order.size() - left_out(static_cast<std::uint32_t>(ready.size())));
    const Seconds at = ready[order.back()];
    std::ranges::sort(order);
    return {.at = at, .chosen = std::move(order)};
  }

  std::optional<std::string> problem_with(std::uint32_t replicas) const override {
    const std::uint32_t out = left_out(replicas);
    if (out == 0) return "such a share of " + std::to_string(replicas) + " replicas is none of them";
    if (out < replicas) return std::nullopt;
    return "a step without " + std::to_string(out) + " of its " + std::to_string(replicas) + " replicas has none left";
  }

 private:
  std::uint32_t left_out(std::uint32_t replicas) const {
    // 0.3 of 10 are 3, whatever the roundings.
    return count_ + static_cast<std::uint32_t>(std::floor(fraction_ * replicas * (1 + 1e-12)));
  }

  std::uint32_t count_;
  double fraction_;
};

constexpr std::int64_t most_replicas = 1 << 24;

}  // namespace

void read_backup_workers(const JsonFields& fields, Mitigations& all) {
  all.spare_replicas = static_cast<std::uint32_t>(fields.count("count", 1, most_replicas));
  all.choice = std::make_shared<const FirstReplicas>(all.spare_replicas, 0);
}

void read_drop_slowest(const JsonFields& fields, Mitigations& all) {
  if (!fields.has("fraction")) {
    const auto count = static_cast<std::uint32_t>(fields.count("count", 1, most_replicas));
    all.choice = std::make_shared<const FirstReplicas>(count, 0);
    return;
  }
  if (fields.has("count")) fields.fail("fraction", "both a count and a fraction are stated", "state one of them");
  const auto fraction = fields.required<double>("fraction");
  if (!(fraction > 0 && fraction < 1)) fields.fail("fraction", "must lie between 0 and 1");
  all.choice = std::make_shared<const FirstReplicas>(0, fraction);
}

}  // namespace lockstep::sim
