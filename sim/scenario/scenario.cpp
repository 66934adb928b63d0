#include "sim/scenario/scenario.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "sim/campaign/scenario_campaign.hpp"
#include "sim/device_choice.hpp"
#include "sim/scenario/engine_spec.hpp"
#include "topology/fleet_spec.hpp"

namespace lockstep::sim {

using topology::Fleet;
using topology::VertexId;

// Reads the parts of a scenario in the order in which they depend on each other.
class ScenarioReader {
 public:
  ScenarioReader(const JsonFields& fields, const ScenarioSource& source) : fields_(fields), source_(source) {}

  Scenario read() {
    scenario_.name_ = fields_.value_or<std::string>("name", "");
    read_engine();
    const std::vector<JsonFields> stated = stated_workloads();
    read_fleet(stated);
    scenario_.mitigations_ = Mitigations::read(fields_);
    for (const JsonFields& workload : stated) read_workload(workload, fields_.has("workloads"));
    std::vector<Job> jobs;
    for (const auto& workload : scenario_.workloads_) {
      if (workload->self_driven() == nullptr) jobs.push_back(workload->job());
    }
    scenario_.perturbations_ = Perturbations::read(fields_, {.fleet = *scenario_.fleet_,
                                                             .jobs = jobs,
                                                             .directory = source_.directory,
                                                             .campaign = &scenario_.campaign_,
                                                             .name = {}});
    fields_.reject_unknown();
    scenario_.as_run_ = std::make_shared<Json>(as_run());
    scenario_.campaign_.settle_causes();
    check_self_driven();
    if (scenario_.is_campaign()) {
      check_every_step();
      check_campaign(scenario_, fields_);
    }
    check_mitigations();
    read_smaller();
    return std::move(scenario_);
  }

 private:
  void read_engine() {
    static const Json nothing = Json::object();
    const JsonFields engine =
        fields_.has("engine") ? fields_.object("engine") : JsonFields(nothing, source_.file, "engine");
    scenario_.engine_ = read_engine_options(engine);
    scenario_.fidelity_ = read_fidelity(engine);
    scenario_.memory_ = read_memory_rule(engine);
    engine.reject_unknown();
    if (!fields_.has("run")) return;
    const JsonFields run = fields_.object("run");
    scenario_.run_ = read_run_plan(run);
    if (run.has("checkpoint")) scenario_.campaign_.checkpoint = read_checkpoint_rule(run.object("checkpoint"));
    run.reject_unknown();
  }

  std::vector<JsonFields> stated_workloads() {
    const bool one = fields_.has("workload");
    if (one && fields_.has("workloads")) {
      fields_.fail("workloads", "a scenario states either \"workload\" or \"workloads\"");
    }
    if (one) return {fields_.object("workload")};
    std::vector<JsonFields> stated = fields_.objects("workloads");
    if (stated.empty()) {
      fields_.fail("", "there is no workload to simulate",
                   "add for example \"workload\": {\"kind\": \"collective\", \"operation\": \"all_reduce\", "
                   "\"algorithm\": \"ring\", \"bytes\": \"64 MiB\"}");
    }
    return stated;
  }

  const WorkloadKind& kind_of(const JsonFields& workload) {
    return find_entry(workload_kinds(), workload.required<std::string>("kind"), "kind of workload",
                      workload.where("kind"))
        .function;
  }

  void read_fleet(const std::vector<JsonFields>& stated) {
    topology::FleetSources sources{.catalog = source_.catalog};
    sources.import.file = source_.file;
    sources.import.directory = source_.directory;
    if (const Json* fleet = fields_.raw("fleet"); fleet == nullptr) {
      scenario_.fleet_ = std::make_unique<Fleet>(kind_of(stated.front()).ideal_fleet(stated.front()));
    } else if (fleet->is_string()) {
      scenario_.fleet_ = std::make_unique<Fleet>(topology::load_fleet(fleet->get<std::string>(), "", sources));
    } else {
      scenario_.fleet_ = std::make_unique<Fleet>(topology::read_fleet(fields_.object("fleet"), sources));
    }
  }

  // The devices that a workload is given; all of them unless stated.
  std::vector<VertexId> devices_of(const JsonFields& workload) const {
    const Fleet& fleet = *scenario_.fleet_;
    if (workload.has("devices")) return read_devices(workload, "devices", fleet);
    return {fleet.devices().begin(), fleet.devices().end()};
  }

  void read_workload(const JsonFields& fields, bool is_one_of_several) {
    const WorkloadKind& kind = kind_of(fields);
    WorkloadGround ground{.catalog = source_.catalog,
                          .fleet = *scenario_.fleet_,
                          .devices = {},
                          .engine = scenario_.engine_,
                          .fidelity = scenario_.fidelity_,
                          .memory = scenario_.memory_,
                          .start = is_one_of_several ? fields.value_or<Seconds>("start", Seconds(0)) : Seconds(0),
                          .seed = scenario_.seed(),
                          .spare_replicas = scenario_.mitigations_.spare_replicas,
                          .directory = source_.directory};
    ground.devices = devices_of(fields);
    scenario_.starts_.push_back(ground.start);
    scenario_.workloads_.push_back(kind.read(fields, ground));
  }

  // It has steps of its own, and the whole network for itself.
  void check_self_driven() {
    for (const auto& workload : scenario_.workloads_) {
      if (workload->self_driven() == nullptr) continue;
      if (scenario_.workloads_.size() > 1) {
        fields_.fail("workloads", "a workload of updates runs alone", "give it a scenario of its own");
      }
      if (scenario_.run_.steps > 1 || scenario_.is_campaign()) {
        fields_.fail(scenario_.run_.steps > 1 ? "run.steps" : "",
                     "a workload of updates is a whole run, without steps, checkpoints or failures",
                     "say under \"workload\" how many \"updates\" there are");
      }
    }
  }

  void check_every_step() {
    if (!scenario_.run_.every_step) return;
    fields_.fail("run.every_step", "runs with failures, checkpoints or a duration simulate one step of each kind",
                 "leave it out");
  }

  void check_mitigations() {
    if (scenario_.mitigations_.empty()) return;
    if (scenario_.workloads_.size() > 1) {
      fields_.fail("mitigations", "a run with mitigations has one workload", "give each of them a scenario of its own");
    }
    if (scenario_.is_campaign()) {
      fields_.fail("mitigations", "runs with failures, checkpoints or a duration take their steps as they are",
                   "state unequal numbers of microbatches as the workload's \"microbatches_per_replica\"");
    }
    sim::check_mitigations(scenario_.mitigations_, *scenario_.workloads_.front(), fields_);
  }

  // A campaign that may go on with fewer replicas has to know how long their steps take.
  void read_smaller() {
    for (const Json& document : smaller_documents(scenario_, fields_)) {
      scenario_.smaller_.push_back(std::make_unique<const Scenario>(read_scenario(document, source_)));
    }
  }

  Json as_run() {
    Json json = Json::object();
    if (!scenario_.name_.empty()) json["name"] = scenario_.name_;
    if (const Json* fleet = fields_.raw("fleet")) json["fleet"] = *fleet;
    Json workloads = Json::array();
    const bool several = fields_.has("workloads");
    for (std::size_t i = 0; i < scenario_.workloads_.size(); ++i) {
      Json workload = scenario_.workloads_[i]->as_run();
      if (const Json* devices =
              (several ? fields_.objects("workloads")[i] : fields_.object("workload")).raw("devices")) {
        workload["devices"] = *devices;
      }
      if (several) workload["start"] = to_exact_text(scenario_.starts_[i]);
      workloads.push_back(std::move(workload));
    }
    if (several) {
      json["workloads"] = std::move(workloads);
    } else {
      json["workload"] = std::move(workloads.front());
    }
    if (const Json* perturbations = fields_.raw("perturbations")) json["perturbations"] = *perturbations;
    if (const Json* mitigations = fields_.raw("mitigations")) json["mitigations"] = *mitigations;
    json["engine"] = as_json(scenario_.engine_, scenario_.fidelity_, scenario_.memory_);
    json["run"] = as_json(scenario_.run_);
    if (fields_.has("run")) {
      if (const Json* checkpoint = fields_.object("run").raw("checkpoint")) json["run"]["checkpoint"] = *checkpoint;
    }
    return json;
  }

  const JsonFields& fields_;
  const ScenarioSource& source_;
  Scenario scenario_;
};

std::vector<Job> Scenario::jobs() const {
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < workloads_.size(); ++i) {
    jobs.push_back(workloads_[i]->job());
    jobs.back().start = starts_[i];
  }
  return jobs;
}

std::vector<Job> Scenario::jobs_of_steps(std::uint64_t steps) const {
  return in_steps(jobs(), steps);
}

std::vector<Job> in_steps(std::span<const Job> jobs, std::uint64_t steps) {
  std::vector<Job> all(jobs.begin(), jobs.end());
  for (std::uint64_t step = 1; step < steps; ++step) {
    for (const Job& job : jobs) {
      const auto before = static_cast<std::uint32_t>(all.size() - jobs.size());
      all.push_back(job);
      all.back().start = Seconds(0);
      all.back().follows = before;
    }
  }
  return all;
}

bool Scenario::is_random() const {
  const auto is_random = [](const auto& workload) { return workload->is_random(); };
  return perturbations_.are_random() || !campaign_.causes.empty() ||
         std::any_of(workloads_.begin(), workloads_.end(), is_random);
}

std::vector<std::string> Scenario::warnings() const {
  std::vector<std::string> all(fleet_->warnings().begin(), fleet_->warnings().end());
  for (const auto& workload : workloads_) {
    for (std::string& warning : workload->warnings()) all.push_back(std::move(warning));
  }
  const auto& checkpoint = campaign_.checkpoint;
  if (checkpoint && checkpoint->interval != IntervalRule::never && !checkpoint->write && engine_.network != "fluid") {
    all.push_back("on '" + engine_.network +
                  "' ranks do not share the links to storage, so that a checkpoint takes far less than it would: "
                  "simulate it on 'fluid', or state how long a \"write\" takes");
  }
  return all;
}

std::vector<std::string> Scenario::refusals() const {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < workloads_.size(); ++i) {
    const auto refusal = workloads_[i]->refusal();
    if (refusal) all.push_back((workloads_.size() > 1 ? "workload " + std::to_string(i) + ": " : "") + *refusal);
  }
  return all;
}

Scenario read_scenario(const Json& document, const ScenarioSource& source) {
  const JsonFields fields(document, source.file);
  return ScenarioReader(fields, source).read();
}

}  // namespace lockstep::sim
