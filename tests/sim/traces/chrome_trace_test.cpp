#include "sim/traces/chrome_trace.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/sim/traces/traced_runs.hpp"

namespace lockstep::sim {
namespace {

using namespace literals;

TEST(ChromeTrace, ShowsARingAsATrackBelowTheStreamThatCallsIt) {
  const topology::Fleet fleet = star(4);
  const Traced run = traced(fleet, {ring_job(fleet, 1, 1)});
  expect_sound(run, std::size_t{4} * 6);
  EXPECT_EQ(process_names(run.events),
            (std::map<std::int64_t, std::string>{
                {0, "rank 0 (d0)"}, {1, "rank 1 (d1)"}, {2, "rank 2 (d2)"}, {3, "rank 3 (d3)"}}));
  const auto names = track_names(run.events);
  EXPECT_EQ(names.at({2, 1}), "comm");
  EXPECT_EQ(names.at({2, 2}), "comm / ring 0");
  const auto tracks = slices_by_track(run.events);
  const std::vector<Json>& calls = tracks.at({2, 1});
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0]["name"], "F\"0\"");
  EXPECT_EQ(calls[0]["cat"], "compute");
  EXPECT_EQ(calls[1]["name"], "all_reduce");
  EXPECT_EQ(calls[1]["args"]["bytes"], 1e6);
  EXPECT_EQ(calls[1]["args"]["members"], 4);
  const std::vector<Json>& steps = tracks.at({2, 2});
  ASSERT_EQ(steps.size(), 6U);
  EXPECT_EQ(steps[3]["name"], "exchange 1 → 3");
  EXPECT_EQ(steps[3]["args"],
            (Json{{"position", 3}, {"bytes", 250000}, {"to", {3}}, {"from", {1}}, {"received_bytes", 250000}}));
  // The call lasts from its first step to its last.
  EXPECT_EQ(number(steps.front(), "ts"), number(calls[1], "ts"));
  EXPECT_EQ(number(steps.back(), "ts") + number(steps.back(), "dur"), number(calls[1], "ts") + number(calls[1], "dur"));
}

TEST(ChromeTrace, KeepsSegmentsThatAreReceivedAheadOnATrackOfTheirOwn) {
  const topology::Fleet fleet = star(5);
  Job job = ring_job(fleet, 3, 2);
  job.reduction_rate = 20.0_GB_per_s;
  for (const bool eager : {false, true}) {
    for (const char* network : {"ports", "contention_free"}) {
      const Traced run = traced(fleet, {job}, {}, {.network = network, .eager = eager});
      expect_sound(run, std::size_t{5} * 2 * 3 * 8);
      const auto names = track_names(run.events);
      EXPECT_EQ(names.at({0, 2}), "comm / ring 0 sends");
      EXPECT_EQ(names.at({0, 3}), "comm / ring 0 receives");
      for (const Json& slice : of_phase(run.events, "X")) {
        if (names.at(track_of(slice)) != "comm / ring 0 receives") continue;
        EXPECT_NEAR(number(slice["args"], "received_bytes"), 1e6 / 30, 1e-6) << slice;
      }
    }
  }
}

TEST(ChromeTrace, ShowsADirectAllToAllWithAnArrowForEachMessage) {
  const topology::Fleet fleet = star(6);
  ProgramBuilder builder(6);
  for (std::uint32_t rank = 0; rank < 6; ++rank) {
    Op op;
    for (std::uint32_t peer = 0; peer < 6; ++peer) {
      if (peer == rank) continue;
      op.sends.push_back({.peer = RankId(peer), .bytes = 1.0_MB / (1 + peer)});
      op.receives.push_back({.peer = RankId(peer)});
    }
    builder.add(RankId(rank), builder.add_stream(RankId(rank), "all to all"), op);
  }
  const Traced run = traced(fleet, {{.program = builder.build(), .placement = devices_of(fleet)}}, {.counters = true});
  expect_sound(run, 30);
  const auto slices = of_phase(run.events, "X");
  ASSERT_EQ(slices.size(), 6U);
  EXPECT_EQ(slices[1]["name"], "5 sends, 5 receives");
  EXPECT_EQ(slices[1]["args"]["to"], (Json{0, 2, 3, 4, 5}));
  EXPECT_NEAR(number(slices[1]["args"], "received_bytes"), 2.5e6, 1e-6);
  std::map<std::int64_t, double> last;
  std::map<std::int64_t, double> most;
  for (const Json& event : of_phase(run.events, "C")) {
    last[event["pid"].get<std::int64_t>()] = number(event["args"], "bytes");
    double& peak = most[event["pid"].get<std::int64_t>()];
    peak = std::max(peak, number(event["args"], "bytes"));
  }
  ASSERT_EQ(last.size(), 6U);
  for (const auto& [process, bytes] : last) EXPECT_EQ(bytes, 0);
  EXPECT_NEAR(most[5], 1e6 * (1 + 0.5 + 1.0 / 3 + 0.25 + 0.2), 1e-6);
}

TEST(ChromeTrace, TellsJobsApart) {
  const topology::Fleet fleet = star(3);
  Job late = ring_job(fleet, 2, 1);
  late.start = 15.0_us;
  const Traced run = traced(fleet, {ring_job(fleet, 1, 1), late});
  expect_sound(run, 3 * 4 + 3 * 8);
  const auto names = process_names(run.events);
  ASSERT_EQ(names.size(), 6U);
  EXPECT_EQ(names.at(2), "job 0: rank 2 (d2)");
  EXPECT_EQ(names.at(3), "job 1: rank 0 (d0)");
}

// Every member sends to the switch, which answers all.
class SwitchReduction final : public workloads::StepProgram {
 public:
  SwitchReduction(std::uint32_t members, VertexId hub) : members_(members), hub_(hub) {}
  std::uint32_t rank_count() const override { return members_ + 1; }
  std::uint32_t first_agent() const override { return members_; }
  VertexId agent_vertex(RankId) const override { return hub_; }
  std::uint32_t stream_count(RankId) const override { return 1; }
  std::uint64_t length(RankId rank, StreamId) const override { return rank.value() == members_ ? 2 : 1; }
  void fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const override {
    if (rank.value() < members_) {
      op.sends.push_back({.peer = RankId(members_), .bytes = 1.0_MB});
      op.receives.push_back({.peer = RankId(members_)});
      return;
    }
    for (std::uint32_t member = 0; member < members_; ++member) {
      if (position == 0) op.receives.push_back({.peer = RankId(member)});
      if (position == 1) op.sends.push_back({.peer = RankId(member), .bytes = 1.0_MB});
    }
  }

 private:
  std::uint32_t members_;
  VertexId hub_;
};

TEST(ChromeTrace, ShowsAgentsAsProcessesAfterTheRanks) {
  const topology::Fleet fleet = star(3);
  const VertexId hub = *fleet.find_vertex("hub");
  const Job job = job_of(fleet, std::make_shared<SwitchReduction>(3, hub));
  const Traced run = traced(fleet, {job}, {}, {.network = "contention_free"});
  expect_sound(run, 6);
  EXPECT_EQ(process_names(run.events).at(3), "agent hub");
  const auto tracks = slices_by_track(run.events);
  EXPECT_EQ(tracks.at({3, 1}).size(), 2U);
  EXPECT_EQ(tracks.at({3, 1})[0]["args"]["from"], (Json{0, 1, 2}));
  EXPECT_EQ(tracks.at({1, 2})[0]["name"], "exchange with hub");
  EXPECT_EQ(tracks.at({1, 1})[1]["name"], "collective");
}

// Two streams of each rank reduce in the same switch at once.
TEST(ChromeTrace, PutsWhatOverlapsOnTracksBesideEachOther) {
  const topology::Fleet fleet = star(2);
  ProgramBuilder builder(2);
  const auto members = std::make_shared<std::vector<RankId>>(std::vector{RankId(0), RankId(1)});
  const auto plan = std::make_shared<SwitchReduction>(2, *fleet.find_vertex("hub"));
  for (const char* stream : {"a", "b"}) {
    const std::uint64_t call = builder.add_collective({.plan = plan, .members = members});
    for (std::uint32_t rank = 0; rank < 2; ++rank) {
      Op op;
      op.kind = OpKind::collective;
      op.collective = call;
      op.member = RankId(rank);
      builder.add(RankId(rank), builder.add_stream(RankId(rank), stream), op);
    }
  }
  const Traced run =
      traced(fleet, {{.program = builder.build(), .placement = devices_of(fleet)}}, {}, {.network = "contention_free"});
  expect_sound(run, 8);
  const auto names = track_names(run.events);
  EXPECT_EQ(names.at({0, 1}), "a");
  EXPECT_EQ(names.at({0, 2}), "a / stream 0");
  EXPECT_EQ(names.at({0, 3}), "b");
  EXPECT_EQ(names.at({0, 4}), "b / stream 0");
  EXPECT_EQ(names.count({2, 2}), 1U);
}

TEST(ChromeTrace, GivesComputeTracksTheDevicesBusyTime) {
  const topology::Fleet fleet = star(4);
  const Traced run = traced(fleet, {ring_job(fleet, 1, 1)});
  std::map<std::int64_t, double> busy;
  for (const Json& slice : of_phase(run.events, "X")) {
    if (slice["cat"] == "compute") busy[slice["pid"].get<std::int64_t>()] += number(slice, "dur");
  }
  for (std::uint32_t rank = 0; rank < 4; ++rank) {
    EXPECT_NEAR(busy[rank], run.timeline.busy[fleet.devices()[rank].value()].si() * 1e6, 1e-6);
    // And the stream as a whole ends when its rank does.
    const std::vector<Json> calls = slices_by_track(run.events).at({rank, 1});
    double sum = 0;
    for (const Json& slice : calls) sum += number(slice, "dur");
    EXPECT_NEAR(sum, run.timeline.jobs[0].rank_end[rank].si() * 1e6, 1e-6);
  }
}

TEST(ChromeTrace, AllowsOperationsThatTakeNoTime) {
  const topology::Fleet fleet = star(2);
  ProgramBuilder builder(2);
  for (std::uint32_t rank = 0; rank < 2; ++rank) {
    const StreamId stream = builder.add_stream(RankId(rank), "s");
    Op op;
    for (int i = 0; i < 3; ++i) builder.add(RankId(rank), stream, op);
    op.kind = OpKind::hold;
    builder.add(RankId(rank), stream, op);
    op.kind = OpKind::compute;
    op.work.nominal = 1.0_us / 3;
    builder.add(RankId(rank), stream, op);
    op.work.nominal = {};
    builder.add(RankId(rank), stream, op);
  }
  const Traced run = traced(fleet, {{.program = builder.build(), .placement = devices_of(fleet)}});
  expect_sound(run, 0);
  EXPECT_EQ(of_phase(run.events, "X").size(), 12U);
}

TEST(ChromeTrace, IsTheSameForTheSameRun) {
  const topology::Fleet fleet = star(5);
  const std::vector<Job> jobs = {ring_job(fleet, 3, 2), ring_job(fleet, 1, 1)};
  EXPECT_EQ(traced(fleet, jobs).text, traced(fleet, jobs).text);
}

TEST(ChromeTrace, ShowsChosenRanksOnly) {
  const topology::Fleet fleet = star(4);
  const Traced run = traced(fleet, {ring_job(fleet, 1, 1)}, {.ranks = {RankId(2), RankId(1)}});
  EXPECT_EQ(process_names(run.events), (std::map<std::int64_t, std::string>{{1, "rank 1 (d1)"}, {2, "rank 2 (d2)"}}));
  expect_disjoint_slices(run.events);
  expect_paired_arrows(run.events, 6);  // from 1 to 2
}

TEST(ChromeTrace, RefusesWhatNoViewerOpens) {
  const topology::Fleet fleet = star(4);
  try {
    traced(fleet, {ring_job(fleet, 1, 1)}, {.most_events = 20});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.text().problem, "there are more than 20 operations and messages, which no viewer would open");
    EXPECT_EQ(error.text().suggestion, "trace a few ranks only, or a smaller run");
  }
}

TEST(ChromeTrace, KeepsEndsAndStartsTogetherInLongRuns) {
  const topology::Fleet fleet = star(2);
  ProgramBuilder builder(2);
  for (std::uint32_t rank = 0; rank < 2; ++rank) {
    const StreamId stream = builder.add_stream(RankId(rank), "s");
    Op op;
    op.kind = OpKind::compute;
    for (int i = 0; i < 200; ++i) {
      op.work.nominal = Seconds(i % 2 == 0 ? 1e4 / 3 : 1e-9 / 7);
      builder.add(RankId(rank), stream, op);
    }
  }
  const Traced run = traced(fleet, {{.program = builder.build(), .placement = devices_of(fleet)}});
  expect_disjoint_slices(run.events);
  double last = 0;
  for (const Json& slice : of_phase(run.events, "X")) last = std::max(last, number(slice, "ts") + number(slice, "dur"));
  EXPECT_NEAR(last, run.timeline.end.si() * 1e6, 1e-3);
}

}  // namespace
}  // namespace lockstep::sim
