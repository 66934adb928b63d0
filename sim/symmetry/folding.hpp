#pragma once

#include <optional>

#include "sim/simulate.hpp"
#include "sim/symmetry/cast.hpp"

namespace lockstep::sim {

// A simulation in which one of each set of provably equal ranks stands for all of them: an ordinary simulation of fewer
// ranks on a smaller fleet, which knows nothing of that. Exact (docs/folding.md). What it was made of has to outlive
// it.
class Folding {
 public:
  struct Subject {
    const topology::Fleet& fleet;
    std::span<const Job> jobs;
    const EngineOptions& options;
    Conditions* conditions = nullptr;  // may be null; only a run draws from them
  };
  // Why it does not apply; absent where it does. Costs nothing.
  static std::optional<std::string> obstacle(const Subject& subject);
  // Requires that there is no obstacle. Throws InputError where the fleet lacks a route. It is not worth it where more
  // than that share of the ranks would be left.
  explicit Folding(const Subject& subject, double most_left = 1);

  // Why nothing came of it; absent where something did.
  const std::optional<std::string>& failure() const { return failure_; }
  // Ranks and agents, and how many of them are left.
  std::size_t actors() const { return actors_; }
  std::size_t classes() const { return classes_; }

  // What to simulate instead. Requires that something came of it, like what follows.
  const topology::Fleet& fleet() const { return *fleet_; }
  std::span<const Job> jobs() const { return jobs_; }
  Conditions* conditions() { return conditions_ ? &*conditions_ : nullptr; }
  // What that says of all ranks.
  Timeline expanded(const Timeline& folded) const;

 private:
  std::vector<Job> apart(const Subject& subject);
  void fold_jobs(std::span<const Job> jobs);
  Bytes bytes(const Line& line) const;

  std::optional<std::string> failure_;
  RouteTable routes_;
  std::vector<std::uint32_t> like_;      // of each job: the first that is a step of the same, among those
  std::vector<std::uint32_t> steps_of_;  // of each of those
  std::vector<RouteId> of_lines_;
  std::size_t actors_ = 0;
  std::size_t classes_ = 0;
  std::shared_ptr<const Cast> cast_;
  std::shared_ptr<const std::vector<bool>> is_steady_;  // of each class of scenes
  std::optional<topology::Fleet> fleet_;
  std::optional<Conditions> conditions_;
  std::vector<Job> jobs_;
};

}  // namespace lockstep::sim
