#include "studies/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

namespace lockstep::studies {
namespace {

using Values = std::map<std::uint32_t, double>;  // of one headline, by replica

Values values_of(const ReplicaRuns& runs, const std::string& headline) {
  Values values;
  const auto found = std::find(runs.headlines.begin(), runs.headlines.end(), headline);
  const auto column = static_cast<std::size_t>(found - runs.headlines.begin());
  for (const ReplicaRuns::Row& row : runs.rows) {
    if (column < row.values.size() && row.values[column]) values[row.replica] = *row.values[column];
  }
  return values;
}

struct Pairs {
  std::vector<double> before;
  std::vector<double> after;
  std::vector<double> difference;

  void add(double one, double other) {
    before.push_back(one);
    after.push_back(other);
    difference.push_back(other - one);
  }
};

Pairs pairs_of(const Comparison& runs, const std::string& headline) {
  const Values before = values_of(runs.before, headline);
  const Values after = values_of(runs.after, headline);
  Pairs pairs;
  // Where nothing is random, the one run stands for all.
  const bool repeats_before = !runs.before.is_random && !before.empty();
  const bool repeats_after = !runs.after.is_random && !after.empty();
  for (const auto& [replica, value] : repeats_before ? after : before) {
    const auto one = repeats_before ? before.begin() : before.find(replica);
    const auto other = repeats_after ? after.begin() : after.find(replica);
    if (one != before.end() && other != after.end()) pairs.add(one->second, other->second);
  }
  return pairs;
}

HeadlineDifference difference_of(const std::string& name, const Pairs& pairs) {
  const Summary before = summary_of(pairs.before);
  const Summary after = summary_of(pairs.after);
  HeadlineDifference found{
      .name = name, .mean_before = before.mean, .mean_after = after.mean, .difference = summary_of(pairs.difference)};
  if (before.mean != 0) found.ratio = after.mean / before.mean;
  if (found.difference.stddev.value_or(0) > 0) {
    const double apart = std::pow(*before.stddev, 2) + std::pow(*after.stddev, 2);
    found.replicas_saved = apart / std::pow(*found.difference.stddev, 2);
  }
  return found;
}

}  // namespace

const HeadlineDifference* Comparison::find(const std::string& name) const {
  const auto found = std::find_if(headlines.begin(), headlines.end(),
                                  [&](const HeadlineDifference& headline) { return headline.name == name; });
  return found == headlines.end() ? nullptr : &*found;
}

Comparison compare(const ScenarioText& before, const ScenarioText& after, ReplicaPlan plan) {
  plan.precision.reset();
  Comparison comparison{.before = run_replicas(before, plan), .after = run_replicas(after, plan), .headlines = {}};
  for (const std::string& name : comparison.before.headlines) {
    const Pairs pairs = pairs_of(comparison, name);
    if (pairs.difference.empty()) continue;
    comparison.headlines.push_back(difference_of(name, pairs));
    if (comparison.before.is_random || comparison.after.is_random) continue;
    Summary& difference = comparison.headlines.back().difference;
    difference = known_for_sure(difference);
  }
  return comparison;
}

}  // namespace lockstep::studies
