#include <gtest/gtest.h>

#include <algorithm>

#include "sim/audience.hpp"
#include "sim/metrics/critical_path.hpp"
#include "tests/sim/collectives.hpp"
#include "tests/sim/random_programs.hpp"
#include "tests/topology/fleets.hpp"

namespace lockstep::sim {
namespace {

topology::Fleet small_fleet() {
  return topology::fleet_from(
      R"({"topology":"full_mesh","devices":4,"link":{"bandwidth":"1 GB/s","latency":"0.5 ms"}})");
}

TEST(CriticalPath, LeadsFromTheStartToTheEndWithoutAHole) {
  const auto fleet = small_fleet();
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    RandomStream random(seed, "critical path");
    Job job = job_on(fleet, RandomProgramMaker(fleet, random).make(80));
    if (seed % 3 == 0) job.start = Seconds(0.0123);
    if (seed % 5 == 0) job.communication_slowdown = 1.3;
    if (seed % 7 == 0) job.reduction_rate = Bandwidth(2e9);
    CriticalPath critical(job);
    const std::string network = seed % 2 == 0 ? "contention_free" : "ports";
    const Timeline timeline = simulate(fleet, {&job, 1}, {.network = network, .eager = seed % 4 < 2}, &critical);
    const std::vector<PathStep> path = critical.path();
    ASSERT_FALSE(path.empty());
    ASSERT_EQ(path.back().end.si(), timeline.jobs[0].end.si());
    Seconds sum;
    for (std::size_t i = 0; i < path.size(); ++i) {
      ASSERT_GT(path[i].end.si(), path[i].start.si());
      ASSERT_EQ(path[i].start.si(), i > 0 ? path[i - 1].end.si() : job.start.si());
      ASSERT_NE(path[i].what, PathWhat::queueing) << "there is but one job, and no collective computes";
      sum += path[i].end - path[i].start;
    }
    const Seconds whole = timeline.jobs[0].end - job.start;
    ASSERT_NEAR(sum.si(), whole.si(), 1e-12 * whole.si());
    const PathSums sums = sums_of(path);
    Seconds by_phase = sums.delays + sums.clock + sums.queueing;
    for (const Seconds phase : sums.of_phase) by_phase += phase;
    Seconds by_rank;
    for (const Seconds rank : sums.of_rank) by_rank += rank;
    ASSERT_NEAR(by_phase.si(), whole.si(), 1e-12 * whole.si());
    ASSERT_NEAR(by_rank.si(), whole.si(), 1e-12 * whole.si());
  }
}

// Another program, one of whose operations takes longer.
class Lengthened final : public workloads::StepProgram {
 public:
  struct Place {
    workloads::RankId rank;
    workloads::StreamId stream;
    std::uint64_t position;
  };
  Lengthened(std::shared_ptr<const StepProgram> program, Place place, Seconds by)
      : program_(std::move(program)), place_(place), by_(by) {}
  std::uint32_t rank_count() const override { return program_->rank_count(); }
  std::uint32_t stream_count(workloads::RankId rank) const override { return program_->stream_count(rank); }
  workloads::StreamOrder order(workloads::RankId rank, workloads::StreamId stream) const override {
    return program_->order(rank, stream);
  }
  std::uint64_t length(workloads::RankId rank, workloads::StreamId stream) const override {
    return program_->length(rank, stream);
  }
  bool has_delays() const override { return program_->has_delays(); }
  void fetch(workloads::RankId rank, workloads::StreamId stream, std::uint64_t position,
             workloads::Op& op) const override {
    program_->fetch(rank, stream, position, op);
    if (rank == place_.rank && stream == place_.stream && position == place_.position) op.work.nominal += by_;
  }
  workloads::CollectiveCall collective(std::uint64_t number) const override { return program_->collective(number); }

 private:
  std::shared_ptr<const StepProgram> program_;
  Place place_;
  Seconds by_;
};

// Notes when the computations ran.
class Computations final : public Observer {
 public:
  struct Computation {
    Lengthened::Place place;
    Seconds start;
    Seconds end;
  };
  bool wants_inner() const override { return false; }
  void op_done(const OpSpan& span) override {
    if (span.kind == workloads::OpKind::compute && span.end > span.start) {
      all.push_back({{span.place.rank, span.place.stream, span.place.position}, span.start, span.end});
    }
  }
  void message_done(const MessageSpan&) override {}
  std::vector<Computation> all;
};

bool covers(const std::vector<PathStep>& path, const Computations::Computation& computation) {
  return std::any_of(path.begin(), path.end(), [&](const PathStep& step) {
    return step.what == PathWhat::operation && step.rank == computation.place.rank &&
           step.stream == computation.place.stream && step.start <= computation.start && computation.end <= step.end;
  });
}

// Without queues and contention everything is a sum or a maximum of times, and what is on a longest path lengthens the
// whole by as much as itself.
TEST(CriticalPath, IsLengthenedByEachOfItsComputations) {
  const auto fleet = small_fleet();
  std::size_t lengthened = 0;
  std::size_t others = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    RandomStream random(seed, "longer");
    const Job job = job_on(fleet, RandomProgramMaker(fleet, random, RandomProgramMaker::Queues::none).make(50));
    CriticalPath critical(job);
    Computations computations;
    Audience audience;
    audience.add(critical);
    audience.add(computations);
    const Timeline timeline = simulate(fleet, {&job, 1}, {.network = "contention_free"}, &audience);
    const std::vector<PathStep> path = critical.path();
    for (const Computations::Computation& computation : computations.all) {
      Job longer = job;
      const Seconds by(0.0007);
      longer.program = std::make_shared<const Lengthened>(job.program, computation.place, by);
      const Seconds end = simulate(fleet, {&longer, 1}, {.network = "contention_free"}).end;
      ASSERT_GE(end.si(), timeline.end.si() * (1 - 1e-12));
      if (covers(path, computation)) {
        ASSERT_NEAR(end.si(), (timeline.end + by).si(), 1e-12) << seed;
        ++lengthened;
      } else {
        others += end < timeline.end + by * 0.5;
      }
    }
  }
  EXPECT_GT(lengthened, 200U);
  EXPECT_GT(others, 200U) << "everything is critical";
}

// Who comes at once has the path in common.
TEST(CriticalPath, KeepsOnePathForTheMembersOfACollective) {
  const auto fleet = small_fleet();
  const Job all_reduce = collective_on(fleet, {.bytes = Bytes(1e6)});
  workloads::ProgramBuilder builder(4);
  for (std::uint32_t rank = 0; rank < 4; ++rank) builder.add_stream(workloads::RankId(rank), "stream");
  for (std::uint32_t round = 0; round < 300; ++round) {
    const auto call = builder.add_collective(all_reduce.program->collective(0));
    for (std::uint32_t rank = 0; rank < 4; ++rank) {
      workloads::Op op;
      op.kind = workloads::OpKind::collective;
      op.label.phase = 1;
      op.collective = call;
      op.member = workloads::RankId(rank);
      builder.add(workloads::RankId(rank), workloads::StreamId(0), compute(0.001));
      builder.add(workloads::RankId(rank), workloads::StreamId(0), op);
    }
  }
  const Job job = job_on(fleet, builder.build());
  CriticalPath critical(job);
  simulate(fleet, {&job, 1}, {.network = "contention_free"}, &critical);
  EXPECT_EQ(critical.path().size(), 600U);
  EXPECT_LT(critical.size(), 620U);
}

TEST(CriticalPath, KeepsNoMoreThanItNeeds) {
  const auto fleet = small_fleet();
  std::vector<Streams> ranks(4, Streams(1));
  for (std::uint32_t round = 0; round < 1000; ++round) {
    for (std::uint32_t rank = 0; rank < 4; ++rank) {
      workloads::Op around = send_to((rank + 1) % 4, 1e6);
      around.receives = receive_from((rank + 3) % 4).receives;
      around.label.phase = 1;
      ranks[rank][0].push_back(compute(0.001 * (1 + (rank + round) % 3)));
      ranks[rank][0].push_back(around);
    }
  }
  const Job job = job_on(fleet, program(ranks));
  CriticalPath critical(job);
  simulate(fleet, {&job, 1}, {.network = "contention_free"}, &critical);
  EXPECT_GT(critical.path().size(), 1000U);
  // The rest is what the ranks have not in common.
  EXPECT_LT(critical.size(), critical.path().size() + 100);
}

}  // namespace
}  // namespace lockstep::sim
