#include "validation/scenario_case.hpp"

#include <nlohmann/json.hpp>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "validation/lasting_slowness.hpp"
#include "validation/solvers/mlsysim/distributed.hpp"
#include "validation/solvers/solver_inputs.hpp"
#include "workloads/collectives/auto_choice.hpp"

namespace lockstep::validation {
namespace {

// Nothing where solvers could not take such a fleet, or the workload has only a part of it.
std::optional<FleetFigures> described_fleet(const Json& as_run, const Catalog& catalog, std::size_t members) {
  if (!as_run.contains("fleet")) return std::nullopt;
  const Json document = {{"cluster", as_run["fleet"]}};
  const SolverSource source{.catalog = catalog};
  try {
    const FleetFigures figures = SolverInputs(document, mlsysim::distributed.inputs, source).fleet();
    if (figures.devices() == members) return figures;
  } catch (const InputError&) {
    // What the graph says is taken instead.
  }
  return std::nullopt;
}

void slow_down(PipelineCase& subject, const LastingSlowness& slowness) {
  if (slowness.slow_ones(subject.members) == 0) return;
  change_times(subject, [&](const workloads::TimeTable& table, std::uint32_t chunk, std::uint32_t microbatch) {
    const topology::VertexId device = subject.members[subject.schedule->device_of[chunk]];
    return table.at(chunk, microbatch) / slowness.device_speed[device.value()];
  });
}

}  // namespace

bool is_disturbed(const sim::Scenario& scenario) {
  const auto workloads = scenario.workloads();
  const std::string kind = workloads.size() == 1 ? workloads.front()->as_run().value("kind", "") : "";
  std::size_t in_case = 0;
  if (kind == "collective") in_case = lasting_slowness(scenario, Concern::links).perturbations.size();
  if (kind == "pipeline") in_case = lasting_slowness(scenario, Concern::devices).perturbations.size();
  return in_case < scenario.perturbations().names().size();
}

std::optional<CollectiveCase> collective_case_of(const sim::Scenario& scenario) {
  const auto workloads = scenario.workloads();
  if (workloads.size() != 1) return std::nullopt;
  // What a scenario ran is a scenario again.
  const Json as_run = workloads.front()->as_run();
  if (as_run.value("kind", "") != "collective") return std::nullopt;
  const JsonFields fields(as_run, "", "workload");
  // The ranks are checked already, and none is beyond the fleet's devices.
  const auto devices = static_cast<std::uint32_t>(scenario.fleet().device_count());
  CollectiveCase subject{.fleet = scenario.fleet(),
                         .members = workloads.front()->job().placement,
                         .workload = workloads::read_collective_workload(fields, devices),
                         .fidelity = scenario.fidelity(),
                         .engine = scenario.engine()};
  if (!subject.workload.is_send() && subject.workload.request.algorithm == "auto") {
    subject.workload.request =
        workloads::choose_algorithm(subject.workload.request, {subject.fleet, subject.members}).request;
  }
  subject.fleet = slowed_down(subject.fleet, lasting_slowness(scenario, Concern::links));
  return subject;
}

std::optional<PipelineCase> pipeline_case_of(const sim::Scenario& scenario) {
  const auto workloads = scenario.workloads();
  if (workloads.size() != 1) return std::nullopt;
  const Json as_run = workloads.front()->as_run();
  if (as_run.value("kind", "") != "pipeline") return std::nullopt;
  const sim::Job job = workloads.front()->job();
  const auto* program = dynamic_cast<const workloads::ScheduleProgram*>(job.program.get());
  LOCKSTEP_REQUIRE(program != nullptr);
  const Json& name = as_run["schedule"];
  PipelineCase subject{.fleet = &scenario.fleet(),
                       .members = job.placement,
                       .name = name.is_string() ? name.get<std::string>() : catalogue_name(program->schedule()),
                       .schedule = program->shared_schedule(),
                       .times = program->times(),
                       .message = program->message(),
                       .engine = scenario.engine()};
  slow_down(subject, lasting_slowness(scenario, Concern::devices));
  return subject;
}

std::optional<TrainingCase> training_case_of(const sim::Scenario& scenario, const Catalog& catalog) {
  const auto workloads = scenario.workloads();
  if (workloads.size() != 1) return std::nullopt;
  const sim::Job job = workloads.front()->job();
  const auto* program = dynamic_cast<const workloads::TrainingProgram*>(job.program.get());
  // Forms of training steps are about replicas that are alike.
  if (program == nullptr || !program->spec().microbatches_per_replica.empty()) return std::nullopt;
  return TrainingCase{.fleet = &scenario.fleet(),
                      .members = job.placement,
                      .spec = program->spec(),
                      .schedule = program->shared_schedule(),
                      .engine = scenario.engine(),
                      .fidelity = scenario.fidelity(),
                      .seed = scenario.seed(),
                      .described = described_fleet(scenario.as_run(), catalog, job.placement.size())};
}

}  // namespace lockstep::validation
