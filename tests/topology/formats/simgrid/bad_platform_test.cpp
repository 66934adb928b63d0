#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/topology/formats/simgrid/platforms.hpp"

namespace lockstep::topology {
namespace {

struct Bad {
  const char* name;
  std::string contents;  // of a platform, from line 2
  const char* complaint;
};

void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}

std::string zone(const std::string& contents, const std::string& routing = "Full") {
  return "<zone id=\"z\" routing=\"" + routing + "\">" + contents + "</zone>";
}

const std::string two_hosts = R"(<host id="a" speed="1f"/><host id="b" speed="1f"/><link id="l" bandwidth="1Bps"/>)";

std::string cluster(const std::string& radical, const std::string& more = "") {
  return R"(<cluster id="c" prefix="n" suffix="" radical=")" + radical + R"(" speed="1f" bw="1Bps" lat="0" )" + more +
         "/>";
}

std::string shaped(const std::string& topology, const std::string& parameters, const std::string& radical = "0-7") {
  return cluster(radical, "topology=\"" + topology + "\" topo_parameters=\"" + parameters + "\"");
}

std::string route(const std::string& attributes, const std::string& links = R"(<link_ctn id="l"/>)") {
  return zone(two_hosts + "<route " + attributes + ">" + links + "</route>");
}

const std::string a_to_b = R"(src="a" dst="b")";

class BadPlatform : public testing::TestWithParam<Bad> {};

TEST_P(BadPlatform, IsRefusedWithItsPlaceAndReason) {
  try {
    import_text(platform_with(GetParam().contents));
    FAIL() << "was read";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().complaint), std::string::npos) << error.what();
    EXPECT_NE(error.text().where.find("platform.xml: line "), std::string::npos) << error.what();
  }
}

std::string repeated(const std::string& piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

std::string nested_zones(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += "<zone id=\"z" + std::to_string(i) + "\" routing=\"Full\">";
  for (int i = 0; i < depth; ++i) text += "</zone>";
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Text, BadPlatform,
    testing::Values(
        Bad{"cut_off", "<zone id=\"z\" routing=\"Full\"><host id=\"a\"", "well-formed"},
        Bad{"other_root_behind", "</platform><platform version=\"4.1\">", "follows the end"},
        Bad{"unknown_tag", zone("<hoost id=\"a\"/>"), "<hoost> has no place in <zone>; did you mean 'host'?"},
        Bad{"unknown_attribute", zone(R"(<host id="a" sped="1f"/>)"), "did you mean 'speed'?"},
        Bad{"attribute_twice", zone(R"(<router id="a" id="b"/>)"), "given twice"},
        Bad{"missing_attribute", zone(R"(<host id="a"/>)"),
            "line 2: <host> id=\"a\": the attribute 'speed' is missing"},
        Bad{"stray_text", zone("hello"), "text between the tags"},
        Bad{"include", "<include file=\"x.xml\"/>", "dropped it in version 3.18"},
        Bad{"host_outside_zone", R"(<host id="a" speed="1f"/>)", "<host> has no place in <platform>"},
        Bad{"peer_outside_zone", R"(<peer id="a" speed="1f" bw_in="1" bw_out="1"/>)", "must stand in a zone"},
        Bad{"no_host", zone("<router id=\"r\"/>"), "the platform has no host"},
        Bad{"deep_zones", nested_zones(300), "nested deeper"},
        Bad{"nesting_bomb", repeated("<zone>", 100'000) + repeated("</zone>", 100'000), "nested deeper"}));

INSTANTIATE_TEST_SUITE_P(
    Hosts, BadPlatform,
    testing::Values(
        Bad{"host_twice", zone(two_hosts + R"(<host id="a" speed="1f"/>)"), "called 'a' already"},
        Bad{"host_named_as_zone", zone(R"(<host id="z" speed="1f"/>)"), "called 'z' already"},
        Bad{"empty_name", zone(R"(<host id="" speed="1f"/>)"), "the name is empty"},
        Bad{"speed_without_number", zone(R"(<host id="a" speed="fast"/>)"), "is not a speed"},
        Bad{"speed_of_nought", zone(R"(<host id="a" speed="0f"/>)"), "is not a speed above zero"},
        Bad{"unlisted_pstate", zone(R"(<host id="a" speed="1f,2f" pstate="2"/>)"), "pstates count from 0"},
        Bad{"no_core", zone(R"(<host id="a" speed="1f" core="0"/>)"), "at least one core"},
        Bad{"half_a_core", zone(R"(<host id="a" speed="1f" core="two"/>)"), "is not a whole number"},
        Bad{"link_twice", zone(two_hosts + R"(<link id="l" bandwidth="1Bps"/>)"), "are called 'l'"},
        Bad{"link_without_bandwidth", zone(R"(<link id="l" bandwidth="0"/>)"), "is not a bandwidth above zero"},
        Bad{"link_with_wrong_unit", zone(R"(<link id="l" bandwidth="1GB"/>)"), "is not a bandwidth"},
        Bad{"negative_latency", zone(R"(<link id="l" bandwidth="1Bps" latency="-1s"/>)"), "is not a time"},
        Bad{"unknown_policy", zone(R"(<link id="l" bandwidth="1" sharing_policy="SHRED"/>)"), "did you mean 'SHARED'?"},
        Bad{"unknown_routing", zone("", "Floid"), "did you mean 'Floyd'?"}));

INSTANTIATE_TEST_SUITE_P(
    Routes, BadPlatform,
    testing::Values(
        Bad{"unknown_link", route(a_to_b, R"(<link_ctn id="m"/>)"), "<link_ctn> id=\"m\": there is no link 'm'"},
        Bad{"direction_of_shared_link", route(a_to_b, R"(<link_ctn id="l" direction="UP"/>)"), "SPLITDUPLEX"},
        Bad{"unknown_end", route(R"(src="a" dst="c")"), "names no host"},
        Bad{"no_links", route(a_to_b, ""), "at least one link"},
        Bad{"zone_as_end", route(R"(src="a" dst="z")"), "is a zone"},
        Bad{"unknown_symmetry", route(a_to_b + R"( symmetrical="maybe")"), "is not known here"},
        Bad{"route_twice",
            zone(two_hosts + R"(<route src="a" dst="b"><link_ctn id="l"/></route>)"
                             R"(<route src="b" dst="a"><link_ctn id="l"/></route>)"),
            "routes lead both ways unless"},
        Bad{"route_without_table", zone(two_hosts + R"(<route src="a" dst="b"><link_ctn id="l"/></route>)", "None"),
            "lists no routes"},
        Bad{"end_in_another_zone",
            zone("<zone id=\"y\" routing=\"Full\">" + two_hosts +
                 R"(</zone><route src="a" dst="b"><link_ctn id="l"/></route>)"),
            "is not directly in the zone 'z'"},
        Bad{"gateway_elsewhere",
            zone(cluster("0-1") + R"(<zone id="y" routing="Full">)" + two_hosts +
                 R"(</zone><zoneRoute src="c" dst="y" gw_src="a" gw_dst="b"><link_ctn id="l"/></zoneRoute>)"),
            "is not in the zone that it leads out of"}));

INSTANTIATE_TEST_SUITE_P(
    Clusters, BadPlatform,
    testing::Values(
        Bad{"radical_too_long", cluster("0-9999999999"), "is not a list of host numbers"},
        Bad{"radical_too_large", cluster("0-4294967295"), "describe a smaller cluster"},
        Bad{"number_twice", cluster("1,1"), "called 'n1' already"},
        Bad{"no_torus", shaped("TORUS", ""), "not a count of at least 1"},
        Bad{"empty_torus", shaped("TORUS", "2,0"), "not a count of at least 1"},
        Bad{"torus_overflow", shaped("TORUS", "4294967295,4294967295,4294967295"), "too large"},
        Bad{"too_few_hosts", shaped("TORUS", "3,3"), "ask for 9 hosts, and the radical lists 8"},
        Bad{"no_fat_tree", shaped("FAT_TREE", "2;4,4;1,2"), "do not describe a fat tree"},
        Bad{"crooked_fat_tree", shaped("FAT_TREE", "2;4,2;1;1,2"), "do not describe a fat tree"},
        Bad{"huge_fat_tree", shaped("FAT_TREE", "2;4,2;1,4000000000;1,4000000000"), "too large"},
        Bad{"no_dragonfly", shaped("DRAGONFLY", "2,1;2,1;2;1"), "do not describe a dragonfly"},
        Bad{"dragonfly_without_ports", shaped("DRAGONFLY", "4,1;1,1;2,1;1"), "as many blades"},
        Bad{"huge_dragonfly", shaped("DRAGONFLY", "1,1;1,1;4000000000,1;1"), "too large"},
        Bad{"latency_without_bandwidth", cluster("0-1", "bb_lat=\"1s\""), "gives it no bandwidth"},
        Bad{"foreign_host_link", zone(two_hosts + R"(<host_link id="a" up="l" down="l"/>)"), "routing=\"Cluster\""},
        Bad{"host_link_to_nothing", zone(two_hosts + R"(<host_link id="a" up="l" down="m"/>)", "Cluster"),
            "names no link"},
        Bad{"two_airs", zone(two_hosts + R"(<link id="m" bandwidth="1Bps"/>)", "Wifi"), "one link is the air"},
        Bad{"peer_without_place", zone(R"(<peer id="p" speed="1f" bw_in="1" bw_out="1"/>)", "Vivaldi"),
            "'coordinates'"},
        Bad{"peer_in_two_dimensions",
            zone(R"(<peer id="p" speed="1f" bw_in="1" bw_out="1" coordinates="1 2"/>)", "Vivaldi"), "three numbers"}));

TEST(BadPlatforms, OfOldVersionsAreSentToSimGridsTool) {
  try {
    import_text("<platform version=\"3\"/>");
    FAIL() << "was read";
  } catch (const InputError& error) {
    EXPECT_NE(error.text().suggestion.find("simgrid_update_xml"), std::string::npos);
  }
}

}  // namespace
}  // namespace lockstep::topology
