// The figures that were published with the definitions of straggling, from the trace that they were computed of.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/text_file.hpp"
#include "studies/attribution/base_run.hpp"
#include "tests/own_folder.hpp"
#include "tests/studies/attribution/attributions.hpp"

namespace lockstep::studies {
namespace {

constexpr std::uint32_t stages = 4;
constexpr std::uint32_t replicas = 2;
constexpr std::uint32_t microbatches = 4;

// Microseconds: four forwards, four backwards.
using Durations = std::array<std::uint32_t, std::size_t{2} * microbatches>;
// By step, replica and stage.
using Trace = std::map<std::array<std::uint32_t, 3>, Durations>;

Trace published_trace() {
  Trace trace;
  std::istringstream lines(read_text_file(PUBLISHED_TRACE));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    std::istringstream numbers(line);
    const auto next = [&numbers] {
      std::string number;
      std::getline(numbers, number, ',');
      return static_cast<std::uint32_t>(std::stoul(number));
    };
    std::array<std::uint32_t, 3> key{};
    for (std::uint32_t& part : key) part = next();
    for (std::uint32_t& duration : trace[key]) duration = next();
  }
  return trace;
}

// One step of a stage under 1F1B as lines of a program. Messages take no time to speak of.
class StageLines {
 public:
  StageLines(std::uint32_t step, std::uint32_t rank, const Durations& durations)
      : step_(std::to_string(step)), rank_(rank), stage_(rank % stages), durations_(durations) {}

  std::string text() {
    const std::uint32_t warm_up = stages - 1 - stage_;
    for (std::uint32_t i = 0; i < warm_up; ++i) add("f", i);
    for (std::uint32_t i = 0; i < microbatches; ++i) {
      if (warm_up + i < microbatches) add("f", warm_up + i);
      add("b", i);
    }
    add_line({{"op", "collective"},
              {"name", "end of " + step_},
              {"operation", "all_reduce"},
              {"algorithm", "ring"},
              {"bytes", "8 B"}});
    return text_;
  }

 private:
  void add(const std::string& pass, std::uint32_t microbatch) {
    const bool is_forward = pass == "f";
    const std::string id = pass + step_ + "." + std::to_string(microbatch);
    Json compute = {{"op", "compute"}, {"id", id}, {"label", is_forward ? "forward" : "backward"}};
    compute["seconds"] = std::to_string(durations_[microbatch + (is_forward ? 0 : microbatches)]) + " us";
    const bool has_source = is_forward ? stage_ > 0 : stage_ + 1 < stages;
    const bool has_target = is_forward ? stage_ + 1 < stages : stage_ > 0;
    if (has_source) {
      const std::uint32_t from = is_forward ? rank_ - 1 : rank_ + 1;
      add_line({{"op", "receive"},
                {"stream", pass + " in"},
                {"from", from},
                {"tag", is_forward ? 0 : 1},
                {"id", "in " + id}});
      compute["waits"] = {"in " + id};
    }
    add_line(compute);
    if (!has_target) return;
    const std::uint32_t to = is_forward ? rank_ + 1 : rank_ - 1;
    add_line({{"op", "send"},
              {"stream", pass + " out"},
              {"to", to},
              {"tag", is_forward ? 0 : 1},
              {"bytes", "1 B"},
              {"waits", {id}}});
  }
  void add_line(Json line) {
    line["rank"] = rank_;
    text_ += line.dump() + "\n";
  }

  std::string step_;
  std::uint32_t rank_;
  std::uint32_t stage_;
  Durations durations_;
  std::string text_;
};

sim::Scenario scenario_of(const Trace& trace) {
  const std::string file = own_folder() / "published_trace.jsonl";
  std::ofstream out(file);
  out << R"({"format": "lockstep-program", "version": 1, "ranks": 8})"
      << "\n";
  for (const auto& [key, durations] : trace) {
    out << StageLines(key[0], key[1] * stages + key[2], durations).text();
  }
  out.close();
  return read({{"fleet",
                {{"topology", "full_mesh"},
                 {"devices", replicas * stages},
                 {"link", {{"bandwidth", "1000 TB/s"}, {"latency", "0 s"}}}}},
               {"workload", {{"kind", "program"}, {"file", file}}},
               {"engine", {{"network", "contention_free"}}}});
}

Seating published_seating() {
  Seating seating{.of_rank = {}, .replicas = replicas, .stages = stages, .is_known = true};
  for (std::uint32_t rank = 0; rank < replicas * stages; ++rank) {
    seating.of_rank.push_back({.replica = rank / stages, .stage = rank % stages});
  }
  return seating;
}

// Communication and the optimizer, 7 % of the published step, are left out on both sides of the ratios.
TEST(PublishedTrace, GivesThePublishedSlowdownAndItsCauses) {
  const Trace trace = published_trace();
  ASSERT_EQ(trace.size(), 32U * replicas * stages);
  const sim::Scenario scenario = scenario_of(trace);
  const BaseRun base = watch_base_run(scenario, Suspects(scenario));
  const std::vector<Seating> seatings = {published_seating()};
  WhatIfs what_ifs(scenario, 2);
  const Straggling straggling = straggling_of(base.recorded, {.seatings = seatings}, what_ifs);
  EXPECT_NEAR(straggling.ideal.si() / 32, 1.70584611, 1e-6);
  EXPECT_NEAR(straggling.time.si() / 32, 2.00814685, 1e-6);
  EXPECT_NEAR(straggling.slowdown, 1.1787, 0.005);
  // Published is 1.2194: that step has communication too, some of it slow, which mending the last stage leaves. What is
  // held here is what the durations of computations alone say.
  EXPECT_NEAR(*straggling.of_last_stage, 1.32915646, 1e-6);
  EXPECT_NEAR(*straggling.of_slowest_workers, 0.0314, 0.02);
  ASSERT_EQ(straggling.types.size(), 3U);
  EXPECT_NEAR(straggling.types[0].slowdown, 1.0875, 0.01);
  EXPECT_NEAR(straggling.types[1].slowdown, 1.0742, 0.01);
}

}  // namespace
}  // namespace lockstep::studies
