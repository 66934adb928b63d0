#include <gmock/gmock.h>

#include <array>

#include "base/error.hpp"
#include "sim/symmetry/simulate_folded.hpp"
#include "tests/sim/programs.hpp"
#include "tests/sim/symmetry/folded_runs.hpp"
#include "tests/topology/fleets.hpp"

namespace lockstep::sim {
namespace {

Json star(int devices) {
  return {{"topology", "star"},
          {"devices", devices},
          {"link", {{"bandwidth", "50 GB/s"}, {"latency", "1 us"}}},
          {"device", {{"compute", "100 TFLOP/s"}}}};
}

Json collective(const std::string& operation, const std::string& algorithm) {
  return {{"kind", "collective"}, {"operation", operation}, {"algorithm", algorithm}, {"bytes", "64 MiB"}};
}

Json scenario(const Json& fleet, const Json& workload, const std::string& network) {
  return {{"fleet", fleet}, {"workload", workload}, {"engine", {{"network", network}}}};
}

class FoldingOn : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Networks, FoldingOn, testing::Values("fluid", "contention_free"));

TEST_P(FoldingOn, ARingOfEqualsIsOneRankThatSendsToItself) {
  EXPECT_EQ(classes_of(scenario(star(12), collective("all_reduce", "ring"), GetParam())), 1);
}

TEST_P(FoldingOn, AnAllToAllAmongEqualsIsOneRank) {
  EXPECT_EQ(classes_of(scenario(star(12), collective("all_to_all", "pairwise"), GetParam())), 1);
}

TEST_P(FoldingOn, ATreeKeepsItsLevels) {
  EXPECT_EQ(classes_of(scenario(star(8), collective("all_reduce", "tree"), GetParam())), 8);
}

// The switch tells its ports apart.
TEST_P(FoldingOn, ASwitchThatReducesIsOfAClassOfItsOwn) {
  EXPECT_EQ(classes_of(scenario(star(4), collective("all_reduce", "in_network"), GetParam())), 5);
}

TEST_P(FoldingOn, OneSlowLinkPartsARingByDistance) {
  Json document = scenario(star(12), collective("all_reduce", "ring"), GetParam());
  document["perturbations"] = {{{"kind", "slow_links"}, {"links", {"d3->s0"}}, {"factor", 2}}};
  EXPECT_EQ(classes_of(document), 12);
}

TEST(Folding, LeavesJitterAndPortsAlone) {
  Json jittered = scenario(star(4), collective("all_reduce", "ring"), "contention_free");
  jittered["perturbations"] = {
      {{"kind", "compute_jitter"}, {"factor", {{"distribution", "uniform"}, {"low", 1}, {"high", 2}}}}};
  const Timeline drawn = simulate_folded(FoldedRun(jittered).subject());
  EXPECT_THAT(drawn.folding.obstacle.value_or(""), testing::HasSubstr("drawn"));
  const Timeline ports =
      simulate_folded(FoldedRun(scenario(star(4), collective("all_reduce", "ring"), "ports")).subject());
  EXPECT_THAT(ports.folding.obstacle.value_or(""), testing::HasSubstr("ports"));
}

// Both rings of a rank have something to combine at the same time.
TEST(Folding, LeavesRanksAloneThatCombineOneThingAfterTheOther) {
  Json document = scenario(star(8), collective("all_reduce", "ring"), "contention_free");
  document["workload"]["channels"] = 2;
  document["workload"]["direction"] = "alternating";
  EXPECT_EQ(simulate_folded(FoldedRun(document).subject()).folding.obstacle, std::nullopt);
  document["workload"]["reduction_rate"] = "100 GB/s";
  EXPECT_THAT(simulate_folded(FoldedRun(document).subject()).folding.obstacle.value_or(""),
              testing::HasSubstr("combine"));
  document["workload"]["channels"] = 1;
  EXPECT_EQ(simulate_folded(FoldedRun(document).subject()).folding.obstacle, std::nullopt);
}

TEST(Folding, LeavesRanksAloneWhoseStreamsShareATag) {
  const topology::Fleet fleet = topology::topology_of("star", R"("devices":4)");
  const auto sending = [&](workloads::Tag other) {
    std::vector<Streams> ranks;
    for (std::uint32_t rank = 0; rank < 4; ++rank) {
      const std::uint32_t next = (rank + 1) % 4;
      const std::uint32_t before = (rank + 3) % 4;
      ranks.push_back(
          {{send_to(next, 1e6)}, {send_to(next, 2e6, other)}, {receive_from(before), receive_from(before, other)}});
    }
    const Job job = job_on(fleet, program(ranks));
    const EngineOptions options{.network = "contention_free"};
    return simulate_folded({.fleet = fleet, .jobs = {&job, 1}, .options = options}).folding;
  };
  EXPECT_EQ(sending(1).classes, 1);
  EXPECT_THAT(sending(0).obstacle.value_or(""), testing::HasSubstr("one tag"));
}

TEST(Folding, NamesALinkThatIsTooSlowAsTheFleetDoes) {
  Json document = scenario(star(8), collective("all_reduce", "ring"), "fluid");
  document["fleet"]["link"]["bandwidth"] = "1e-7 B/s";
  try {
    FoldedRun run(document);
    FAIL() << "is too slow";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("->s0"));
  }
}

TEST(Folding, SimulatesTheWholeWhereFewAreEqual) {
  const FoldedRun run(scenario(star(8), collective("all_reduce", "tree"), "contention_free"));
  const Timeline folded = simulate_folded(run.subject());
  EXPECT_EQ(folded.folding.classes, 8);
  EXPECT_THAT(folded.folding.obstacle.value_or(""), testing::HasSubstr("hardly"));
  EXPECT_GT(folded.events, 8);
}

TEST(Folding, SimulatesOneOfManyEquals) {
  const FoldedRun run(scenario(star(12), collective("all_reduce", "ring"), "contention_free"));
  const Timeline folded = simulate_folded(run.subject());
  EXPECT_EQ(folded.folding.actors, 12);
  EXPECT_EQ(folded.folding.classes, 1);
  EXPECT_EQ(folded.folding.obstacle, std::nullopt);
  EXPECT_EQ(folded.simulated, 22);
  EXPECT_EQ(folded.events, 12 * 22);
  EXPECT_EQ(folded.jobs.front().rank_end.size(), 12);
}

// Each waits for the other's message before it sends its own.
TEST(Folding, TellsOfADeadlockAmongAllRanks) {
  const topology::Fleet fleet = topology::topology_of("star", R"("devices":4)");
  std::vector<Streams> ranks;
  for (const std::uint32_t other : {1U, 0U, 3U, 2U}) ranks.push_back({{receive_from(other), send_to(other, 1e6)}});
  const Job job = job_on(fleet, program(ranks));
  const EngineOptions options{.network = "contention_free"};
  try {
    simulate_folded({.fleet = fleet, .jobs = {&job, 1}, .options = options});
    FAIL() << "is deadlocked";
  } catch (const SimulationError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("rank 0 (d0)"), testing::HasSubstr("rank 3 (d3)"),
                                             testing::HasSubstr("receives from rank 2")));
  }
}

// Nobody could write that out: 8.6 billion operations.
TEST(Folding, LooksAtOneRankOfARing) {
  const FoldedRun run(scenario(star(65536), collective("all_reduce", "ring"), "contention_free"));
  const Timeline folded = simulate_folded(run.subject());
  EXPECT_EQ(folded.folding.classes, 1);
  // 2(n - 1) rounds of two latencies and an n-th of the bytes.
  const double expected = 2 * 65535.0 * (2e-6 + 64 * 1048576.0 / 65536 / 50e9);
  EXPECT_NEAR(folded.end.si(), expected, 1e-9 * expected);
}

// One element more for some makes chunks that have to be looked at one by one.
TEST_P(FoldingOn, ARingOfUnequalChunksIsWalked) {
  Json document = scenario(star(6), collective("all_reduce", "ring"), GetParam());
  document["workload"]["bytes"] = "1000 B";
  document["workload"]["element"] = "4 B";
  EXPECT_EQ(classes_of(document), 6);
}

TEST_P(FoldingOn, ARingOfSegmentsAndChannelsIsOneRank) {
  Json document = scenario(star(6), collective("all_reduce", "ring"), GetParam());
  document["workload"]["segments"] = 3;
  document["workload"]["channels"] = 2;
  document["workload"]["direction"] = "alternating";
  EXPECT_EQ(classes_of(document), 1);
}

workloads::CollectiveCall ring_of_two(const topology::Fleet& fleet) {
  const std::vector<topology::VertexId> devices(fleet.devices().begin(), fleet.devices().end());
  return {.plan = workloads::plan_collective({.bytes = Bytes(1e6)}, {fleet, devices}, workloads::Fidelity::message),
          .members = std::make_shared<const std::vector<workloads::RankId>>(
              std::vector{workloads::RankId(0), workloads::RankId(1)})};
}

workloads::Op part_in(std::uint64_t collective, std::uint32_t member) {
  workloads::Op op;
  op.kind = workloads::OpKind::collective;
  op.collective = collective;
  op.member = workloads::RankId(member);
  return op;
}

// Rank 0 and rank 1 call the same collective twice, each in the other's order: what is the first run for one is the
// second for the other.
TEST(Folding, KeepsRepeatsApartWhereMembersDisagreeAboutTheirOrder) {
  const topology::Fleet fleet = topology::topology_of("star", R"("devices":2)");
  const workloads::CollectiveCall call = ring_of_two(fleet);
  workloads::ProgramBuilder builder(2);
  const std::array calls = {builder.add_collective(call), builder.add_collective(call)};
  for (const std::uint32_t rank : {0U, 1U}) {
    for (const std::uint32_t stream : {0U, 1U}) {
      const auto id = builder.add_stream(workloads::RankId(rank), "stream");
      if (rank == stream) builder.add(workloads::RankId(rank), id, compute(1));
      builder.add(workloads::RankId(rank), id, part_in(calls.at((rank + stream) % 2), rank));
    }
  }
  const Job job = job_on(fleet, builder.build());
  EXPECT_FALSE(ProgramGraph({&job, 1}).is_orderly());
  EXPECT_EQ(ProgramGraph({&job, 1}, ProgramGraph::Repeats::apart).scenes().size(), 3);
  const EngineOptions options{.network = "contention_free"};
  const Timeline folded = simulate_folded({.fleet = fleet, .jobs = {&job, 1}, .options = options});
  expect_equal(folded, simulate(fleet, {&job, 1}, options));
}

TEST(Folding, WalksThroughRepeatsOnce) {
  const topology::Fleet fleet = topology::topology_of("star", R"("devices":2)");
  const workloads::CollectiveCall call = ring_of_two(fleet);
  workloads::ProgramBuilder builder(2);
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto number = builder.add_collective(call);
    for (const std::uint32_t rank : {0U, 1U}) {
      const auto stream = repeat == 0 ? builder.add_stream(workloads::RankId(rank), "stream") : workloads::StreamId(0);
      builder.add(workloads::RankId(rank), stream, part_in(number, rank));
    }
  }
  const Job job = job_on(fleet, builder.build());
  EXPECT_EQ(ProgramGraph({&job, 1}).scenes().size(), 2);
  const EngineOptions options{.network = "contention_free"};
  const Timeline folded = simulate_folded({.fleet = fleet, .jobs = {&job, 1}, .options = options});
  EXPECT_EQ(folded.folding.classes, 1);
  expect_equal(folded, simulate(fleet, {&job, 1}, options));
  // Two messages of the first run, and that each of the others takes as long.
  EXPECT_EQ(folded.simulated, 6);
  EXPECT_EQ(folded.events, 20);
}

// A switch that reduces, in a collective within one that is called twice: its bytes count twice.
TEST(Folding, CountsWhatAgentsSendInEveryRun) {
  const topology::Fleet fleet = topology::topology_of("star", R"("devices":4)");
  const std::vector<topology::VertexId> devices(fleet.devices().begin(), fleet.devices().end());
  const auto members = std::make_shared<const std::vector<workloads::RankId>>(
      std::vector{workloads::RankId(0), workloads::RankId(1), workloads::RankId(2), workloads::RankId(3)});
  const workloads::CollectiveCall inner = {
      .plan = workloads::plan_collective({.algorithm = "in_network", .bytes = Bytes(1e6)}, {fleet, devices},
                                         workloads::Fidelity::message),
      .members = members};
  const auto calling = [&](const workloads::CollectiveCall& call, int times) {
    workloads::ProgramBuilder builder(4);
    for (const std::uint32_t rank : {0U, 1U, 2U, 3U}) builder.add_stream(workloads::RankId(rank), "stream");
    for (int run = 0; run < times; ++run) {
      const auto number = builder.add_collective(call);
      for (const std::uint32_t rank : {0U, 1U, 2U, 3U}) {
        builder.add(workloads::RankId(rank), workloads::StreamId(0), part_in(number, rank));
      }
    }
    return builder.build();
  };
  const Job job = job_on(fleet, calling({.plan = calling(inner, 1), .members = members}, 2));
  const EngineOptions options{.network = "contention_free"};
  Folding folding({.fleet = fleet, .jobs = {&job, 1}, .options = options});
  expect_equal(folding.expanded(simulate(folding.fleet(), folding.jobs(), options)),
               simulate(fleet, {&job, 1}, options));
}

// The same ring twice at once: the one slows the other down, so no run takes as long as another.
TEST(Folding, SimulatesEveryRunOfWhatOthersHoldUp) {
  const topology::Fleet fleet = topology::topology_of("star", R"("devices":2)");
  workloads::ProgramBuilder builder(2);
  for (int stream = 0; stream < 2; ++stream) {
    const workloads::CollectiveCall call = ring_of_two(fleet);
    const std::array calls = {builder.add_collective(call), builder.add_collective(call)};
    for (const std::uint32_t rank : {0U, 1U}) {
      const auto id = builder.add_stream(workloads::RankId(rank), "stream");
      if (stream > 0) builder.add(workloads::RankId(rank), id, compute(1e-6));
      for (const std::uint64_t number : calls) builder.add(workloads::RankId(rank), id, part_in(number, rank));
    }
  }
  const Job job = job_on(fleet, builder.build());
  const EngineOptions options{.network = "fluid"};
  const Folding::Subject subject{.fleet = fleet, .jobs = {&job, 1}, .options = options};
  Folding folding(subject);
  const std::array simulations = {Simulation{.fleet = fleet, .jobs = {&job, 1}, .options = options},
                                  Simulation{.fleet = folding.fleet(), .jobs = folding.jobs(), .options = options}};
  const auto results = simulate_isolated(simulations, 2);
  EXPECT_EQ(folding.classes(), 1);
  EXPECT_EQ(results.back().timeline().simulated, 9);
  expect_equal(folding.expanded(results.back().timeline()), results.front().timeline());
}

}  // namespace
}  // namespace lockstep::sim
