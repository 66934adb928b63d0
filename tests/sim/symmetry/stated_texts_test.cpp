// What programs state of their ranks, held against what looking at every operation shows.
#include "base/error.hpp"
#include "tests/sim/symmetry/folded_runs.hpp"
#include "tests/sim/symmetry/random_scenarios.hpp"

namespace lockstep::sim {
namespace {

using workloads::RankId;
using workloads::StreamId;

// The same program, which states nothing.
class Silent final : public workloads::StepProgram {
 public:
  explicit Silent(std::shared_ptr<const workloads::StepProgram> program) : program_(std::move(program)) {}

  std::uint32_t rank_count() const override { return program_->rank_count(); }
  std::uint32_t first_agent() const override { return program_->first_agent(); }
  topology::VertexId agent_vertex(RankId rank) const override { return program_->agent_vertex(rank); }
  std::uint32_t stream_count(RankId rank) const override { return program_->stream_count(rank); }
  workloads::StreamOrder order(RankId rank, StreamId stream) const override { return program_->order(rank, stream); }
  std::uint64_t length(RankId rank, StreamId stream) const override { return program_->length(rank, stream); }
  bool has_delays() const override { return program_->has_delays(); }
  void fetch(RankId rank, StreamId stream, std::uint64_t position, workloads::Op& op) const override {
    program_->fetch(rank, stream, position, op);
  }
  workloads::CollectiveCall collective(std::uint64_t number) const override {
    workloads::CollectiveCall call = program_->collective(number);
    auto& silent = silent_[call.plan.get()];
    if (silent == nullptr) silent = std::make_shared<Silent>(call.plan);
    call.plan = silent;
    return call;
  }

 private:
  std::shared_ptr<const workloads::StepProgram> program_;
  mutable std::map<const workloads::StepProgram*, std::shared_ptr<const Silent>> silent_;
};

void expect_equal_graphs(const ProgramGraph& stated, const ProgramGraph& walked) {
  EXPECT_EQ(stated.is_orderly(), walked.is_orderly());
  ASSERT_EQ(stated.actors().size(), walked.actors().size());
  for (std::size_t i = 0; i < walked.actors().size(); ++i) {
    EXPECT_EQ(stated.actors()[i].does, walked.actors()[i].does) << "actor " << i;
    EXPECT_EQ(stated.actors()[i].ports, walked.actors()[i].ports) << "actor " << i;
    EXPECT_EQ(stated.actors()[i].parts, walked.actors()[i].parts) << "actor " << i;
    EXPECT_EQ(stated.actors()[i].waits_for, walked.actors()[i].waits_for) << "actor " << i;
  }
  ASSERT_EQ(stated.scenes().size(), walked.scenes().size());
  for (std::size_t i = 0; i < walked.scenes().size(); ++i) {
    EXPECT_EQ(stated.scenes()[i].part_of, walked.scenes()[i].part_of) << "scene " << i;
  }
  ASSERT_EQ(stated.lines().size(), walked.lines().size());
  for (std::size_t i = 0; i < walked.lines().size(); ++i) {
    const Line& one = stated.lines()[i];
    const Line& other = walked.lines()[i];
    EXPECT_EQ(std::tie(one.sender.part, one.sender.port, one.receiver.part, one.receiver.port, one.tag),
              std::tie(other.sender.part, other.sender.port, other.receiver.part, other.receiver.port, other.tag));
    EXPECT_NEAR(one.bytes.si(), other.bytes.si(), 1e-12 * other.bytes.si()) << "line " << i;
  }
  ASSERT_EQ(stated.bytes_of_phase().size(), walked.bytes_of_phase().size());
  for (std::size_t job = 0; job < walked.bytes_of_phase().size(); ++job) {
    expect_equal(stated.bytes_of_phase()[job], walked.bytes_of_phase()[job], "bytes of phase");
  }
}

std::vector<Job> jobs_of(const Json& document) {
  static const Catalog catalog = Catalog::bundled();
  // The fleet has to outlive the programs.
  static std::vector<std::unique_ptr<Scenario>> scenarios;
  scenarios.push_back(std::make_unique<Scenario>(read_scenario(document, {.catalog = catalog})));
  return scenarios.back()->jobs();
}

// Returns whether the program states anything.
bool expect_honest(const std::vector<Job>& jobs) {
  std::vector<Job> silent = jobs;
  for (Job& job : silent) job.program = std::make_shared<Silent>(job.program);
  expect_equal_graphs(ProgramGraph(jobs), ProgramGraph(silent));
  return jobs.front().program->text(RankId(0)).has_value();
}

// How experts are chosen and how many microbatches a replica has, where that is open.
Json varied_training(std::uint64_t seed) {
  Json document = random_training_run(seed);
  Json& workload = document["workload"];
  if (workload["model"].contains("experts") && seed % 3 > 0) {
    workload["routing"] = seed % 3 == 1 ? Json{{"kind", "hot"}, {"factor", 1.5}} : Json("random");
  }
  const int data = workload["parallel"]["data"].get<int>();
  if (seed % 4 == 0 && data > 1) {
    const int each = workload["global_batch"].get<int>() / data;
    std::vector<int> counts(static_cast<std::size_t>(data), each);
    counts.front() += 1;
    counts.back() -= 1;
    workload["microbatches_per_replica"] = counts;
  }
  return document;
}

TEST(StatedTexts, OfTrainingStepsSayWhatTheOperationsAre) {
  std::size_t tried = 0;
  std::size_t stating = 0;
  std::size_t of_experts = 0;
  std::size_t uneven = 0;
  for (std::uint64_t seed = 0; tried < 80; ++seed) {
    const Json document = varied_training(seed);
    try {
      const std::vector<Job> jobs = jobs_of(document);
      SCOPED_TRACE(document.dump());
      const bool states = expect_honest(jobs);
      stating += states ? 1 : 0;
      of_experts += states && document["workload"]["parallel"].value("expert", 1) > 1 ? 1 : 0;
      uneven += states && document["workload"].contains("microbatches_per_replica") ? 1 : 0;
      ++tried;
    } catch (const InputError&) {
      continue;  // not every plan is legal
    }
  }
  EXPECT_GT(stating, 60);
  EXPECT_GT(of_experts, 5);
  EXPECT_GT(uneven, 5);
}

TEST(StatedTexts, OfCollectivesSayWhatTheOperationsAre) {
  std::size_t tried = 0;
  for (std::uint64_t seed = 0; tried < 100; ++seed) {
    const Json document = random_collective_run(seed);
    try {
      const std::vector<Job> jobs = jobs_of(document);
      SCOPED_TRACE(document.dump());
      expect_honest(jobs);
      ++tried;
    } catch (const InputError&) {
      continue;
    }
  }
}

}  // namespace
}  // namespace lockstep::sim
