#include "sim/traces/chrome_trace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "base/json_text.hpp"
#include "sim/simulate.hpp"
#include "topology/fleet_builder.hpp"
#include "workloads/collectives/algorithms.hpp"
#include "workloads/step_program/listed_program.hpp"

namespace lockstep::sim {
namespace {

using namespace literals;
using topology::VertexId;
using workloads::Op;
using workloads::OpKind;
using workloads::ProgramBuilder;
using workloads::RankId;
using workloads::StreamId;

// Devices d0, d1, … around a switch "hub".
topology::Fleet star(std::uint32_t devices) {
  topology::FleetBuilder builder("star");
  const auto hub = builder.add_vertex({.kind = topology::VertexKind::network_switch, .name = "hub"});
  for (std::uint32_t i = 0; i < devices; ++i) {
    const auto device = builder.add_vertex({.name = "d" + std::to_string(i)});
    builder.add_cable(device, hub, {.bandwidth = 50.0_GB_per_s, .latency = 1.0_us});
  }
  return builder.build();
}

std::vector<VertexId> devices_of(const topology::Fleet& fleet) {
  return {fleet.devices().begin(), fleet.devices().end()};
}

// Every rank calls the plan on a stream "comm", after it has computed for its number of microseconds.
Job job_of(const topology::Fleet& fleet, std::shared_ptr<const workloads::StepProgram> plan) {
  const auto ranks = static_cast<std::uint32_t>(fleet.device_count());
  ProgramBuilder builder(ranks);
  auto members = std::make_shared<std::vector<RankId>>();
  for (std::uint32_t rank = 0; rank < ranks; ++rank) members->emplace_back(rank);
  const std::uint64_t call = builder.add_collective({.plan = std::move(plan), .members = members});
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    const StreamId stream = builder.add_stream(RankId(rank), "comm");
    Op op;
    op.kind = OpKind::compute;
    op.work.nominal = rank * 1.1_us;
    op.label.phase = builder.phase("F\"0\"");
    builder.add(RankId(rank), stream, op);
    op.clear();
    op.kind = OpKind::collective;
    op.label.phase = builder.phase("");
    op.collective = call;
    op.member = RankId(rank);
    builder.add(RankId(rank), stream, op);
  }
  return {.program = builder.build(), .placement = devices_of(fleet)};
}

Job ring_job(const topology::Fleet& fleet, std::uint32_t segments, std::uint32_t channels) {
  const workloads::CollectiveRequest request{.bytes = 1.0_MB, .segments = segments, .channels = channels};
  const auto placement = devices_of(fleet);
  return job_of(fleet, plan_collective(request, {fleet, placement}, workloads::Fidelity::message));
}

struct Traced {
  Timeline timeline;
  std::string text;
  Json events;
};

Traced traced(const topology::Fleet& fleet, const std::vector<Job>& jobs, const TraceOptions& options = {},
              const EngineOptions& engine = {.network = "ports"}) {
  ChromeTrace trace(fleet, jobs, options);
  Traced result{.timeline = simulate(fleet, jobs, engine, &trace), .text = {}, .events = {}};
  std::ostringstream out;
  trace.write(out);
  result.text = out.str();
  result.events = parse_json(result.text, "trace")["traceEvents"];
  return result;
}

using Track = std::pair<std::int64_t, std::int64_t>;
Track track_of(const Json& event) {
  return {event["pid"].get<std::int64_t>(), event["tid"].get<std::int64_t>()};
}
double number(const Json& event, const char* key) {
  return event[key].get<double>();
}

std::vector<Json> of_phase(const Json& events, const std::string& phase) {
  std::vector<Json> found;
  for (const Json& event : events) {
    if (event["ph"] == phase) found.push_back(event);
  }
  return found;
}

std::map<Track, std::vector<Json>> slices_by_track(const Json& events) {
  std::map<Track, std::vector<Json>> tracks;
  for (const Json& slice : of_phase(events, "X")) tracks[track_of(slice)].push_back(slice);
  return tracks;
}

std::map<Track, std::string> track_names(const Json& events) {
  std::map<Track, std::string> names;
  for (const Json& event : of_phase(events, "M")) {
    if (event["name"] == "thread_name") names[track_of(event)] = event["args"]["name"].get<std::string>();
  }
  return names;
}

std::map<std::int64_t, std::string> process_names(const Json& events) {
  std::map<std::int64_t, std::string> names;
  for (const Json& event : of_phase(events, "M")) {
    if (event["name"] == "process_name") {
      names[event["pid"].get<std::int64_t>()] = event["args"]["name"].get<std::string>();
    }
  }
  return names;
}

void expect_disjoint_slices(const Json& events) {
  for (const auto& [track, slices] : slices_by_track(events)) {
    for (std::size_t i = 0; i + 1 < slices.size(); ++i) {
      EXPECT_GE(number(slices[i], "dur"), 0);
      // Exactly, in doubles, and once more in the whole nanoseconds that Perfetto cuts both to.
      EXPECT_LE(number(slices[i], "ts") + number(slices[i], "dur"), number(slices[i + 1], "ts"));
      const auto cut = [](double microseconds) { return static_cast<std::int64_t>(microseconds * 1000.0); };
      EXPECT_LE(cut(number(slices[i], "ts")) + cut(number(slices[i], "dur")), cut(number(slices[i + 1], "ts")));
    }
  }
}

// Whether a slice of the track is under way at that time.
bool has_slice_at(const std::vector<Json>& slices, double at) {
  return std::any_of(slices.begin(), slices.end(), [&](const Json& slice) {
    const double start = number(slice, "ts");
    const double end = start + number(slice, "dur");
    return start <= at && (at < end || (start == end && at == end));
  });
}

void expect_paired_arrows(const Json& events, std::size_t messages) {
  const auto tracks = slices_by_track(events);
  std::map<std::int64_t, std::vector<Json>> arrows;
  for (const Json& event : events) {
    if (event["ph"] == "s" || event["ph"] == "f") arrows[event["id"].get<std::int64_t>()].push_back(event);
  }
  EXPECT_EQ(arrows.size(), messages);
  for (const auto& [id, ends] : arrows) {
    ASSERT_EQ(ends.size(), 2U);
    EXPECT_EQ(ends[0]["ph"], "s");
    EXPECT_EQ(ends[1]["ph"], "f");
    EXPECT_EQ(ends[1]["bp"], "e");
    EXPECT_EQ(ends[0]["cat"], ends[1]["cat"]);
    EXPECT_EQ(ends[0]["name"], ends[1]["name"]);
    EXPECT_LE(number(ends[0], "ts"), number(ends[1], "ts"));
    for (const Json& end : ends) EXPECT_TRUE(has_slice_at(tracks.at(track_of(end)), number(end, "ts"))) << end;
  }
}

void expect_ends_of(const Timeline& timeline, const Json& events) {
  double last = 0;
  for (const Json& slice : of_phase(events, "X")) last = std::max(last, number(slice, "ts") + number(slice, "dur"));
  EXPECT_NEAR(last, timeline.end.si() * 1e6, 1e-6);
}

void expect_sound(const Traced& run, std::size_t messages) {
  expect_disjoint_slices(run.events);
  expect_paired_arrows(run.events, messages);
  expect_ends_of(run.timeline, run.events);
}

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
