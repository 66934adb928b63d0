#include "sim/mitigations/rebalance.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/mitigations/mitigation_readers.hpp"

namespace lockstep::sim {
namespace {

using Shares = std::vector<std::uint32_t>;

// How long replicas take for numbers of microbatches, judged by how long they took for some: a pipeline takes as long
// as if it had one microbatch more for each of its stages but one.
class Paces {
 public:
  Paces(const Shares& shares, const std::vector<Seconds>& took, std::uint32_t stages) : filling_(stages - 1.0) {
    for (std::size_t i = 0; i < shares.size(); ++i) each_.push_back(took[i] / (shares[i] + filling_));
  }
  Seconds time(std::size_t replica, std::uint32_t share) const { return (share + filling_) * each_[replica]; }

  // So that the last is done as soon as can be: each microbatch goes to whom it delays least.
  Shares best(std::uint64_t microbatches) const {
    double together = 0;
    for (const Seconds each : each_) together += 1 / each.si();
    const double time = (static_cast<double>(microbatches) + static_cast<double>(each_.size()) * filling_) / together;
    Shares shares;
    for (const Seconds each : each_) {
      shares.push_back(static_cast<std::uint32_t>(std::max(1.0, std::floor(time / each.si() - filling_))));
    }
    for (auto sum = std::accumulate(shares.begin(), shares.end(), std::uint64_t{0}); sum != microbatches;) {
      if (sum < microbatches) {
        ++shares[first_done(shares)];
        ++sum;
      } else {
        --shares[last_done(shares)];
        --sum;
      }
    }
    return shares;
  }

 private:
  // Whoever would be done first with one more.
  std::size_t first_done(const Shares& shares) const {
    std::size_t first = 0;
    for (std::size_t i = 1; i < shares.size(); ++i) {
      if (time(i, shares[i] + 1) < time(first, shares[first] + 1)) first = i;
    }
    return first;
  }
  // Of those that have any to give away.
  std::size_t last_done(const Shares& shares) const {
    std::size_t last = shares.size();
    for (std::size_t i = 0; i < shares.size(); ++i) {
      if (shares[i] == 1) continue;
      if (last == shares.size() || time(i, shares[i]) > time(last, shares[last])) last = i;
    }
    return last;
  }

  double filling_;
  std::vector<Seconds> each_;
};

// Looks for the shares by simulating steps.
class ShareSearch {
 public:
  ShareSearch(Workload& workload, const StepSimulations& simulations, const Conditions* conditions)
      : workload_(workload), simulations_(simulations), conditions_(conditions) {}

  Shares search() {
    const ReplicatedStep& step = *workload_.replicated();
    const Shares equal = step.microbatches();
    best_ = measured(equal);
    const Paces paces(equal, best_.ready, step.stages());
    consider(paces.best(std::accumulate(equal.begin(), equal.end(), std::uint64_t{0})));
    // One microbatch at a time, from whoever is ready last to whoever is first, as long as that helps.
    while (best_.ready.size() > 1 && consider(with_one_moved())) {
    }
    return best_.shares;
  }

 private:
  struct Measured {
    Shares shares;
    std::vector<Seconds> ready;
    Seconds time;
  };

  Measured measured(const Shares& shares) const {
    const auto changed = workload_.replicated()->with_microbatches(shares);
    const Job job = changed->job();
    return {.shares = shares,
            .ready = simulations_.readiness(changed->replicated()->without_exchange(), changed->replica_of_rank(),
                                            conditions_),
            .time = simulations_.run({&job, 1}, conditions_).end};
  }

  // Whether these are better than the best so far; then they are the best.
  bool consider(const Shares& shares) {
    if (shares == best_.shares) return false;
    Measured found = measured(shares);
    if (!(found.time < best_.time)) return false;
    best_ = std::move(found);
    return true;
  }

  Shares with_one_moved() const {
    Shares moved = best_.shares;
    const auto place = [&](auto found) { return static_cast<std::size_t>(found - best_.ready.begin()); };
    std::uint32_t& last = moved[place(std::ranges::max_element(best_.ready))];
    std::uint32_t& first = moved[place(std::ranges::min_element(best_.ready))];
    if (last == 1) return best_.shares;
    --last;
    ++first;
    return moved;
  }

  Workload& workload_;
  const StepSimulations& simulations_;
  const Conditions* conditions_;
  Measured best_;
};

}  // namespace

void read_rebalance(const JsonFields& fields, Mitigations& all) {
  constexpr std::int64_t most = 1 << 28;
  all.rebalance.emplace();
  for (const std::int64_t share : fields.value_or<std::vector<std::int64_t>>("shares", {})) {
    if (share < 1 || share > most) {
      fields.fail("shares", "a replica cannot have " + std::to_string(share) + " microbatches",
                  "each has at least one");
    }
    all.rebalance->shares.push_back(static_cast<std::uint32_t>(share));
  }
}

std::unique_ptr<Workload> rebalanced(const Rebalance& rule, Workload& workload, const StepSimulations& simulations,
                                     const Conditions* conditions) {
  if (!rule.shares.empty()) return workload.replicated()->with_microbatches(rule.shares);
  // What is drawn anew for each computation cannot be planned for.
  std::optional<Conditions> lasting;
  if (conditions != nullptr) lasting = conditions->lasting();
  ShareSearch search(workload, simulations, lasting ? &*lasting : nullptr);
  return workload.replicated()->with_microbatches(search.search());
}

}  // namespace lockstep::sim
