#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

using nlohmann::json;

std::string scenario(const std::string& fleet, const std::string& workload, const std::string& network = "fluid") {
  return R"({"fleet":{"topology":"switch","devices":8,"link":{"bandwidth":"50 GB/s","latency":"1 us"})" + fleet +
         R"(},"workload":{"kind":"collective","bytes":"100 MB")" + workload + R"(},"engine":{"network":")" + network +
         "\"}}";
}
const std::string ring = R"(,"operation":"all_reduce","algorithm":"ring")";
const std::string slow_link = R"(,"overrides":[{"from":"d3","to":"s0","bandwidth":"25 GB/s"}])";
const std::string late_rank = R"(,"arrivals":["0 s","0 s","0 s","0 s","0 s","1 ms","0 s","0 s"])";

json form_of(const json& results, const std::string& name) {
  for (const json& form : results["closed_forms"]) {
    if (form["name"] == name) return form;
  }
  return {};
}

// Of a run that perturbations disturb no form speaks, and what they cost is one more price.
TEST(CheckProgram, PricesPerturbations) {
  const std::string slow = R"(perturbations=[{"kind":"slow_links","links":["d3"],"factor":2,"from":"1 ms"}])";
  const std::string plain = scenario("", ring, "contention_free");
  const ProgramRun run = run_program({"check", plain, "--set", slow, "--json", "-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json results = json::parse(run.out);
  const json form = form_of(results, "C03");
  EXPECT_EQ(form["applies"], false);
  ASSERT_EQ(form["broken_assumptions"].size(), 1U);
  EXPECT_EQ(form["broken_assumptions"][0]["assumption"], "undisturbed");
  const double undisturbed = json::parse(run_program({"run", plain, "--json", "-"}).out)["time_s"].get<double>();
  const double cost = form["broken_assumptions"][0]["cost_s"].get<double>();
  EXPECT_NEAR(cost, results["time_s"].get<double>() - undisturbed, 1e-12);
  EXPECT_GT(cost / undisturbed, 0.5);
}

// What other people's flows leave goes by how many there are besides, so they make no other fleet of it.
TEST(CheckProgram, SpeaksOfNoFormBesideOthersFlows) {
  const std::string traffic = R"(perturbations=[{"kind":"background_traffic","links":["d1->s0"],"flows":1}])";
  for (const char* network : {"ports", "fluid"}) {
    const ProgramRun run = run_program({"check", scenario("", ring, network), "--set", traffic, "--json", "-"});
    ASSERT_EQ(run.exit_code, 0) << network << run.err;
    const json form = form_of(json::parse(run.out), "C03");
    EXPECT_EQ(form["applies"], false);
    ASSERT_EQ(form["broken_assumptions"].size(), 1U);
    EXPECT_EQ(form["broken_assumptions"][0]["assumption"], "undisturbed");
    EXPECT_GT(form["broken_assumptions"][0]["cost_s"].get<double>(), 0);
  }
}

struct SlowNic {
  int ranks;
  const char *bytes, *link;
  const char* factor;
  double time;
};

// S16: links that are slow for all of the run are links of the fleet, of which forms speak.
TEST(CheckProgram, AppliesFormsToLinksThatAreSlowThroughout) {
  for (const SlowNic& at : {SlowNic{8, "1 GB", R"({"bandwidth":"50 GB/s","latency":"2.5 us"})", "2", 0.07007},
                            SlowNic{16, "10 MB", R"({"bandwidth":"25 GB/s","latency":"5 us"})", "10", 0.0078},
                            SlowNic{2, "1 MB", R"({"bandwidth":"10 GB/s","latency":"2.5 us"})", "4", 0.00041}}) {
    const std::string slow =
        R"(perturbations=[{"kind":"slow_links","links":["d1"],"factor":)" + std::string(at.factor) + "}]";
    const ProgramRun run =
        run_program({"check", scenario("", ring, "ports"), "--set", "fleet.devices=" + std::to_string(at.ranks),
                     "--set", std::string("fleet.link=") + at.link, "--set", std::string("workload.bytes=") + at.bytes,
                     "--set", slow, "--json", "-"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const json results = json::parse(run.out);
    EXPECT_NEAR(results["time_s"].get<double>(), at.time, 1e-9 * at.time);
    const json form = form_of(results, at.ranks == 2 ? "C05" : "S16");
    EXPECT_EQ(form["applies"], true);
    EXPECT_EQ(form["holds"], true);
    EXPECT_NEAR(form["time_s"].get<double>(), at.time, 1e-9 * at.time);
  }
}

// P05: and devices that are, stages of a pipeline. Late slowness still disturbs.
TEST(CheckProgram, AppliesFormsToStagesThatAreSlowThroughout) {
  const std::string pipeline =
      R"({"workload":{"kind":"pipeline","schedule":"1f1b","stages":4,"microbatches":8,"forward":"10 ms","backward":"20 ms"},)";
  const std::string slow = R"({"kind":"slow_devices","devices":[1],"factor":1.5})";
  const std::string late = R"({"kind":"slow_devices","devices":[1],"factor":1.5,"from":"100 ms"})";
  const json lasting =
      json::parse(run_program({"check", pipeline + "\"perturbations\":[" + slow + "]}", "--json", "-"}).out);
  const json form = form_of(lasting, "P05");
  EXPECT_EQ(form["applies"], true);
  EXPECT_EQ(form["holds"], true);
  EXPECT_NEAR(form["time_s"].get<double>(), 0.42, 1e-9);
  const json both = json::parse(
      run_program({"check", pipeline + "\"perturbations\":[" + slow + "," + late + "]}", "--json", "-"}).out);
  const json disturbed = form_of(both, "P05");
  EXPECT_NEAR(disturbed["time_s"].get<double>(), 0.42, 1e-9);
  ASSERT_EQ(disturbed["broken_assumptions"].size(), 1U);
  EXPECT_EQ(disturbed["broken_assumptions"][0]["assumption"], "undisturbed");
  EXPECT_NEAR(disturbed["broken_assumptions"][0]["cost_s"].get<double>(), both["time_s"].get<double>() - 0.42, 1e-12);
}

// S12: a synchronous step goes at the pace of the slowest device, to the last digits, unless something is hidden.
TEST(CheckProgram, HoldsStepsAgainstTheSlowestDevice) {
  const std::string step =
      R"({"fleet":{"topology":"switch","devices":8,"link":{"bandwidth":"400 GB/s","latency":"1 us"},
          "device":{"compute":"989 TFLOP/s","memory":"80 GiB","memory_bandwidth":"3 TB/s"}},
          "workload":{"kind":"training","model":"GPT2","global_batch":64,"microbatch":8,"sequence_length":1024,
          "parallel":{"data":8},"overlap":{"gradients":false,"parameters":false}},
          "engine":{"network":"contention_free","fidelity":"flow"},
          "perturbations":[{"kind":"slow_devices","devices":[3],"factor":1.5}]})";
  const json form = form_of(json::parse(run_program({"check", step, "--json", "-"}).out), "S12");
  EXPECT_EQ(form["applies"], true);
  EXPECT_EQ(form["holds"], true);
  EXPECT_FALSE(form.contains("samples"));
  const ProgramRun hiding = run_program({"check", step, "--set", "workload.overlap.gradients=true", "--json", "-"});
  const json hidden = form_of(json::parse(hiding.out), "S12");
  EXPECT_EQ(hiding.exit_code, 0);
  EXPECT_EQ(hidden["holds"], false);
  ASSERT_EQ(hidden["broken_assumptions"].size(), 1U);
  EXPECT_EQ(hidden["broken_assumptions"][0]["assumption"], "exposed_exchange");
  EXPECT_LT(hidden["broken_assumptions"][0]["cost_s"].get<double>(), 0);
}

TEST(CheckProgram, SaysThatFormsApplyAndHold) {
  const ProgramRun run = run_program({"check", scenario("", ring), "--json", "-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json results = json::parse(run.out);
  const json form = form_of(results, "C03");
  EXPECT_EQ(form["applies"], true);
  EXPECT_EQ(form["holds"], true);
  EXPECT_EQ(form["tolerance"], 1e-9);
  EXPECT_TRUE(form["broken_assumptions"].empty());
  EXPECT_NEAR(form["time_s"].get<double>(), results["time_s"].get<double>(), 1e-12);
  EXPECT_LE(std::abs(form["relative_difference"].get<double>()), 1e-9);
  EXPECT_NE(form["source"].get<std::string>().find("2009"), std::string::npos);
  EXPECT_GE(results["lower_bound"]["times_as_long"].get<double>(), 1);
  EXPECT_TRUE(results.contains("bus_bandwidth_bytes_per_s"));
  EXPECT_TRUE(results.contains("wall_s"));
}

TEST(CheckProgram, NamesBothBrokenAssumptionsWithTheirPrice) {
  const ProgramRun run = run_program({"check", scenario(slow_link, ring + late_rank), "--json", "-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json form = form_of(json::parse(run.out), "C03");
  EXPECT_EQ(form["applies"], false);
  ASSERT_EQ(form["broken_assumptions"].size(), 2U);
  EXPECT_EQ(form["broken_assumptions"][0]["assumption"], "equal_links");
  EXPECT_EQ(form["broken_assumptions"][0]["explanation"], "link d3->s0 has 25 GB/s where the others have 50 GB/s");
  EXPECT_EQ(form["broken_assumptions"][1]["assumption"], "simultaneous_arrival");
  for (const json& broken : form["broken_assumptions"]) {
    EXPECT_GT(broken["cost_s"].get<double>(), 0);
    EXPECT_EQ(broken["basis"], "simulation");
  }
}

// 1 MiB by halving and doubling: 6 · 2 us and 14/8 · 1 MiB at 50 GB/s; in the switch 4 · 1 us and 9/8 as flows, twice
// that as one piece.
TEST(CheckProgram, PricesWhatSwitchesSaveByTheBestOfRanksAlone) {
  const double byte = 1048576 / 50e9;
  for (const auto& [fidelity, is_faster] : {std::pair("flow", true), std::pair("message", false)}) {
    const ProgramRun run =
        run_program({"check", scenario("", R"(,"operation":"all_reduce","algorithm":"in_switch")"), "--set",
                     "workload.bytes=1 MiB", "--set", std::string("engine.fidelity=") + fidelity, "--json", "-"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const json results = json::parse(run.out);
    const json broken = form_of(results, "C35")["broken_assumptions"][0];
    EXPECT_EQ(broken["assumption"], "no_in_network_reduction");
    EXPECT_EQ(broken["basis"], "simulation");
    const double alone = 12e-6 + 1.75 * byte;
    EXPECT_NEAR(broken["cost_s"].get<double>(), results["time_s"].get<double>() - alone, 1e-12);
    EXPECT_EQ(broken["cost_s"].get<double>() < 0, is_faster);
  }
}

TEST(CheckProgram, TellsRoundingFromCostsAndFactorsFromPercentages) {
  const std::string flow =
      R"({"fleet":{"topology":"switch","devices":8,"link":{"bandwidth":"50 GB/s","latency":"1 us"}},)"
      R"("workload":{"kind":"collective","operation":"all_reduce","algorithm":"ring",)"
      R"("bytes":"1 MiB","segments":16},)"
      R"("engine":{"fidelity":"flow","network":"contention_free"}})";
  const ProgramRun equal = run_program({"check", flow});
  EXPECT_NE(equal.out.find("every_message costs nothing here"), std::string::npos) << equal.out;
  const ProgramRun json_run = run_program({"check", flow, "--json", "-"});
  EXPECT_EQ(form_of(json::parse(json_run.out), "C07")["broken_assumptions"][0]["cost_s"], 0.0);
  const ProgramRun far = run_program({"check", scenario("", ring + late_rank), "--set", "workload.arrivals.5=\"1 s\""});
  EXPECT_NE(far.out.find("×"), std::string::npos) << far.out;
}

TEST(CheckProgram, PrintsATableForPeople) {
  const ProgramRun run = run_program({"check", scenario(slow_link, ring)});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* part : {"C03 ring all-reduce", "no: equal_links", "C05", "equal_links costs", "bus bandwidth",
                           "lower bound", "link d3->s0 has 25 GB/s where the others have 50 GB/s"}) {
    EXPECT_NE(run.out.find(part), std::string::npos) << part << "\n" << run.out;
  }
}

TEST(CheckProgram, ChecksSeveralScenariosInOneCall) {
  const std::string direct = R"(,"operation":"all_to_all","algorithm":"direct")";
  const ProgramRun run =
      run_program({"check", scenario("", ring), scenario("", direct), "ring_all_reduce", "--json", "-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json checks = json::parse(run.out)["checks"];
  ASSERT_EQ(checks.size(), 3U);
  EXPECT_EQ(form_of(checks[1], "C16")["applies"], true);
  EXPECT_EQ(form_of(checks[2], "C03")["holds"], true);
}

TEST(CheckProgram, ChecksTheAlgorithmThatAutoChooses) {
  const ProgramRun run = run_program({"check", scenario("", R"(,"operation":"all_to_all")"), "--json", "-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(form_of(json::parse(run.out), "C15")["applies"], true) << run.out;
}

TEST(CheckProgram, GivesTheSameBytesEveryTime) {
  const auto once = [] {
    json results = json::parse(run_program({"check", scenario(slow_link, ring + late_rank), "--json", "-"}).out);
    results.erase("wall_s");
    results.erase("peak_rss_bytes");
    return results.dump();
  };
  EXPECT_EQ(once(), once());
}

TEST(CheckProgram, RefusesBadInputBeforeItSimulates) {
  const ProgramRun run =
      run_program({"check", scenario("", ring), scenario("", R"(,"operation":"all_reduce","algorithm":"rung")"),
                   "--json", "check.json"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("did you mean 'ring'"), std::string::npos) << run.err;
  EXPECT_FALSE(exists_file("check.json"));
  EXPECT_EQ(run_program({"check"}).exit_code, 2);
  EXPECT_EQ(run_program({"check", "no_such_scenario"}).exit_code, 2);
}

}  // namespace
}  // namespace lockstep::testing
