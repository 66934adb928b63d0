#include "sim/metrics/stage_watch.hpp"

#include <algorithm>

namespace lockstep::sim {

StageWatch::StageWatch(std::vector<std::uint32_t> stages, TaskOf task_of)
    : stages_(std::move(stages)), task_of_(std::move(task_of)), ranks_(stages_.size()) {}

void StageWatch::op_done(const OpSpan& span) {
  if (span.place.stream.value() != 0) return;
  const auto task = task_of_(span.place.rank, span.place.position);
  if (!task) return;
  RankTasks& rank = ranks_[span.place.rank.value()];
  if (rank.current != task) {
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
  const std::uint32_t stage_count = stages_.empty() ? 0 : 1 + *std::max_element(stages_.begin(), stages_.end());
  Summary summary{.stages = std::vector<Stage>(stage_count)};
  std::vector<double> ranks_of_stage(stage_count);
  Seconds busy;
  Seconds first = ranks_.empty() ? start : ranks_.front().first_start;
  Seconds last = start;
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    const RankTasks& rank = ranks_[i];
    Stage& stage = summary.stages[stages_[i]];
    const Seconds of_rank = rank.busy + (rank.last_end - rank.began);
    const bool is_first = ranks_of_stage[stages_[i]]++ == 0;
    stage.busy += of_rank;
    stage.first_start = is_first ? rank.first_start : std::min(stage.first_start, rank.first_start);
    stage.last_end = std::max(stage.last_end, rank.last_end);
    busy += of_rank;
    first = std::min(first, rank.first_start);
    last = std::max(last, rank.last_end);
  }
  for (std::uint32_t i = 0; i < stage_count; ++i) {
    Stage& stage = summary.stages[i];
    stage.busy = stage.busy / ranks_of_stage[i];
    stage.first_start -= start;
    stage.last_end -= start;
  }
  const Seconds total = static_cast<double>(ranks_.size()) * (last - first);
  if (total > Seconds(0)) summary.bubble_fraction = std::max(0.0, (total - busy) / total);
  return summary;
}

}  // namespace lockstep::sim
