#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

constexpr const char* torus =
    R"({"topology":"torus","dimensions":[4,4,4],"link":{"bandwidth":"50 GB/s","latency":"1 us"}})";

std::string ring(const std::string& more = "") {
  return R"({"topology":"ring","devices":8,"link":{"bandwidth":"50 GB/s","latency":"1 us"})" + more + "}";
}

TEST(FleetProgram, DescribesATorusAsJsonAlone) {
  const ProgramRun run = run_program({"fleet", "--json", "-", torus});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json["devices"], 64);
  EXPECT_EQ(json["diameter"], 6);
  EXPECT_EQ(json["bisection_one_way_bytes_per_s"], 1.6e12);
  EXPECT_EQ(json["bisection_both_ways_bytes_per_s"], 3.2e12);
  EXPECT_EQ(run.err, "");
}

TEST(FleetProgram, PrintsTextWhereJsonGoesToAFile) {
  const ProgramRun run = run_program({"fleet", torus, "--json", "fleet.json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("1.6 TB/s one way"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(read_file("fleet.json"))["devices"], 64);
}

TEST(FleetProgram, GivesTheSameBytesEveryTime) {
  const std::vector<std::string> arguments = {"fleet", "Research_256", "--metrics", "--json", "-"};
  EXPECT_EQ(run_program(arguments).out, run_program(arguments).out);
}

TEST(FleetProgram, ReadsStandardInputFilesAndCatalogNames) {
  EXPECT_EQ(run_program({"fleet", "-"}, torus).exit_code, 0);
  EXPECT_EQ(run_program({"fleet", write_file("torus.json", torus)}).exit_code, 0);
  EXPECT_EQ(run_program({"fleet", "Lab_64_H100"}).exit_code, 0);
  const ProgramRun commented = run_program({"fleet", "-"}, "// a comment\n" + ring());
  EXPECT_EQ(commented.exit_code, 0) << commented.err;
}

TEST(FleetProgram, FollowsARouteByNameOrNumber) {
  const ProgramRun named = run_program({"fleet", ring(), "--route", "d0", "d2", "--json", "-"});
  const ProgramRun numbered = run_program({"fleet", ring(), "--route", "0", "2", "--json", "-"});
  EXPECT_EQ(named.out, numbered.out);
  const auto json = nlohmann::json::parse(named.out);
  EXPECT_EQ(json["hops"], 2);
  EXPECT_EQ(json["latency_s"], 2e-6);
  EXPECT_EQ(json["links"][0]["name"], "d0->d1");
}

TEST(FleetProgram, NamesBothEndsOfARouteThatDoesNotExist) {
  const std::string apart =
      R"({"topology":"tpu_pod","slices":[{"dimensions":[2,2,1]},{"dimensions":[2,2,1]}],"link":{"bandwidth":"50 GB/s"}})";
  const ProgramRun described = run_program({"fleet", apart, "--json", "-"});
  EXPECT_EQ(described.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(described.out)["components"], 2);
  const ProgramRun routed = run_program({"fleet", apart, "--route", "d0", "d5"});
  EXPECT_EQ(routed.exit_code, 2);
  EXPECT_NE(routed.err.find("'d0'"), std::string::npos) << routed.err;
  EXPECT_NE(routed.err.find("'d5'"), std::string::npos) << routed.err;
}

TEST(FleetProgram, SetsFields) {
  const ProgramRun run =
      run_program({"fleet", ring(), "--set", "devices=6", "--set", "link.latency=3 us", "--json", "-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(run.out)["devices"], 6);
}

TEST(FleetProgram, ExportsWhatItReadsBack) {
  for (const char* format : {"node_link", "graphml", "simgrid"}) {
    const ProgramRun wrote = run_program({"fleet", "Lab_64_H100", "--export", format, "out"});
    ASSERT_EQ(wrote.exit_code, 0) << wrote.err;
    EXPECT_EQ(run_program({"fleet", "./out", "--json", "-"}).out,
              run_program({"fleet", "Lab_64_H100", "--json", "-"}).out)
        << format;
  }
}

TEST(FleetProgram, WritesTheFiguresBesideTheExport) {
  ASSERT_EQ(run_program({"fleet", ring(), "--export", "dot", "ring.dot", "--json", "ring.json"}).exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(read_file("ring.json"))["devices"], 8);
  EXPECT_EQ(run_program({"fleet", ring(), "--export", "dot", "-", "--json", "-"}).exit_code, 2);
  EXPECT_FALSE(nlohmann::json::parse(run_program({"fleet", "--json", "-"}).out)["topologies"].empty());
}

TEST(FleetProgram, TellsOfLinksThatGotADefaultSpeed) {
  const std::string path = write_file("topology.conf", "SwitchName=s0 Nodes=n[1-4]\n");
  const ProgramRun silent = run_program({"fleet", path});
  EXPECT_EQ(silent.exit_code, 0);
  EXPECT_NE(silent.err.find("--default-link"), std::string::npos) << silent.err;
  const ProgramRun stated = run_program({"fleet", path, "--default-link", "200 Gbit/s, 2 us", "--json", "-"});
  EXPECT_EQ(nlohmann::json::parse(stated.out)["bisection_one_way_bytes_per_s"], 50e9);
  EXPECT_EQ(run_program({"fleet", path, "--default-link", "fast"}).exit_code, 2);
}

TEST(Program, AnswersHelpAndVersion) {
  EXPECT_EQ(run_program({"--version"}).out.substr(0, 9), "lockstep ");
  EXPECT_EQ(run_program({"--help"}).exit_code, 0);
  EXPECT_EQ(run_program({"fleet", "--help"}).exit_code, 0);
  EXPECT_NE(run_program({"fleet"}).out.find("dragonfly"), std::string::npos);
}

TEST(Program, RefusesUnknownCommandsAndOptions) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"flete"}, {"fleet", ring(), "--jsn"}, {"fleet", ring(), "--route", "d0"}, {"fleet", ring(), "extra"}}) {
    const ProgramRun run = run_program(arguments);
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(run.err.starts_with("error: ")) << run.err;
  }
}

}  // namespace
}  // namespace lockstep::testing
