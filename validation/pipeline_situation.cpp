#include "validation/pipeline_situation.hpp"

#include <algorithm>
#include <limits>

#include "validation/situation.hpp"

namespace lockstep::validation {
namespace {

using workloads::Schedule;

// Of a message of `bytes` that has its route for itself.
Seconds message_time(const topology::Fleet& fleet, topology::VertexId from, topology::VertexId to, Bytes bytes) {
  Seconds latency;
  double slowest = std::numeric_limits<double>::infinity();
  for (const topology::LinkId link : fleet.route(from, to)) {
    const topology::Channel& channel = fleet.channel_of(link);
    latency += channel.latency;
    slowest = std::min(slowest, channel.bandwidth.si());
  }
  return latency + bytes / Bandwidth(slowest);
}

StageShare sum(const StageShare& a, const StageShare& b, double weight) {
  return {.forward = a.forward + b.forward * weight,
          .backward = a.backward + b.backward * weight,
          .input_gradient = a.input_gradient + b.input_gradient * weight,
          .weight_gradient = a.weight_gradient + b.weight_gradient * weight,
          .overlapped = a.overlapped + b.overlapped * weight};
}

bool same(const StageCost& a, const StageCost& b) {
  return validation::same(a.forward.si(), b.forward.si()) && validation::same(a.backward.si(), b.backward.si());
}

}  // namespace

PipelineSituation::PipelineSituation(const PipelineCase& subject) : subject_(&subject) {
  const Schedule& schedule = *subject.schedule;
  shape_ = {.stages = schedule.devices(),
            .microbatches = schedule.microbatches,
            .virtual_stages = std::max(1U, schedule.stages() / schedule.devices())};
  stages_.resize(schedule.devices());
  for (std::uint32_t chunk = 0; chunk < schedule.chunks(); ++chunk) add_share(chunk);
  for (const StageShare& stage : stages_) mean_ = sum(mean_, stage, 1.0 / shape_.stages);
  measure_hops();
}

// Several copies of the model share a device's microbatches.
void PipelineSituation::add_share(std::uint32_t chunk) {
  const Schedule& schedule = *subject_->schedule;
  const workloads::ScheduleTimes& times = subject_->times;
  const std::uint32_t first = schedule.first_microbatch(chunk);
  const std::uint32_t end = schedule.end_microbatch(chunk);
  StageShare& stage = stages_[schedule.device_of[chunk]];
  for (std::uint32_t m = first; m < end; ++m) {
    const StageShare one{.forward = times.forward.at(chunk, m),
                         .backward = times.backward.at(chunk, m),
                         .input_gradient = times.input_gradient.at(chunk, m),
                         .weight_gradient = times.weight_gradient.at(chunk, m),
                         .overlapped = times.overlapped ? times.overlapped->at(chunk, m)
                                                        : times.forward.at(chunk, m) + times.backward.at(chunk, m)};
    stage = sum(stage, one, 1.0 / (double(end - first) * schedule.copies));
  }
}

void PipelineSituation::measure_hops() {
  const Schedule& schedule = *subject_->schedule;
  bool is_first = true;
  for (std::uint32_t chunk = 0; chunk < schedule.chunks(); ++chunk) {
    if (schedule.is_last(chunk) || schedule.device_of[chunk] == schedule.device_of[chunk + 1]) continue;
    const topology::VertexId here = subject_->members[schedule.device_of[chunk]];
    const topology::VertexId next = subject_->members[schedule.device_of[chunk + 1]];
    for (const auto& [from, to] : {std::pair(here, next), std::pair(next, here)}) {
      const Seconds time =
          subject_->message ? message_time(*subject_->fleet, from, to, *subject_->message) : subject_->times.transfer;
      hops_.least = is_first ? time : std::min(hops_.least, time);
      hops_.most = std::max(hops_.most, time);
      is_first = false;
    }
  }
}

const Crowding& PipelineSituation::crowding() const {
  if (!crowding_) crowding_ = crowding_of(*subject_->fleet, job_of(*subject_), subject_->engine.eager);
  return *crowding_;
}

std::vector<StageCost> PipelineSituation::stage_costs() const {
  std::vector<StageCost> costs;
  costs.reserve(stages_.size());
  for (const StageShare& stage : stages_) costs.push_back(stage.whole());
  return costs;
}

std::optional<PipelineSituation::OneSlowStage> PipelineSituation::slow_stage() const {
  if (stages_.size() < 2) return std::nullopt;
  std::uint32_t slowest = 0;
  for (std::uint32_t stage = 1; stage < stages_.size(); ++stage) {
    if (stages_[stage].whole().both() > stages_[slowest].whole().both()) slowest = stage;
  }
  const StageCost others = stages_[slowest == 0 ? 1 : 0].whole();
  for (std::uint32_t stage = 0; stage < stages_.size(); ++stage) {
    if (stage != slowest && !same(stages_[stage].whole(), others)) return std::nullopt;
  }
  const double factor = stages_[slowest].whole().both() / others.both();
  const StageCost scaled{.forward = others.forward * factor, .backward = others.backward * factor};
  if (validation::same(factor, 1) || !same(stages_[slowest].whole(), scaled)) return std::nullopt;
  return OneSlowStage{.slow = {.stage = slowest, .factor = factor}, .others = others};
}

}  // namespace lockstep::validation
