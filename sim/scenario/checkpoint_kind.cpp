#include "sim/scenario/checkpoint_kind.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/unit_text.hpp"
#include "sim/checkpoint_job.hpp"
#include "topology/storage.hpp"
#include "workloads/training/rank_devices.hpp"
#include "workloads/training/training_schedule.hpp"

namespace lockstep::sim {
namespace {

using topology::VertexId;
using workloads::CheckpointDirection;
using workloads::CheckpointLayout;
using workloads::CheckpointLoad;
using workloads::CheckpointProgram;
using workloads::CheckpointTraffic;
using workloads::CheckpointWriters;
using workloads::TrainingSpec;

template <class Value>
Value read_choice(const JsonFields& fields, const char* key, std::initializer_list<Value> values) {
  std::vector<std::string> names;
  for (const Value value : values) names.emplace_back(to_text(value));
  const std::string chosen = fields.choice_or(key, names.front(), names);
  return *(values.begin() + (std::find(names.begin(), names.end(), chosen) - names.begin()));
}

CheckpointTraffic read_traffic(const JsonFields& fields) {
  CheckpointTraffic traffic;
  traffic.direction = read_choice(fields, "direction",
                                  {CheckpointDirection::save, CheckpointDirection::load, CheckpointDirection::peers});
  traffic.layout = read_choice(fields, "layout", {CheckpointLayout::striped, CheckpointLayout::round_robin});
  traffic.snapshot = fields.maybe<Bandwidth>("snapshot");
  if (traffic.snapshot && !(*traffic.snapshot > Bandwidth(0))) fields.fail("snapshot", "must be positive");
  if (traffic.snapshot && traffic.direction == CheckpointDirection::load) {
    fields.fail("snapshot", "what is loaded is not copied to the host first", "leave it out");
  }
  return traffic;
}

// Whose state it is, and where its ranks are.
struct CheckpointOf {
  std::optional<TrainingSpec> training;
  Bytes total = {};  // where there is no training job
  CheckpointWriters writers = CheckpointWriters::all;
  std::vector<VertexId> devices;

  CheckpointLoad load() const {
    if (training) return workloads::checkpoint_load_of(*training, writers);
    return workloads::even_checkpoint(total, static_cast<std::uint32_t>(devices.size()));
  }
};

CheckpointOf read_training_job(const JsonFields& fields, const WorkloadGround& ground) {
  CheckpointOf of;
  TrainingSpec spec = workloads::read_training_spec(
      fields, {.catalog = ground.catalog, .directory = ground.directory, .devices = ground.devices.size()});
  fields.reject_unknown();
  of.devices = workloads::place_ranks(spec, ground.fleet, ground.devices, fields.where("placement"));
  spec.execution.plan.route =
      workloads::schedule_of(
          spec, {.directory = ground.directory, .where = fields.where("schedule"), .seed = ground.seed, .compute = {}})
          .route;
  of.training = std::move(spec);
  return of;
}

CheckpointOf read_subject(const JsonFields& fields, const WorkloadGround& ground) {
  const auto total = fields.maybe<Bytes>("bytes");
  if (fields.has("of") == total.has_value()) {
    fields.fail("", "a checkpoint is either \"of\" a training job or of so many \"bytes\"",
                "write for example \"bytes\": \"1 TB\"");
  }
  if (total) {
    if (!(*total > Bytes(0))) fields.fail("bytes", "must be positive");
    if (fields.has("writers")) fields.fail("writers", "bytes without a plan have no replicas", "state \"of\" instead");
    return {.training = std::nullopt, .total = *total, .devices = ground.devices};
  }
  CheckpointOf of = read_training_job(fields.object("of"), ground);
  of.writers = read_choice(fields, "writers", {CheckpointWriters::all, CheckpointWriters::first_replica});
  return of;
}

class CheckpointKind final : public Workload {
 public:
  CheckpointKind(CheckpointOf of, const CheckpointTraffic& traffic, const WorkloadGround& ground)
      : of_(std::move(of)),
        traffic_(traffic),
        load_(of_.load()),
        servers_(traffic.direction == CheckpointDirection::peers ? 0 : topology::storage_servers(ground.fleet).size()),
        job_(checkpoint_job(load_, ground.fleet, of_.devices, traffic)) {
    job_.start = ground.start;
  }

  Job job() const override { return job_; }
  Json as_run() const override {
    Json json = {
        {"kind", "checkpoint"}, {"direction", to_text(traffic_.direction)}, {"layout", to_text(traffic_.layout)}};
    if (traffic_.snapshot) json["snapshot"] = to_exact_text(*traffic_.snapshot);
    if (of_.training) {
      json["of"] = workloads::as_json(*of_.training);
      json["writers"] = to_text(of_.writers);
    } else {
      json["bytes"] = to_exact_text(of_.total);
    }
    return json;
  }

  void add_results(const Timeline&, const JobTimeline& job, Json& results) const override {
    const auto [least, most] = std::minmax_element(moved().begin(), moved().end());
    results["checkpoint"] = {{"bytes", total().si()},
                             {"bytes_per_rank", {{"min", least->si()}, {"max", most->si()}}},
                             {"ranks", moved().size()},
                             {"servers", servers_},
                             {"snapshot_s", snapshot_time().si()}};
    if (job.step_time() > Seconds(0)) results["bandwidth_bytes_per_s"] = (total() / job.step_time()).si();
  }

  std::vector<std::pair<std::string, std::string>> summary(const JobTimeline& job) const override {
    const bool to_peers = traffic_.direction == CheckpointDirection::peers;
    std::vector<std::pair<std::string, std::string>> lines = {
        {"checkpoint", std::string(to_text(traffic_.direction)) + ", " + to_text(total()) + ", " +
                           counted(moved().size(), "rank") + ", " +
                           (to_peers ? "to the next node" : counted(servers_, "server"))}};
    if (of_.training) lines.emplace_back("model", name_of(of_.training->model));
    const Bytes most = *std::max_element(moved().begin(), moved().end());
    lines.emplace_back("a rank", "at most " + to_text(most));
    if (traffic_.snapshot) lines.emplace_back("snapshot", to_text(snapshot_time()));
    if (job.step_time() > Seconds(0)) lines.emplace_back("achieved", to_text(total() / job.step_time()));
    return lines;
  }

 private:
  const std::vector<Bytes>& moved() const {
    return traffic_.direction == CheckpointDirection::load ? load_.loaded : load_.written;
  }
  Bytes total() const {
    return traffic_.direction == CheckpointDirection::load ? load_.total_loaded() : load_.total_written();
  }
  Seconds snapshot_time() const { return traffic_.snapshot ? load_.snapshot_time(*traffic_.snapshot) : Seconds(0); }

  CheckpointOf of_;
  CheckpointTraffic traffic_;
  CheckpointLoad load_;
  std::size_t servers_;
  Job job_;
};

}  // namespace

std::unique_ptr<Workload> read_checkpoint_kind(const JsonFields& fields, const WorkloadGround& ground) {
  const CheckpointTraffic traffic = read_traffic(fields);
  CheckpointOf of = read_subject(fields, ground);
  fields.reject_unknown();
  return std::make_unique<CheckpointKind>(std::move(of), traffic, ground);
}

}  // namespace lockstep::sim
