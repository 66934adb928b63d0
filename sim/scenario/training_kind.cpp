#include "sim/scenario/training_kind.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/unit_text.hpp"
#include "sim/scenario/training_results.hpp"
#include "sim/scenario/training_watch.hpp"
#include "workloads/costs/chunks.hpp"
#include "workloads/training/memory_verdict.hpp"
#include "workloads/training/rank_devices.hpp"
#include "workloads/training/step_figures.hpp"
#include "workloads/training/training_program.hpp"
#include "workloads/training/training_schedule.hpp"

namespace lockstep::sim {
namespace {

using topology::VertexId;
using workloads::DeviceRates;
using workloads::ParallelPlan;
using workloads::RankId;
using workloads::StepFigures;
using workloads::TrainingProgram;
using workloads::TrainingSpec;

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string percent(double share) {
  return shortest_text(std::round(share * 1e4) / 1e2) + " %";
}

// The ways in which ranks share the work, without those that nobody does: "data 8, tensor 8, pipeline 4".
std::string plan_text(const TrainingSpec& spec) {
  const ParallelPlan& plan = spec.execution.plan;
  std::string text = "data " + std::to_string(plan.data);
  const auto add = [&](const char* name, std::uint32_t degree) {
    if (degree > 1) text += ", " + std::string(name) + " " + std::to_string(degree);
  };
  add("tensor", plan.tensor);
  add("context", plan.context);
  add("expert", plan.expert);
  add("pipeline", plan.pipeline);
  if (plan.sequence_parallel) text += ", sequence parallel";
  if (plan.zero > 0) text += ", ZeRO-" + std::to_string(plan.zero);
  if (spec.execution.recompute != workloads::Recompute::none) {
    text += ", " + std::string(to_text(spec.execution.recompute)) + " recompute";
  }
  return text;
}

// What the devices of the ranks can do. Throws InputError where one does not say.
struct RankRates {
  std::vector<DeviceRates> of_stage;  // of one of its ranks
  FlopRate together = {};
};

RankRates rates_of_ranks(const ParallelPlan& plan, const topology::Fleet& fleet, const std::vector<VertexId>& devices,
                         const std::string& where) {
  const workloads::RankLayout layout(plan);
  RankRates rates{.of_stage = std::vector<DeviceRates>(plan.pipeline)};
  for (std::size_t rank = 0; rank < devices.size(); ++rank) {
    const topology::Vertex& device = fleet.vertex(devices[rank]);
    const DeviceRates own = workloads::rates_of(fleet.device_models()[device.model.value()], where);
    rates.of_stage[layout.coordinates(RankId(rank)).pipeline] = own;
    rates.together += own.compute;
  }
  return rates;
}

// Where the fleet stands in the scenario that has this workload.
std::string fleet_of(const JsonFields& workload) {
  return workload.file().empty() ? "fleet" : workload.file() + ": fleet";
}

class TrainingKind final : public Workload {
 public:
  TrainingKind(TrainingSpec spec, const JsonFields& fields, const WorkloadGround& ground)
      : spec_(std::move(spec)),
        devices_(workloads::place_ranks(spec_, ground.fleet, ground.devices, fields.where("placement"))),
        memory_rule_(ground.memory),
        start_(ground.start) {
    const RankRates rates = rates_of_ranks(spec_.execution.plan, ground.fleet, devices_, fleet_of(fields));
    peak_ = rates.together;
    const auto found =
        workloads::schedule_of(spec_, {.directory = ground.directory,
                                       .where = fields.where("schedule"),
                                       .seed = ground.seed,
                                       .compute = [&](std::uint32_t chunk, std::uint32_t stage) {
                                         return workloads::times_of_chunk(spec_.model, spec_.execution, chunk,
                                                                          rates.of_stage[stage], spec_.efficiency);
                                       }});
    spec_.execution.plan.route = found.route;
    memory_ = workloads::judge_memory(spec_, workloads::in_flight_under(spec_, found.schedule), ground.fleet, devices_);
    program_ = std::make_shared<const TrainingProgram>(
        spec_, found.schedule,
        workloads::TrainingGround{
            .fleet = &ground.fleet, .devices = devices_, .fidelity = ground.fidelity, .seed = ground.seed});
    for (const VertexId device : devices_) device_names_.push_back(ground.fleet.vertex(device).name);
    watch_ = std::make_unique<TrainingWatch>(job(), program_);
  }

  Job job() const override {
    return {.program = program_,
            .placement = devices_,
            .start = start_,
            .communication_slowdown = spec_.overlap.compute_slowdown,
            .sequences = workloads::packed_sequences(spec_)};
  }
  Json as_run() const override { return as_json(spec_); }
  Observer* observer() override { return watch_.get(); }
  std::vector<std::uint32_t> replica_of_rank() const override {
    std::vector<std::uint32_t> replicas;
    for (std::uint32_t rank = 0; rank < program_->rank_count(); ++rank) {
      replicas.push_back(program_->layout().coordinates(RankId(rank)).data);
    }
    return replicas;
  }

  std::optional<std::string> refusal() const override {
    if (memory_rule_ == MemoryRule::report || memory_.fits().value_or(true)) return std::nullopt;
    return explain(memory_);
  }
  std::vector<std::string> warnings() const override {
    std::vector<std::string> all = memory_warnings();
    const workloads::Precision precision = spec_.execution.precision;
    if (precision == workloads::Precision::fp8 || precision == workloads::Precision::fp32) {
      all.push_back("the fleet states one compute rate, which is taken for " + std::string(to_text(precision)) +
                    " as it is");
    }
    return all;
  }

  void add_results(const Timeline&, const JobTimeline& job, Json& results) const override {
    add_figures(figures(job), results);
    results["flops"] = to_text(spec_.flops);
    const TimeUse use = watch_->mean_use(job);
    results["scaling_efficiency"] = scaling_efficiency(use);
    results["breakdown_s"] = as_json(use);
    results["traffic_bytes"] = traffic_json(job);
    results["memory"] = as_json(memory_);
    results["pipeline"] = as_json(watch_->last_stages(), program_->schedule());
    results["critical_path"] = as_json(watch_->last_path(), device_names_);
  }

  Lines summary(const JobTimeline& job) const override {
    const StepFigures step = figures(job);
    const workloads::Schedule& schedule = program_->schedule();
    Lines lines = {
        {"model", name_of(spec_.model)},
        {"plan", plan_text(spec_)},
        {"batch", counted(spec_.global_batch, "sequence") + " of " + counted(spec_.execution.sequence_length, "token") +
                      ", " + counted(schedule.microbatches, "microbatch") + " a replica"},
        {"schedule", (spec_.schedule.empty() ? spec_.schedule_file : spec_.schedule) + ", " +
                         counted(schedule.devices(), "stage") + ", " +
                         counted(schedule.chunks() / schedule.devices(), "chunk") + " each"},
        {"throughput", count_text(step.tokens_per_s) + " tokens/s, " + count_text(step.tokens_per_s_per_device) +
                           " tokens/s a device"},
        {"work",
         to_text(step.model_flops_per_device) + " a device, MFU " + percent(step.mfu) + ", HFU " + percent(step.hfu)},
        {"critical path", path_text()},
        {"bubble", percent(watch_->last_stages().bubble_fraction) + " of the pipeline's time"}};
    return lines;
  }

 private:
  std::vector<std::string> memory_warnings() const {
    if (!memory_.fits()) {
      return {"the fleet does not say how much memory its devices have: whether it fits is not known"};
    }
    if (memory_rule_ == MemoryRule::enforce || *memory_.fits()) return {};
    return {explain(memory_)};
  }

  // Four significant digits.
  static std::string count_text(double number) {
    const double scale = number >= 1e3 ? 1 : number >= 100 ? 10 : 1000;
    return shortest_text(std::round(number * scale) / scale);
  }
  StepFigures figures(const JobTimeline& job) const { return figures_of(spec_, job.step_time(), peak_); }

  // How much of the step the mean rank computes.
  static double scaling_efficiency(const TimeUse& use) {
    const Seconds computing = std::accumulate(use.computing.begin(), use.computing.end(), Seconds(0));
    return use.total() > Seconds(0) ? computing / use.total() : 0;
  }

  // "61.2 % compute, 30.1 % tensor, …; through 5 ranks"
  std::string path_text() const {
    const std::vector<PathStep> path = watch_->last_path();
    if (path.empty()) return "none";
    const PathSums sums = sums_of(path);
    const Seconds whole = path.back().end - path.front().start;
    std::vector<std::size_t> phases(sums.of_phase.size());
    std::iota(phases.begin(), phases.end(), std::size_t{0});
    std::stable_sort(phases.begin(), phases.end(),
                     [&](std::size_t a, std::size_t b) { return sums.of_phase[a] > sums.of_phase[b]; });
    std::string text;
    for (const std::size_t phase : phases) {
      const double share = sums.of_phase[phase] / whole;
      if (share < 0.0005) break;
      text += percent(share) + " " + to_text(static_cast<workloads::Purpose>(phase)) + ", ";
    }
    for (const auto& [time, what] : {std::pair(sums.queueing, "queueing"), std::pair(sums.delays, "delays")}) {
      if (time / whole >= 0.0005) text += percent(time / whole) + " " + what + ", ";
    }
    std::set<std::uint32_t> ranks;
    for (const PathStep& step : path) ranks.insert(step.rank.value());
    return text + "through " + counted(ranks.size(), "rank");
  }

  TrainingSpec spec_;
  std::vector<VertexId> devices_;  // of each rank
  std::vector<std::string> device_names_;
  MemoryRule memory_rule_;
  Seconds start_;
  FlopRate peak_;
  workloads::MemoryVerdict memory_;
  std::shared_ptr<const TrainingProgram> program_;
  std::unique_ptr<TrainingWatch> watch_;
};

}  // namespace

std::unique_ptr<Workload> read_training_kind(const JsonFields& fields, const WorkloadGround& ground) {
  TrainingSpec spec = workloads::read_training_spec(
      fields, {.catalog = ground.catalog, .directory = ground.directory, .devices = ground.devices.size()});
  fields.reject_unknown();
  return std::make_unique<TrainingKind>(std::move(spec), fields, ground);
}

}  // namespace lockstep::sim
