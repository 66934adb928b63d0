// `lockstep run` with several replicas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string scenario =
    R"({"workload":{"kind":"pipeline","schedule":"1f1b","stages":4,"microbatches":8,"forward":"10 ms",)"
    R"("backward":"20 ms"},"perturbations":[{"kind":"compute_jitter","factor":{"distribution":"lognormal",)"
    R"("mean":1,"sigma":0.2}}],"engine":{"network":"contention_free"},"run":{"seed":1}})";

nlohmann::json json_of(const ProgramRun& run) {
  nlohmann::json results = nlohmann::json::parse(run.out);
  results.erase("wall_s");
  results.erase("peak_rss_bytes");
  return results;
}

TEST(ReplicasProgram, PrintsALineForEachHeadline) {
  const ProgramRun run = run_program({"run", scenario, "--replicas", "50"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("replicas              50\n"));
  EXPECT_THAT(run.out, HasSubstr("95 % interval"));
  EXPECT_THAT(run.out, HasSubstr("bubble_fraction"));
  EXPECT_THAT(run.out, Not(HasSubstr("idle_s.transfer")));  // which is always 0
  EXPECT_EQ(run.err, "");
}

TEST(ReplicasProgram, GivesTheSameForAnyJobs) {
  const auto run = [](const std::string& jobs) {
    return json_of(run_program({"run", scenario, "--replicas", "30", "--jobs", jobs, "--json", "-"}));
  };
  const nlohmann::json alone = run("1");
  EXPECT_EQ(alone["replicas"]["count"], 30);
  EXPECT_EQ(alone["scenario"]["run"]["replicas"], 30);
  EXPECT_EQ(run("3").dump(), alone.dump());
}

TEST(ReplicasProgram, WritesARowEach) {
  const ProgramRun run = run_program({"run", scenario, "--replicas", "3", "--csv", "-"});
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 4) << run.out;
  EXPECT_THAT(run.out, ::testing::StartsWith("replica,time_s,bubble_fraction,"));
  const ProgramRun once = run_program({"run", scenario, "--csv", "-"});
  EXPECT_EQ(once.out, run.out.substr(0, once.out.size()));  // one run is the first replica
}

TEST(ReplicasProgram, TracesTheFirst) {
  run_program({"run", scenario, "--trace", "once.json"});
  run_program({"run", scenario, "--replicas", "3", "--trace", "several.json"});
  EXPECT_NE(read_file("once.json"), "");
  EXPECT_EQ(read_file("several.json"), read_file("once.json"));
}

TEST(ReplicasProgram, SaysWhenTheMeanIsKnown) {
  const ProgramRun run =
      run_program({"run", scenario, "--replicas", "1000", "--set", "run.precision=0.02", "--json", "out.json"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr(" of 1000: the time is known to 2 %"));
  const auto precision = nlohmann::json::parse(read_file("out.json"))["replicas"]["precision"];
  EXPECT_EQ(precision["reached"], true);
  EXPECT_LE(precision["achieved"].get<double>(), 0.02);
  const ProgramRun falls_short = run_program({"run", scenario, "--replicas", "9", "--set", "run.precision=0.0001"});
  EXPECT_EQ(falls_short.exit_code, 0);
  EXPECT_THAT(falls_short.err, HasSubstr("warning: the precision of 0.01 % is not reached with 9 replicas"));
}

TEST(ReplicasProgram, WarnsWhereNothingIsRandom) {
  const ProgramRun run = run_program({"run", "pipeline_1f1b", "--replicas", "1000"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("warning: nothing in this scenario is random"));
  EXPECT_THAT(run.out, HasSubstr("1 stands for all 1000"));
}

TEST(ReplicasProgram, NamesReplicasThatFail) {
  write_file("stop.txt", "0 1\n0.05 0\n");
  const ProgramRun run = run_program(
      {"run", scenario, "--replicas", "40", "--json", "out.json", "--set",
       R"(perturbations=[{"kind":"trace","fraction":0.25,"file":"stop.txt"},{"kind":"slow_devices","fraction":0.5,"factor":2}])",
       "--set", R"(fleet={"topology":"switch","devices":16,"link":{"bandwidth":"1 GB/s","latency":"1 us"}})"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, ::testing::ContainsRegex("error: replica [0-9]+: device d[0-3] never goes on"));
  const nlohmann::json replicas = nlohmann::json::parse(read_file("out.json"))["replicas"];
  EXPECT_EQ(replicas["count"].get<std::size_t>() + replicas["failed"].size(), 40U);
}

TEST(ReplicasProgram, KeepsWhatIsFinishedWhenInterrupted) {
  const ProgramRun run = interrupt_program({"run", scenario, "--replicas", "1000000", "--json", "out.json"});
  EXPECT_EQ(run.exit_code, 130) << run.err;
  EXPECT_THAT(run.err, HasSubstr("warning: interrupted: the first "));
  const nlohmann::json results = nlohmann::json::parse(read_file("out.json"));
  EXPECT_EQ(results["replicas"]["interrupted"], true);
  EXPECT_GT(results["replicas"]["count"], 1);
  EXPECT_LT(results["replicas"]["count"], 1'000'000);
}

TEST(ReplicasProgram, RefusesBadCounts) {
  const auto expect_refusal = [](const std::vector<std::string>& options, const std::string& text) {
    std::vector<std::string> arguments = {"run", scenario};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const ProgramRun run = run_program(arguments);
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.err, HasSubstr(text));
    EXPECT_EQ(run.out, "");
  };
  expect_refusal({"--replicas", "0"}, "run.replicas");
  expect_refusal({"--replicas", "many"}, "run.replicas");
  expect_refusal({"--jobs", "0"}, "'0' is no number of processes");
  expect_refusal({"--jobs", "-1"}, "no number of processes");
  expect_refusal({"--csv", "-", "--json", "-"}, "cannot take both");
}

}  // namespace
}  // namespace lockstep::testing
