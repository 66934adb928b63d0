#include "sim/scenario/training_kind.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
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

// Where a training job runs, and what its scenario says of the engine.
struct Site {
  const topology::Fleet* fleet = nullptr;
  std::vector<VertexId> devices;  // of each rank
  workloads::Fidelity fidelity = workloads::Fidelity::message;
  MemoryRule memory = MemoryRule::enforce;
  Seconds start = {};
  std::uint64_t seed = 0;
  std::string directory = ".";
  std::string where_schedule = "schedule";
  FlopRate peak = {};                        // of all devices that the job has, taking part or not
  std::vector<std::uint32_t> replicas = {};  // which ones of a job take part; empty: all
};

workloads::TrainingSchedule schedule_on(const Site& site, const TrainingSpec& spec,
                                        const std::vector<DeviceRates>& rates_of_stage) {
  return workloads::schedule_of(spec, {.directory = site.directory,
                                       .where = site.where_schedule,
                                       .seed = site.seed,
                                       .compute = [&](std::uint32_t chunk, std::uint32_t stage) {
                                         return workloads::times_of_chunk(spec.model, spec.execution, chunk,
                                                                          rates_of_stage[stage], spec.efficiency);
                                       }});
}

class TrainingKind final : public Workload, public ReplicatedStep {
 public:
  TrainingKind(TrainingSpec spec, Site site, workloads::TrainingSchedule schedule)
      : spec_(std::move(spec)), site_(std::move(site)), schedule_(std::move(schedule)) {
    spec_.execution.plan.route = schedule_.route;
    whole_ = std::make_shared<const TrainingSpec>(spec_);
    memory_ = workloads::judge_memory(spec_, workloads::in_flight_under(spec_, schedule_.schedule), *site_.fleet,
                                      site_.devices);
    program_ = program_of(spec_);
    for (const VertexId device : site_.devices) device_names_.push_back(site_.fleet->vertex(device).name);
  }

  Job job() const override {
    return {.program = program_,
            .placement = site_.devices,
            .start = site_.start,
            .communication_slowdown = spec_.overlap.compute_slowdown,
            .sequences = workloads::packed_sequences(spec_)};
  }
  Json as_run() const override { return as_json(spec_); }
  Observer* watch(const Job& job) override {
    watch_ = std::make_unique<TrainingWatch>(job, program_);
    return watch_.get();
  }
  ReplicatedStep* replicated() override { return this; }
  std::vector<std::uint32_t> replica_of_rank() const override {
    std::vector<std::uint32_t> replicas;
    for (std::uint32_t rank = 0; rank < program_->rank_count(); ++rank) {
      replicas.push_back(program_->layout().coordinates(RankId(rank)).data);
    }
    return replicas;
  }

  std::vector<std::uint32_t> microbatches() const override {
    const std::vector<std::uint32_t>& stated = spec_.microbatches_per_replica;
    if (!stated.empty()) return stated;
    return std::vector(spec_.execution.plan.data, static_cast<std::uint32_t>(spec_.microbatches()));
  }
  std::uint64_t sequences_of_microbatch() const override { return spec_.execution.microbatch; }
  std::uint32_t stages() const override { return spec_.execution.plan.pipeline; }
  std::optional<std::string> ties() const override { return ties_of(spec_.execution.plan); }

  std::optional<std::string> problem_with(const std::vector<std::uint32_t>& microbatches) const override {
    TrainingSpec other = spec_;
    other.microbatches_per_replica = microbatches;
    return workloads::problem_of_shares(other);
  }
  std::unique_ptr<Workload> with_microbatches(const std::vector<std::uint32_t>& microbatches) const override {
    TrainingSpec other = spec_;
    other.microbatches_per_replica = microbatches;
    const RankRates rates = rates_of_ranks(other.execution.plan, *site_.fleet, site_.devices, "fleet");
    workloads::TrainingSchedule schedule = schedule_on(site_, other, rates.of_stage);
    return std::make_unique<TrainingKind>(std::move(other), site_, std::move(schedule));
  }

  Job without_exchange() const override {
    TrainingSpec other = spec_;
    other.overlap.gradients_from = Seconds(std::numeric_limits<double>::infinity());
    Job job = this->job();
    job.program = program_of(other);
    return job;
  }

  std::unique_ptr<Workload> of(const ReplicaDecision& decision) const override {
    const std::vector<std::uint32_t> counts = microbatches();
    TrainingSpec part = spec_;
    workloads::TrainingSchedule schedule = schedule_;
    part.execution.plan.data = static_cast<std::uint32_t>(decision.chosen.size());
    part.overlap.gradients_from = decision.at;
    part.spare_replicas = 0;
    part.global_batch = 0;
    part.microbatches_per_replica.clear();
    Site site = site_;
    site.replicas = decision.chosen;
    for (const std::uint32_t replica : decision.chosen) {
      part.global_batch += counts[replica] * spec_.execution.microbatch;
      part.microbatches_per_replica.push_back(counts[replica]);
    }
    if (schedule_.of_replica.size() > 1) {
      schedule.of_replica.clear();
      for (const std::uint32_t replica : decision.chosen) schedule.of_replica.push_back(schedule_.of_replica[replica]);
      schedule.schedule = *std::ranges::max_element(
          schedule.of_replica, [](const auto& a, const auto& b) { return a->microbatches < b->microbatches; });
    }
    site.devices = devices_of(part.execution.plan, decision.chosen);
    auto made = std::make_unique<TrainingKind>(std::move(part), std::move(site), std::move(schedule));
    made->whole_ = whole_;
    return made;
  }
  void count(const MeanStep& mean) override { mean_ = mean; }

  std::optional<std::string> refusal() const override {
    if (site_.memory == MemoryRule::report || memory_.fits().value_or(true)) return std::nullopt;
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
    if (site_.memory == MemoryRule::enforce || *memory_.fits()) return {};
    return {explain(memory_)};
  }

  // Four significant digits.
  static std::string count_text(double number) {
    const double scale = number >= 1e3 ? 1 : number >= 100 ? 10 : 1000;
    return shortest_text(std::round(number * scale) / scale);
  }
  StepFigures figures(const JobTimeline& job) const {
    if (mean_) return figures_of(*whole_, mean_->time, site_.peak, mean_->sequences);
    return figures_of(spec_, job.step_time(), site_.peak);
  }

  // What keeps replicas together.
  static std::optional<std::string> ties_of(const ParallelPlan& plan) {
    if (plan.data == 1) return "there is one replica only";
    if (plan.zero > 0) {
      return "ZeRO-" + std::to_string(plan.zero) +
             " shards the optimizer's state over the replicas, so that each of "
             "them is needed";
    }
    if (plan.expert > 1) return "experts live on several replicas, so that each of them is needed";
    return std::nullopt;
  }

  std::shared_ptr<const TrainingProgram> program_of(const TrainingSpec& spec) const {
    return std::make_shared<const TrainingProgram>(spec, schedule_.of_replica,
                                                   workloads::TrainingGround{.fleet = site_.fleet,
                                                                             .devices = site_.devices,
                                                                             .fidelity = site_.fidelity,
                                                                             .seed = site_.seed,
                                                                             .replicas = site_.replicas});
  }

  // Of each rank of a plan for some of the replicas.
  std::vector<VertexId> devices_of(const ParallelPlan& plan, const std::vector<std::uint32_t>& replicas) const {
    const workloads::RankLayout layout(plan);
    std::vector<VertexId> devices;
    for (std::uint32_t rank = 0; rank < layout.rank_count(); ++rank) {
      workloads::Coordinates place = layout.coordinates(RankId(rank));
      place.data = replicas[place.data];
      devices.push_back(site_.devices[program_->layout().rank_at(place).value()]);
    }
    return devices;
  }

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
    for (const auto& [time, what] : {std::pair(sums.queueing, "queueing"), std::pair(sums.delays, "delays"),
                                     std::pair(sums.clock, "waiting for the decision")}) {
      if (time / whole >= 0.0005) text += percent(time / whole) + " " + what + ", ";
    }
    std::set<std::uint32_t> ranks;
    for (const PathStep& step : path) ranks.insert(step.rank.value());
    return text + "through " + counted(ranks.size(), "rank");
  }

  TrainingSpec spec_;
  Site site_;
  workloads::TrainingSchedule schedule_;
  std::shared_ptr<const TrainingSpec> whole_;  // of all replicas, where this is about some of them
  std::vector<std::string> device_names_;
  workloads::MemoryVerdict memory_;
  std::shared_ptr<const TrainingProgram> program_;
  std::unique_ptr<TrainingWatch> watch_;
  std::optional<MeanStep> mean_;  // what figures go by, if not by this step
};

}  // namespace

std::unique_ptr<Workload> read_training_kind(const JsonFields& fields, const WorkloadGround& ground) {
  TrainingSpec spec = workloads::read_training_spec(fields, {.catalog = ground.catalog,
                                                             .directory = ground.directory,
                                                             .devices = ground.devices.size(),
                                                             .spare_replicas = ground.spare_replicas});
  fields.reject_unknown();
  Site site{.fleet = &ground.fleet,
            .devices = workloads::place_ranks(spec, ground.fleet, ground.devices, fields.where("placement")),
            .fidelity = ground.fidelity,
            .memory = ground.memory,
            .start = ground.start,
            .seed = ground.seed,
            .directory = ground.directory,
            .where_schedule = fields.where("schedule")};
  const RankRates rates = rates_of_ranks(spec.execution.plan, ground.fleet, site.devices, fleet_of(fields));
  site.peak = rates.together;
  workloads::TrainingSchedule schedule = schedule_on(site, spec, rates.of_stage);
  return std::make_unique<TrainingKind>(std::move(spec), std::move(site), std::move(schedule));
}

}  // namespace lockstep::sim
