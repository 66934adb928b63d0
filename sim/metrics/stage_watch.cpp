#include "sim/metrics/stage_watch.hpp"

#include <algorithm>

namespace lockstep::sim {

StageWatch::StageWatch(std::vector<Member> members, TaskOf task_of)
    : members_(std::move(members)), task_of_(std::move(task_of)), ranks_(members_.size()) {}

void StageWatch::op_done(const OpSpan& span) {
  if (span.place.stream.value() != 0) return;
  const auto task = task_of_(span.place.rank, span.place.position);
  if (!task) return;
  RankTasks& rank = ranks_[span.place.rank.value()];
  if (rank.current != task) {
    if (span.kind == workloads::OpKind::exchange) return;  // a mark: what it receives is there, nothing is done yet
    if (rank.current) {
      rank.busy += rank.last_end - rank.began;
    } else {
      rank.first_start = span.start;
    }
    rank.current = task;
    rank.began = span.start;
  }
  rank.last_end = span.end;
}

StageWatch::Summary StageWatch::summary(Seconds start) const {
  std::uint32_t stage_count = 0;
  for (const Member& member : members_) stage_count = std::max(stage_count, member.stage + 1);
  Summary summary{.stages = std::vector<Stage>(stage_count)};
  std::vector<double> ranks_of_stage(stage_count);
  double all_ranks = 0;
  Seconds busy;
  Seconds first = ranks_.empty() ? start : ranks_.front().first_start;
  Seconds last = start;
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    const RankTasks& rank = ranks_[i];
    const auto [number, count] = members_[i];
    Stage& stage = summary.stages[number];
    const Seconds of_ranks = count * (rank.busy + (rank.last_end - rank.began));
    const bool is_first = ranks_of_stage[number] == 0;
    ranks_of_stage[number] += count;
    all_ranks += count;
    stage.busy += of_ranks;
    stage.first_start = is_first ? rank.first_start : std::min(stage.first_start, rank.first_start);
    stage.last_end = std::max(stage.last_end, rank.last_end);
    busy += of_ranks;
    first = std::min(first, rank.first_start);
    last = std::max(last, rank.last_end);
  }
  for (std::uint32_t i = 0; i < stage_count; ++i) {
    Stage& stage = summary.stages[i];
    stage.busy = stage.busy / ranks_of_stage[i];
    stage.first_start -= start;
    stage.last_end -= start;
  }
  const Seconds total = all_ranks * (last - first);
  if (total > Seconds(0)) summary.bubble_fraction = std::max(0.0, (total - busy) / total);
  return summary;
}

}  // namespace lockstep::sim
