#include "sim/scenario/training_results.hpp"

#include <nlohmann/json.hpp>

#include "workloads/schedules/schedule_summary.hpp"

namespace lockstep::sim {
namespace {

Json as_json(const std::optional<Bytes>& bytes) {
  return bytes ? Json(bytes->si()) : Json();
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
