#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cli/program.hpp"

namespace lockstep::testing {
namespace {

// A file that no fleet can be made of, and words that the message must have.
struct BadFile {
  std::string name;
  std::string content;
  std::string says;
};

void PrintTo(const BadFile& file, std::ostream* out) {
  *out << file.name;
}

class BadFleetFile : public ::testing::TestWithParam<BadFile> {};

// Exit code 2, one line that names the file, and nothing written anywhere.
TEST_P(BadFleetFile, IsRefusedInOneLine) {
  const std::string path = write_file(GetParam().name, GetParam().content);
  const ProgramRun run = run_program({"fleet", path, "--json", "out.json", "--export", "node_link", "out.fleet"});
  EXPECT_EQ(run.exit_code, 2) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_TRUE(run.err.starts_with("error: ")) << run.err;
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  EXPECT_NE(run.err.find(GetParam().name), std::string::npos) << run.err;
  EXPECT_NE(run.err.find(GetParam().says), std::string::npos) << run.err;
  EXPECT_FALSE(exists_file("out.json"));
  EXPECT_FALSE(exists_file("out.fleet"));
}

std::string nested(const std::string& opening, std::size_t levels) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += opening;
  return text;
}

std::string ring(const std::string& devices, const std::string& bandwidth) {
  return R"({"topology":"ring","devices":)" + devices + R"(,"link":{"bandwidth":)" + bandwidth +
         R"(,"latency":"1 us"}})";
}

constexpr const char* graphml = R"(<?xml version="1.0"?><graphml><graph edgedefault="undirected">)";
constexpr const char* platform = R"(<?xml version="1.0"?><platform version="4.1"><zone id="z" routing="Full">)";

INSTANTIATE_TEST_SUITE_P(Json, BadFleetFile,
                         ::testing::Values(BadFile{"empty.json", "", "not in any format"},
                                           BadFile{"blank.json", " \n\t ", "not in any format"},
                                           BadFile{"bad.json", R"({"topolgy":"ring"})", "describe a fleet"},
                                           BadFile{"cut.json", R"({"topology":"ri)", "line 1"},
                                           BadFile{"comma.json", "{\"topology\":\"ring\",\n}", "line 2"},
                                           BadFile{"list.json", "[1,2,3]", "not in any format"},
                                           BadFile{"deep.json", "{\"a\":" + nested("[", 200'000), "nested"},
                                           BadFile{"deeper.json", nested("{\"a\":", 200'000), "nested"},
                                           BadFile{"twice.json", R"({"topology":"ring","topology":"ring"})", "twice"},
                                           BadFile{"unit.json", ring("4", "\"50\""), "no unit"},
                                           BadFile{"number.json", ring("4", "50"), "50 GB/s"},
                                           BadFile{"negative.json", ring("4", "\"-1 GB/s\""), "negative"},
                                           BadFile{"huge.json", ring("1e15", "\"1 GB/s\""), "between 1 and"},
                                           BadFile{"huge2.json", ring("99999999999999999999999", "\"1 GB/s\""),
                                                   "devices"},
                                           BadFile{"nan.json", ring("4", "\"nan GB/s\""), "number"},
                                           BadFile{"utf8.json", "{\"\xff\":1}", "line 1"},
                                           BadFile{"binary.json", std::string("\0\1\2\3", 4), "format"}));

INSTANTIATE_TEST_SUITE_P(
    Graphs, BadFleetFile,
    ::testing::Values(
        BadFile{"edge.json", R"({"nodes":[{"id":1}],"edges":[{"source":1,"target":2}]})", "2"},
        BadFile{"nodes.json", R"({"nodes":5,"links":[]})", "nodes"},
        BadFile{"none.json", R"({"nodes":[],"links":[]})", "device"},
        BadFile{"cut.graphml", std::string(graphml) + "<node id=\"a\"/>", ""},
        BadFile{"edge.graphml",
                std::string(graphml) + "<node id=\"a\"/><edge source=\"a\" target=\"b\"/></graph></graphml>", "b"},
        BadFile{"deep.graphml", std::string(graphml) + nested("<graph>", 100'000), ""},
        BadFile{"entities.graphml", "<!DOCTYPE x [<!ENTITY a \"aa\">]><graphml>&a;</graphml>", ""}));

INSTANTIATE_TEST_SUITE_P(
    Clusters, BadFleetFile,
    ::testing::Values(
        BadFile{"cut.xml", std::string(platform) + R"(<host id="a")", ""},
        BadFile{"link.xml",
                std::string(platform) + R"(<host id="a" speed="1Gf"/><host id="b" speed="1Gf"/>)" +
                    R"(<route src="a" dst="b"><link_ctn id="x"/></route></zone></platform>)",
                "x"},
        BadFile{"host.xml",
                std::string(platform) + R"(<host id="a" speed="1Gf"/><host id="a" speed="1Gf"/></zone></platform>)",
                "a"},
        BadFile{
            "radical.xml",
            R"(<platform version="4.1"><cluster id="c" prefix="n" suffix="" radical="0-99999999999" speed="1Gf" bw="1Bps" lat="0"/></platform>)",
            "radical"},
        BadFile{"unknown.xml", "<something/>", "format"}, BadFile{"system.xml", "<system version=\"1\"></system>", ""},
        BadFile{"slurm.conf", "SwitchName=s0 Nodes=n[1-\n", "line 1"},
        BadFile{"range.conf", "SwitchName=s0 Nodes=n[1-99999999999]\n", "line 1"},
        BadFile{"topo.txt", "\tGPU0\tGPU1\nGPU0\t X \tNV1\n", ""}, BadFile{"model.yaml", "switches: [", ""}));

TEST(FleetFiles, ThatAreNotThereAreNamed) {
  const ProgramRun run = run_program({"fleet", "no/such/fleet.json"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("no/such/fleet.json"), std::string::npos);
  const ProgramRun directory = run_program({"fleet", "/"});
  EXPECT_EQ(directory.exit_code, 2);
}

TEST(FleetFiles, ThatLeadBackToThemselvesAreRefused) {
  const std::string path = write_file("self.json", R"({"file":"self.json"})");
  const ProgramRun run = run_program({"fleet", path});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("self.json"), std::string::npos) << run.err;
  write_file("node.json", R"({"node":{"file":"node.json"},"nodes":2,"fabric":"InfiniBand_NDR"})");
  EXPECT_EQ(run_program({"fleet", "node.json"}).exit_code, 2);
}

TEST(Catalogs, WithWrongEntriesAreRefused) {
  const std::string path =
      write_file("mine.json", R"({"kind":"cluster","entries":{"Mine":{"node":"DGX_H100","nodes":4,"source":"x"}}})");
  const ProgramRun run = run_program({"fleet", "Mine", "--catalog", path});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("fabric"), std::string::npos) << run.err;
}

TEST(FleetFiles, ThatCannotBeWrittenAreNamed) {
  const ProgramRun run = run_program({"fleet", "Lab_64_H100", "--json", "no/such/place.json"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("no/such/place.json"), std::string::npos);
}

}  // namespace
}  // namespace lockstep::testing
