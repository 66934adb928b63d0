#include "sim/metrics/path_digest.hpp"

#include <algorithm>
#include <map>

#include "base/contract.hpp"

namespace lockstep::sim {
namespace {

// The steps [first, end) of a path.
struct Run {
  std::size_t first = 0;
  std::size_t end = 0;
};

std::vector<Run> runs_of_ranks(std::span<const PathStep> path) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (runs.empty() || path[i].rank != path[i - 1].rank) runs.push_back({i, i});
    runs.back().end = i + 1;
  }
  return runs;
}

// Of keys and seconds, the keys with the most seconds first.
template <class Key>
std::vector<Key> by_time(const std::map<Key, Seconds>& times) {
  std::vector<Key> keys;
  for (const auto& [key, time] : times) {
    if (time > Seconds(0)) keys.push_back(key);
  }
  std::stable_sort(keys.begin(), keys.end(), [&](Key a, Key b) { return times.at(a) > times.at(b); });
  return keys;
}

PathStretch stretch_of(std::span<const PathStep> steps) {
  std::map<std::uint32_t, Seconds> of_rank;
  std::map<std::uint16_t, Seconds> of_phase;
  for (const PathStep& step : steps) {
    of_rank[step.rank.value()] += step.end - step.start;
    if (step.what == PathWhat::operation || step.what == PathWhat::message) {
      of_phase[step.label.phase] += step.end - step.start;
    }
  }
  const std::vector<std::uint32_t> ranks = by_time(of_rank);
  return {.rank = ranks.empty() ? steps.front().rank : workloads::RankId(ranks.front()),
          .ranks = static_cast<std::uint32_t>(of_rank.size()),
          .start = steps.front().start,
          .end = steps.back().end,
          .phases = by_time(of_phase)};
}

}  // namespace

std::vector<PathStretch> digest(std::span<const PathStep> path, std::size_t most) {
  LOCKSTEP_REQUIRE(most % 2 == 1);
  const std::vector<Run> runs = runs_of_ranks(path);
  const auto length = [&](const Run& run) { return path[run.end - 1].end - path[run.first].start; };
  // So many runs stand alone; between them, before and after there may be one stretch each.
  std::vector<bool> is_alone(runs.size(), runs.size() <= most);
  if (runs.size() > most) {
    std::vector<std::size_t> longest(runs.size());
    for (std::size_t i = 0; i < runs.size(); ++i) longest[i] = i;
    std::stable_sort(longest.begin(), longest.end(),
                     [&](std::size_t a, std::size_t b) { return length(runs[a]) > length(runs[b]); });
    for (std::size_t i = 0; i < most / 2; ++i) is_alone[longest[i]] = true;
  }
  std::vector<PathStretch> stretches;
  for (std::size_t i = 0; i < runs.size();) {
    std::size_t end = i + 1;
    while (!is_alone[i] && end < runs.size() && !is_alone[end]) ++end;
    stretches.push_back(stretch_of(path.subspan(runs[i].first, runs[end - 1].end - runs[i].first)));
    i = end;
  }
  return stretches;
}

}  // namespace lockstep::sim
