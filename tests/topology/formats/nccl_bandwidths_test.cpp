#include "topology/formats/nccl_bandwidths.hpp"

#include <gtest/gtest.h>

namespace lockstep::topology {
namespace {

using namespace literals;

double sixteen_lanes(std::string_view link_speed) {
  return 16 * nccl_pcie_lane(link_speed).value().si() / 1e9;
}

TEST(NcclBandwidths, SixteenLanesOfEachPcieGenerationMatchNccl) {
  EXPECT_DOUBLE_EQ(sixteen_lanes("2.5 GT/s"), 3);
  EXPECT_DOUBLE_EQ(sixteen_lanes("5 GT/s"), 6);
  EXPECT_DOUBLE_EQ(sixteen_lanes("8 GT/s"), 12);
  EXPECT_DOUBLE_EQ(sixteen_lanes("16 GT/s"), 24);
  EXPECT_DOUBLE_EQ(sixteen_lanes("32 GT/s"), 48);
  EXPECT_DOUBLE_EQ(sixteen_lanes("64.0 GT/s PCIe"), 96);
}

TEST(NcclBandwidths, BothSpellingsOfALinkSpeedAreTheSame) {
  EXPECT_EQ(nccl_pcie_lane("16 GT/s"), nccl_pcie_lane("16.0 GT/s PCIe"));
}

TEST(NcclBandwidths, AnUnknownLinkSpeedIsNoSpeed) {
  for (const char* text : {"", "Unknown", "7 GT/s", "GT/s", "inf", "nan"})
    EXPECT_EQ(nccl_pcie_lane(text), std::nullopt);
}

TEST(NcclBandwidths, NvlinkFollowsTheComputeCapability) {
  EXPECT_EQ(nccl_nvlink(60), 18.0_GB_per_s);
  EXPECT_EQ(nccl_nvlink(70), 20.0_GB_per_s);
  EXPECT_EQ(nccl_nvlink(80), 20.0_GB_per_s);
  EXPECT_EQ(nccl_nvlink(86), 12.0_GB_per_s);
  EXPECT_EQ(nccl_nvlink(90), 20.6_GB_per_s);
  EXPECT_EQ(nccl_nvlink(100), 40.1_GB_per_s);
}

TEST(NcclBandwidths, XgmiFollowsTheArchitecture) {
  EXPECT_EQ(nccl_xgmi(gfx_name("906")), 24.0_GB_per_s);
  EXPECT_EQ(nccl_xgmi(gfx_name("910")), 36.0_GB_per_s);
  EXPECT_EQ(nccl_xgmi(gfx_name("940")), 48.0_GB_per_s);
  EXPECT_EQ(nccl_xgmi("gfx942"), 48.0_GB_per_s);
}

TEST(NcclBandwidths, NumbersOfAmdArchitecturesBecomeNames) {
  EXPECT_EQ(gfx_name("908"), "gfx908");
  EXPECT_EQ(gfx_name("910"), "gfx90a");
  EXPECT_EQ(gfx_name("gfx942"), "gfx942");
  EXPECT_EQ(gfx_name(""), "");
}

std::optional<Bandwidth> intel(std::int64_t model) {
  return nccl_host_bus({"x86_64", "GenuineIntel", 6, model});
}
std::optional<Bandwidth> amd(std::int64_t family) {
  return nccl_host_bus({"x86_64", "AuthenticAMD", family, 1});
}

TEST(NcclBandwidths, IntelBusesFollowTheModel) {
  EXPECT_EQ(intel(79), 6.0_GB_per_s);     // Broadwell
  EXPECT_EQ(intel(85), 10.0_GB_per_s);    // Skylake
  EXPECT_EQ(intel(106), 10.0_GB_per_s);   // Ice Lake
  EXPECT_EQ(intel(143), 22.0_GB_per_s);   // Sapphire Rapids
  EXPECT_EQ(intel(207), 40.0_GB_per_s);   // Emerald Rapids
  EXPECT_EQ(intel(0xAD), 40.0_GB_per_s);  // Granite Rapids, a lower number than Emerald Rapids
}

TEST(NcclBandwidths, AmdBusesFollowTheFamilyInBothItsSpellings) {
  EXPECT_EQ(amd(23), 16.0_GB_per_s);
  EXPECT_EQ(amd(0x8F), 16.0_GB_per_s);
  EXPECT_EQ(amd(25), 24.0_GB_per_s);
  EXPECT_EQ(amd(0xAF), 24.0_GB_per_s);
  EXPECT_EQ(amd(26), 32.0_GB_per_s);
}

TEST(NcclBandwidths, OtherProcessorsHaveTheirOwnBus) {
  EXPECT_EQ(nccl_host_bus({"ppc64", ""}), 32.0_GB_per_s);
  EXPECT_EQ(nccl_host_bus({"arm64", ""}), 6.0_GB_per_s);
  EXPECT_EQ(nccl_host_bus({"x86_64", "CentaurHauls", 7, 0x5B}), 9.0_GB_per_s);
  EXPECT_EQ(nccl_host_bus({"x86_64", "  Shanghai  "}), 6.0_GB_per_s);
  EXPECT_EQ(nccl_host_bus({"", ""}), std::nullopt);
  EXPECT_EQ(nccl_host_bus({"x86_64", "somebody"}), std::nullopt);
}

TEST(NcclBandwidths, AStatedDefaultLinkReplacesTheAssumption) {
  EXPECT_EQ(assumed_node_link({}).bandwidth, 12.0_GB_per_s);
  ImportOptions options;
  options.default_link = {3.0_GB_per_s, 1.0_us, LinkKind::generic};
  options.default_link_stated = true;
  EXPECT_EQ(assumed_node_link(options), options.default_link);
}

}  // namespace
}  // namespace lockstep::topology
