#include "sim/scenario/program_kind.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "workloads/step_program/json_lines.hpp"

namespace lockstep::sim {
namespace {

class ProgramKind final : public Workload {
 public:
  ProgramKind(const JsonFields& fields, const WorkloadGround& ground) : file_(fields.required<std::string>("file")) {
    fields.reject_unknown();
    // An absolute path stays as it is.
    const std::string path = (std::filesystem::path(ground.directory) / file_).lexically_normal().string();
    program_ = workloads::read_program_file(
        path, {.fleet = ground.fleet, .devices = ground.devices, .fidelity = ground.fidelity});
    placement_.assign(ground.devices.begin(), ground.devices.begin() + program_->rank_count());
  }

  Job job() const override { return {.program = program_, .placement = placement_}; }
  Json as_run() const override { return {{"kind", "program"}, {"file", file_}}; }
  void add_results(const Timeline&, const JobTimeline& job, Json& results) const override {
    Json ends = Json::array();
    for (const Seconds end : job.rank_end) ends.push_back(end.si());
    results["rank_end_s"] = std::move(ends);
  }
  std::vector<std::pair<std::string, std::string>> summary(const JobTimeline&) const override {
    return {{"program", file_ + ", " + std::to_string(placement_.size()) + " ranks"}};
  }

 private:
  std::string file_;
  std::shared_ptr<const workloads::StepProgram> program_;
  std::vector<topology::VertexId> placement_;
};

}  // namespace

std::unique_ptr<Workload> read_program_kind(const JsonFields& fields, const WorkloadGround& ground) {
  return std::make_unique<ProgramKind>(fields, ground);
}

}  // namespace lockstep::sim
