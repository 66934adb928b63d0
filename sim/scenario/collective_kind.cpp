#include "sim/scenario/collective_kind.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/unit_text.hpp"
#include "workloads/collectives/auto_choice.hpp"
#include "workloads/collectives/collective_workload.hpp"

namespace lockstep::sim {
namespace {

class CollectiveKind final : public Workload {
 public:
  CollectiveKind(workloads::CollectiveWorkload workload, const WorkloadGround& ground)
      : workload_(std::move(workload)) {
    for (const std::uint32_t rank : workload_.ranks) placement_.push_back(ground.devices[rank]);
    const workloads::CollectiveGround members{ground.fleet, placement_};
    workloads::CollectiveWorkload chosen = workload_;
    if (!workload_.is_send() && workload_.request.algorithm == "auto") {
      choice_ = workloads::choose_algorithm(workload_.request, members);
      chosen.request = choice_->request;
    }
    program_ = program_of(chosen, members, ground.fidelity);
  }

  Job job() const override {
    return {.program = program_,
            .placement = placement_,
            .reduction_rate = workload_.reduction_rate,
            .message_overhead = workload_.message_overhead};
  }
  Json as_run() const override { return as_json(workload_); }

  void add_results(const Timeline&, const JobTimeline& job, Json& results) const override {
    if (workload_.is_send()) {
      Json ends = Json::array();
      for (const Seconds end : job.rank_end) ends.push_back(end.si());
      results["rank_end_s"] = std::move(ends);
      return;
    }
    if (choice_) results["auto"] = choice_as_json();
    if (!has_bytes(job)) return;
    results["algorithm_bandwidth_bytes_per_s"] = algorithm_bandwidth(job).si();
    results["bus_bandwidth_bytes_per_s"] = bus_bandwidth(job).si();
  }

  std::vector<std::pair<std::string, std::string>> summary(const JobTimeline& job) const override {
    const std::string ranks = counted(placement_.size(), "rank");
    if (workload_.is_send()) return {{"messages", counted(workload_.messages.size(), "message") + " among " + ranks}};
    std::vector<std::pair<std::string, std::string>> lines = {
        {"operation", std::string(to_text(workload_.request.operation)) + ", " + workload_.request.algorithm + ", " +
                          (has_bytes(job) ? to_text(workload_.request.bytes) + ", " : "") + ranks}};
    if (choice_) {
      lines.emplace_back("auto",
                         choice_->request.algorithm + space_before(choice_->protocol) + ", by " + choice_->reason);
      for (const auto& each : choice_->candidates) {
        lines.emplace_back("  " + each.algorithm + space_before(each.protocol), to_text(each.time) + " expected");
      }
    }
    if (has_bytes(job)) {
      lines.emplace_back("algorithm bandwidth", to_text(algorithm_bandwidth(job)));
      lines.emplace_back("bus bandwidth", to_text(bus_bandwidth(job)));
    }
    return lines;
  }

 private:
  bool has_bytes(const JobTimeline& job) const {
    return workload_.request.bytes > Bytes(0) && duration(job) > Seconds(0);
  }
  // From the start of the workload: who arrives late makes the collective slow.
  static Seconds duration(const JobTimeline& job) { return job.step_time(); }
  Bandwidth algorithm_bandwidth(const JobTimeline& job) const { return workload_.request.bytes / duration(job); }
  Bandwidth bus_bandwidth(const JobTimeline& job) const {
    return algorithm_bandwidth(job) *
           workloads::bus_factor(workload_.request.operation, static_cast<std::uint32_t>(placement_.size()));
  }

  static std::string space_before(const std::string& word) { return word.empty() ? "" : " " + word; }
  Json choice_as_json() const {
    Json candidates = Json::array();
    for (const auto& each : choice_->candidates) {
      Json candidate = {{"algorithm", each.algorithm}, {"time_s", each.time.si()}};
      if (!each.protocol.empty()) candidate["protocol"] = each.protocol;
      candidates.push_back(std::move(candidate));
    }
    Json json = {{"algorithm", choice_->request.algorithm},
                 {"segments", choice_->request.segments},
                 {"reason", choice_->reason},
                 {"candidates", std::move(candidates)}};
    if (!choice_->protocol.empty()) json["protocol"] = choice_->protocol;
    return json;
  }

  workloads::CollectiveWorkload workload_;
  std::optional<workloads::AutoChoice> choice_;
  std::vector<topology::VertexId> placement_;
  std::shared_ptr<const workloads::StepProgram> program_;
};

}  // namespace

std::unique_ptr<Workload> read_collective_kind(const JsonFields& fields, const WorkloadGround& ground) {
  auto workload = workloads::read_collective_workload(fields, static_cast<std::uint32_t>(ground.devices.size()));
  workload.request.directory = ground.directory;
  fields.reject_unknown();
  return std::make_unique<CollectiveKind>(std::move(workload), ground);
}

}  // namespace lockstep::sim
