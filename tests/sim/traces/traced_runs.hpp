#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json_text.hpp"
#include "sim/simulate.hpp"
#include "sim/traces/chrome_trace.hpp"
#include "topology/fleet_builder.hpp"
#include "workloads/collectives/algorithms.hpp"
#include "workloads/step_program/listed_program.hpp"

// Runs that are traced, and what every trace must satisfy.
namespace lockstep::sim {

using topology::VertexId;
using workloads::Op;
using workloads::OpKind;
using workloads::ProgramBuilder;
using workloads::RankId;
using workloads::StreamId;

// Devices d0, d1, … around a switch "hub".
inline topology::Fleet star(std::uint32_t devices) {
  topology::FleetBuilder builder("star");
  const auto hub = builder.add_vertex({.kind = topology::VertexKind::network_switch, .name = "hub"});
  for (std::uint32_t i = 0; i < devices; ++i) {
    const auto device = builder.add_vertex({.name = "d" + std::to_string(i)});
    builder.add_cable(device, hub, {.bandwidth = Bandwidth(50e9), .latency = Seconds(1e-6)});
  }
  return builder.build();
}

inline std::vector<VertexId> devices_of(const topology::Fleet& fleet) {
  return {fleet.devices().begin(), fleet.devices().end()};
}

// Every rank calls the plan on a stream "comm", after it has computed for its number of microseconds.
inline Job job_of(const topology::Fleet& fleet, std::shared_ptr<const workloads::StepProgram> plan) {
  const auto ranks = static_cast<std::uint32_t>(fleet.device_count());
  ProgramBuilder builder(ranks);
  auto members = std::make_shared<std::vector<RankId>>();
  for (std::uint32_t rank = 0; rank < ranks; ++rank) members->emplace_back(rank);
  const std::uint64_t call = builder.add_collective({.plan = std::move(plan), .members = members});
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    const StreamId stream = builder.add_stream(RankId(rank), "comm");
    Op op;
    op.kind = OpKind::compute;
    op.work.nominal = Seconds(rank * 1.1e-6);
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

inline Job ring_job(const topology::Fleet& fleet, std::uint32_t segments, std::uint32_t channels) {
  const workloads::CollectiveRequest request{.bytes = Bytes(1e6), .segments = segments, .channels = channels};
  const auto placement = devices_of(fleet);
  return job_of(fleet, plan_collective(request, {fleet, placement}, workloads::Fidelity::message));
}

struct Traced {
  Timeline timeline;
  std::string text;
  Json events;
};

inline Traced traced(const topology::Fleet& fleet, const std::vector<Job>& jobs, const TraceOptions& options = {},
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
inline Track track_of(const Json& event) {
  return {event["pid"].get<std::int64_t>(), event["tid"].get<std::int64_t>()};
}
inline double number(const Json& event, const char* key) {
  return event[key].get<double>();
}

inline std::vector<Json> of_phase(const Json& events, const std::string& phase) {
  std::vector<Json> found;
  for (const Json& event : events) {
    if (event["ph"] == phase) found.push_back(event);
  }
  return found;
}

inline std::map<Track, std::vector<Json>> slices_by_track(const Json& events) {
  std::map<Track, std::vector<Json>> tracks;
  for (const Json& slice : of_phase(events, "X")) tracks[track_of(slice)].push_back(slice);
  return tracks;
}

inline std::map<Track, std::string> track_names(const Json& events) {
  std::map<Track, std::string> names;
  for (const Json& event : of_phase(events, "M")) {
    if (event["name"] == "thread_name") names[track_of(event)] = event["args"]["name"].get<std::string>();
  }
  return names;
}

inline std::map<std::int64_t, std::string> process_names(const Json& events) {
  std::map<std::int64_t, std::string> names;
  for (const Json& event : of_phase(events, "M")) {
    if (event["name"] == "process_name") {
      names[event["pid"].get<std::int64_t>()] = event["args"]["name"].get<std::string>();
    }
  }
  return names;
}

inline void expect_disjoint_slices(const Json& events) {
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
inline bool has_slice_at(const std::vector<Json>& slices, double at) {
  return std::any_of(slices.begin(), slices.end(), [&](const Json& slice) {
    const double start = number(slice, "ts");
    const double end = start + number(slice, "dur");
    return start <= at && (at < end || (start == end && at == end));
  });
}

inline void expect_paired_arrows(const Json& events, std::size_t messages) {
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

inline void expect_ends_of(const Timeline& timeline, const Json& events) {
  double last = 0;
  for (const Json& slice : of_phase(events, "X")) last = std::max(last, number(slice, "ts") + number(slice, "dur"));
  EXPECT_NEAR(last, timeline.end.si() * 1e6, 1e-6);
}

inline void expect_sound(const Traced& run, std::size_t messages) {
  expect_disjoint_slices(run.events);
  expect_paired_arrows(run.events, messages);
  expect_ends_of(run.timeline, run.events);
}

}  // namespace lockstep::sim
