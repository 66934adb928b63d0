// Replicas with unequal numbers of microbatches.
#include <gtest/gtest.h>

#include <numeric>

#include "base/random_stream.hpp"
#include "tests/sim/training/training_runs.hpp"
#include "workloads/training/training_schedule.hpp"

namespace lockstep::sim {
namespace {

using workloads::RankId;
using workloads::Schedule;
using workloads::StreamId;
using workloads::TrainingProgram;
using workloads::TrainingSpec;

using Schedules = std::vector<std::shared_ptr<const Schedule>>;

std::shared_ptr<const TrainingProgram> program_with(const topology::Fleet& fleet, const TrainingSpec& spec,
                                                    const Schedules& schedules) {
  const auto devices = fleet.devices().first(spec.execution.plan.ranks());
  return std::make_shared<const TrainingProgram>(
      spec, schedules, workloads::TrainingGround{.fleet = &fleet, .devices = {devices.begin(), devices.end()}});
}

std::shared_ptr<const TrainingProgram> program_of(const topology::Fleet& fleet, TrainingSpec spec) {
  const auto found = workloads::schedule_of(spec);
  spec.execution.plan.route = found.route;
  return program_with(fleet, spec, found.of_replica);
}

Timeline timeline_of(const topology::Fleet& fleet, const std::shared_ptr<const TrainingProgram>& program,
                     const std::string& network = "ports") {
  const Job job{.program = program, .placement = program->ground().devices};
  return simulate(fleet, std::span(&job, 1), {.network = network});
}

struct Sums {
  Seconds work;
  std::uint64_t computations = 0;
};

Sums sums_of(const TrainingProgram& program) {
  Sums sums;
  workloads::Op op;
  for (std::uint32_t rank = 0; rank < program.rank_count(); ++rank) {
    for (std::uint32_t stream = 0; stream < program.stream_count(RankId(rank)); ++stream) {
      for (std::uint64_t position = 0; position < program.length(RankId(rank), StreamId(stream)); ++position) {
        op.clear();
        program.fetch(RankId(rank), StreamId(stream), position, op);
        sums.work += op.work.nominal;
        sums.computations += op.kind == workloads::OpKind::compute ? 1 : 0;
      }
    }
  }
  return sums;
}

template <class Value>
Value pick(RandomStream& random, std::initializer_list<Value> values) {
  return *(values.begin() + random.below(values.size()));
}

// A job whose replicas may have any numbers of microbatches.
Json random_job(RandomStream& random) {
  const int pipeline = pick(random, {1, 2, 3});
  const int zero = pick(random, {0, 1});
  return {{"kind", "training"},
          {"model", small_model(pipeline * pick(random, {1, 2}))},
          {"global_batch", 8 * 4},
          {"sequence_length", 128},
          {"schedule", pick<const char*>(random, {"1f1b", "gpipe", "zb_h1"})},
          {"buckets", pick<const char*>(random, {"50 kB", "1 MB"})},
          {"overlap", {{"gradients", random.below(2) == 0}, {"parameters", random.below(2) == 0}}},
          {"parallel",
           {{"data", 4},
            {"tensor", pick(random, {1, 2})},
            {"context", pick(random, {1, 2})},
            {"pipeline", pipeline},
            {"zero", zero}}}};
}

std::vector<std::uint32_t> random_shares(RandomStream& random) {
  std::vector<std::uint32_t> shares(4, 8);
  for (int move = 0; move < 6; ++move) {
    std::uint32_t& from = shares[random.below(4)];
    if (from == 1) continue;
    --from;
    ++shares[random.below(4)];
  }
  return shares;
}

// Who works through a microbatch changes neither how much is computed nor what crosses the wires.
TEST(UnequalMicrobatches, ConserveWorkAndBytes) {
  RandomStream random(17, "unequal microbatches");
  for (int trial = 0; trial < 40; ++trial) {
    const Json job = random_job(random);
    Json unequal = job;
    unequal["microbatches_per_replica"] = random_shares(random);
    const TrainingSpec spec = training_spec(job);
    const topology::Fleet fleet = switch_of(static_cast<std::uint32_t>(spec.execution.plan.ranks()));
    const auto equal = program_of(fleet, spec);
    const auto moved = program_of(fleet, training_spec(unequal));
    EXPECT_NEAR(sums_of(*moved).work.si(), sums_of(*equal).work.si(), 1e-12 * sums_of(*equal).work.si()) << unequal;
    const Timeline one = timeline_of(fleet, equal);
    const Timeline other = timeline_of(fleet, moved);
    EXPECT_NEAR(other.message_bytes.si(), one.message_bytes.si(), 1e-9 * one.message_bytes.si()) << unequal;
    const auto& phases = one.jobs.front().bytes_of_phase;
    ASSERT_EQ(other.jobs.front().bytes_of_phase.size(), phases.size());
    for (std::size_t phase = 0; phase < phases.size(); ++phase) {
      EXPECT_NEAR(other.jobs.front().bytes_of_phase[phase].si(), phases[phase].si(), 1e-9 * phases[phase].si());
    }
  }
}

// Schedules that are told apart, and are the same.
TEST(UnequalMicrobatches, ThatAreEqualGiveTheSameToTheLastBit) {
  RandomStream random(18, "equal microbatches");
  for (int trial = 0; trial < 20; ++trial) {
    const TrainingSpec spec = training_spec(random_job(random));
    const topology::Fleet fleet = switch_of(static_cast<std::uint32_t>(spec.execution.plan.ranks()));
    const Schedule schedule = *workloads::schedule_of(spec).schedule;
    Schedules apart;
    for (int replica = 0; replica < 4; ++replica) apart.push_back(std::make_shared<const Schedule>(schedule));
    const Timeline shared = timeline_of(fleet, program_with(fleet, spec, {apart.front()}));
    const Timeline own = timeline_of(fleet, program_with(fleet, spec, apart));
    EXPECT_EQ(own.end, shared.end);
    EXPECT_EQ(own.events, shared.events);
    EXPECT_EQ(own.jobs.front().rank_end, shared.jobs.front().rank_end);
    EXPECT_EQ(own.link_bytes, shared.link_bytes);
  }
}

// Without a pipeline a replica is ready after as many microbatches as it has, and sums end with the slowest.
TEST(UnequalMicrobatches, EndWithTheReplicaThatHasMost) {
  const Json job = {{"kind", "training"},     {"model", small_model(2)},           {"global_batch", 8},
                    {"sequence_length", 128}, {"overlap", {{"gradients", false}}}, {"parallel", {{"data", 2}}}};
  const topology::Fleet fleet = switch_of(2);
  const auto time_with = [&](const std::vector<std::uint32_t>& shares) {
    TrainingSpec spec = training_spec(job);
    spec.microbatches_per_replica = shares;
    return timeline_of(fleet, program_of(fleet, spec)).end.si();
  };
  const double four = time_with({4, 4});
  const double five = time_with({5, 3});
  EXPECT_NEAR(time_with({7, 1}), five + 2 * (five - four), 1e-12);
  EXPECT_EQ(time_with({3, 5}), five);
  EXPECT_GT(five, four);
}

}  // namespace
}  // namespace lockstep::sim
