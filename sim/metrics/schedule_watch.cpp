#include "sim/metrics/schedule_watch.hpp"

#include <span>

namespace lockstep::sim {

ScheduleWatch::ScheduleWatch(std::shared_ptr<const workloads::ScheduleProgram> program) : program_(std::move(program)) {
  for (const auto& tasks : program_->schedule().tasks) spans_.emplace_back(tasks.size());
}

void ScheduleWatch::op_done(const OpSpan& span) {
  if (span.place.stream.value() != 0) return;
  const auto task = program_->task_of(span.place.rank, span.place.position);
  if (!task) return;
  const std::uint32_t device = span.place.rank.value();
  spans_[device][*task] = {span.start, span.end};
  if (program_->schedule().tasks[device][*task].overlaps_next) spans_[device][*task + 1] = {span.start, span.end};
}

workloads::ScheduleSummary ScheduleWatch::summary(Seconds start) const {
  std::vector<std::vector<workloads::TaskSpan>> since_start;
  if (start > Seconds(0)) {
    since_start = spans_;
    for (auto& spans : since_start) {
      for (workloads::TaskSpan& span : spans) span = {span.start - start, span.end - start};
    }
  }
  const auto& all = start > Seconds(0) ? since_start : spans_;
  return summarize(program_->schedule(), {all.begin(), all.end()});
}

}  // namespace lockstep::sim
