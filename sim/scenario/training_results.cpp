#include "sim/scenario/training_results.hpp"

#include <nlohmann/json.hpp>

#include "sim/metrics/path_digest.hpp"
#include "workloads/schedules/schedule_summary.hpp"
#include "workloads/training/purpose.hpp"

namespace lockstep::sim {
namespace {

using workloads::Purpose;

constexpr std::size_t most_path_steps = 63;

Json as_json(const std::optional<Bytes>& bytes) {
  return bytes ? Json(bytes->si()) : Json();
}

// "compute, tensor", and of how many ranks if there are several.
std::string what_happens(const PathStretch& stretch) {
  std::string text;
  for (const std::uint16_t phase : stretch.phases) {
    text += (text.empty() ? "" : ", ") + std::string(to_text(static_cast<Purpose>(phase)));
  }
  if (text.empty()) text = "waiting";
  return stretch.ranks > 1 ? text + " of " + std::to_string(stretch.ranks) + " ranks" : text;
}

}  // namespace

Json as_json(const workloads::MemoryVerdict& verdict) {
  Json stages = Json::array();
  for (const workloads::StageRoom& room : verdict.stages) {
    stages.push_back({{"weights_bytes", room.needed.weights.si()},
                      {"gradients_bytes", room.needed.gradients.si()},
                      {"optimizer_bytes", room.needed.optimizer.si()},
                      {"activations_bytes", room.needed.activations.si()},
                      {"buffers_bytes", room.needed.buffers.si()},
                      {"total_bytes", room.needed.total().si()},
                      {"usable_bytes", as_json(room.usable)}});
  }
  Json remedies = Json::array();
  for (const workloads::Remedy& remedy : verdict.remedies) {
    remedies.push_back({{"change", remedy.change}, {"largest_stage_bytes", remedy.largest.si()}});
  }
  const std::optional<bool> fits = verdict.fits();
  return {{"fits", fits ? Json(*fits) : Json()},
          {"usable_bytes", as_json(verdict.usable())},
          {"per_stage", std::move(stages)},
          {"remedies", std::move(remedies)}};
}

void add_figures(const workloads::StepFigures& figures, Json& results) {
  results["throughput"] = {{"sequences_per_s", figures.sequences_per_s},
                           {"tokens_per_s", figures.tokens_per_s},
                           {"tokens_per_s_per_device", figures.tokens_per_s_per_device}};
  results["model_flops_per_device_per_s"] = figures.model_flops_per_device.si();
  results["mfu"] = figures.mfu;
  results["hfu"] = figures.hfu;
}

Json as_json(const TimeUse& use) {
  const auto of = [](const std::vector<Seconds>& times, Purpose purpose) {
    const auto phase = static_cast<std::size_t>(purpose);
    return phase < times.size() ? times[phase].si() : 0;
  };
  Json breakdown = {{"compute", of(use.computing, Purpose::compute)},
                    {"optimizer", of(use.computing, Purpose::optimizer)}};
  for (const Purpose purpose : {Purpose::tensor, Purpose::expert, Purpose::context, Purpose::gradients,
                                Purpose::parameters, Purpose::embedding, Purpose::norm}) {
    breakdown[std::string("exposed_") + to_text(purpose)] = of(use.exposed, purpose);
  }
  // All that steps let pass are hops between stages whose time is stated.
  breakdown["exposed_pipeline"] = of(use.exposed, Purpose::pipeline) + use.delays.si();
  breakdown["bubble"] = use.bubble.si();
  breakdown["straggling"] = use.straggling.si();
  return breakdown;
}

Json traffic_json(const JobTimeline& job) {
  Json traffic = Json::object();
  for (std::size_t phase = 0; phase < workloads::purpose_count; ++phase) {
    const auto purpose = static_cast<Purpose>(phase);
    if (purpose == Purpose::compute || purpose == Purpose::optimizer) continue;
    const Bytes bytes = phase < job.bytes_of_phase.size() ? job.bytes_of_phase[phase] : Bytes(0);
    traffic[to_text(purpose)] = bytes.si() / static_cast<double>(job.steps());
  }
  return traffic;
}

Json as_json(std::span<const PathStep> critical_path, std::span<const std::string> devices) {
  const PathSums sums = sums_of(critical_path);
  Json totals = Json::object();
  for (std::size_t phase = 0; phase < workloads::purpose_count; ++phase) {
    totals[to_text(static_cast<Purpose>(phase))] = phase < sums.of_phase.size() ? sums.of_phase[phase].si() : 0;
  }
  totals["delays"] = sums.delays.si();
  totals["queueing"] = sums.queueing.si();
  // Nobody looks at the clock but those who wait for a decision about late replicas.
  if (sums.clock > Seconds(0)) totals["decision"] = sums.clock.si();
  const Seconds start = critical_path.empty() ? Seconds(0) : critical_path.front().start;
  Json steps = Json::array();
  for (const PathStretch& stretch : digest(critical_path, most_path_steps)) {
    steps.push_back({{"rank", stretch.rank.value()},
                     {"device", devices[stretch.rank.value()]},
                     {"what", what_happens(stretch)},
                     {"start_s", (stretch.start - start).si()},
                     {"end_s", (stretch.end - start).si()}});
  }
  return {{"sums_s", std::move(totals)}, {"steps", std::move(steps)}};
}

Json as_json(const StageWatch::Summary& pipeline, const workloads::Schedule& schedule) {
  Json stages = Json::array();
  for (std::size_t i = 0; i < pipeline.stages.size(); ++i) {
    const StageWatch::Stage& stage = pipeline.stages[i];
    const workloads::PeakInFlight peak = workloads::peak_in_flight(schedule.tasks[i]);
    stages.push_back({{"busy_s", stage.busy.si()},
                      {"first_start_s", stage.first_start.si()},
                      {"last_end_s", stage.last_end.si()},
                      {"peak_in_flight", peak.until_gradient},
                      {"peak_until_weight_gradient", peak.until_weight_gradient}});
  }
  return {{"bubble_fraction", pipeline.bubble_fraction}, {"stages", std::move(stages)}};
}

}  // namespace lockstep::sim
