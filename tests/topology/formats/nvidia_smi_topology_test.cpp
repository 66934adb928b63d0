#include "topology/formats/nvidia_smi_topology.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/topology/formats/fleet_facts.hpp"
#include "tests/topology/formats/smi_samples.hpp"

namespace lockstep::topology {
namespace {

using namespace literals;

Fleet import(const std::string& text) {
  ImportOptions options;
  options.file = "topo.txt";
  return import_nvidia_smi_topology(text, options);
}

TEST(SmiTopology, GpusAreDevicesAndTheOthersNics) {
  const Fleet fleet = import(smi_mesh());
  EXPECT_EQ(fleet.name(), "topo");
  ASSERT_EQ(fleet.device_count(), 4u);
  EXPECT_EQ(fleet.vertex(fleet.devices()[3]).name, "GPU3");
  EXPECT_EQ(count_of(fleet, VertexKind::nic), 2u);
  EXPECT_EQ(count_of(fleet, VertexKind::host), 2u);
  for (const Vertex& vertex : fleet.vertices()) EXPECT_EQ(vertex.place, Place{.node = 0});
}

TEST(SmiTopology, ABundleOfNvlinksIsACable) {
  const Fleet fleet = import(smi_mesh());
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU0", "GPU1"), 50);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU2", "GPU0"), 25);
  EXPECT_EQ(link_between(fleet, "GPU1", "GPU3")->kind, LinkKind::nvlink);
  EXPECT_FALSE(fleet.find_vertex("NVSwitch"));
}

TEST(SmiTopology, GpusWithoutACommonNvlinkMeetThroughAThird) {
  EXPECT_EQ(import(smi_mesh()).route(VertexId(0), VertexId(3)).size(), 2u);
}

TEST(SmiTopology, MoreNvlinksThanAGpuHasMeanAnNvswitch) {
  const Fleet fleet = import(smi_switched());
  EXPECT_EQ(route_text(fleet, "GPU0", "GPU3"), "GPU0 > NVSwitch > GPU3");
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU2", "NVSwitch"), 18 * 25);
  EXPECT_FALSE(link_between(fleet, "GPU0", "GPU1"));
}

TEST(SmiTopology, FourGpusMayShareTwelveNvlinksDirectly) {
  std::string text = "\tGPU0\tGPU1\tGPU2\tGPU3\tCPU Affinity\n";
  for (int row = 0; row < 4; ++row) {
    text += "GPU" + std::to_string(row);
    for (int column = 0; column < 4; ++column) text += row == column ? "\t X " : "\tNV4";
    text += "\t0-63\n";
  }
  const Fleet fleet = import(text);
  EXPECT_FALSE(fleet.find_vertex("NVSwitch"));
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU0", "GPU3"), 100);
  EXPECT_EQ(count_of(fleet, VertexKind::host), 1u);  // the affinity says what NV4 hides
}

TEST(SmiTopology, AStatedDefaultLinkIsOneNvlink) {
  ImportOptions options;
  options.default_link = {50.0_GB_per_s, 1.0_us, LinkKind::nvlink};
  options.default_link_stated = true;
  const Fleet fleet = import_nvidia_smi_topology(smi_switched(), options);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU0", "NVSwitch"), 900);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "CPU0", "CPU1"), 12);
  EXPECT_EQ(link_between(fleet, "CPU0", "CPU1")->latency, 1.0_us);
}

TEST(SmiTopology, TheAssumedSpeedsAreNamed) {
  EXPECT_TRUE(warns_of(import(smi_mesh()), "one NVLink counts as 25 GB/s"));
}

TEST(SmiTopology, EachDistanceIsItsOwnStretchOfPcie) {
  const Fleet fleet = import(smi_pcie());
  EXPECT_EQ(route_text(fleet, "GPU0", "GPU1"), "GPU0 > PCIe switch 1 > GPU1");
  EXPECT_EQ(route_text(fleet, "GPU0", "GPU2"), "GPU0 > PCIe switch 1 > PCIe switch 0 > GPU2");
  EXPECT_EQ(route_text(fleet, "GPU0", "GPU3"), "GPU0 > PCIe switch 1 > PCIe switch 0 > host bridge 0 > GPU3");
  EXPECT_EQ(route_text(fleet, "GPU3", "GPU4"), "GPU3 > host bridge 0 > CPU0 > GPU4");
  EXPECT_EQ(route_text(fleet, "GPU4", "GPU5"), "GPU4 > CPU0 > CPU1 > GPU5");
}

TEST(SmiTopology, TheOnlyHostBridgeOfANumaNodeIsTheHost) {
  const Fleet fleet = import(smi_mesh());
  EXPECT_EQ(route_text(fleet, "GPU2", "mlx5_1"), "GPU2 > CPU1 > mlx5_1");
  EXPECT_EQ(route_text(fleet, "GPU0", "mlx5_0"), "GPU0 > PCIe switch 0 > mlx5_0");
}

TEST(SmiTopology, NumberedNicsGetTheNamesOfTheLegend) {
  const Fleet fleet = import(smi_switched());
  EXPECT_TRUE(fleet.find_vertex("mlx5_4"));
  EXPECT_TRUE(fleet.find_vertex("mlx5_7"));
  EXPECT_FALSE(fleet.find_vertex("NIC0"));
}

TEST(SmiTopology, GpusOfWhichOnlyNvlinksAreKnownHangOnNoHost) {
  const Fleet fleet = import("\tGPU0\tGPU1\nGPU0\t X \tNV4\nGPU1\tNV4\t X \n");
  EXPECT_EQ(fleet.vertices().size(), 2u);
  EXPECT_EQ(fleet.links().size(), 2u);
}

TEST(SmiTopology, TheMatrixOutweighsTheAffinity) {
  const Fleet fleet = import("\tGPU0\tGPU1\tCPU Affinity\nGPU0\t X \tSYS\t0-7\nGPU1\tSYS\t X \t0-7\n");
  EXPECT_EQ(route_text(fleet, "GPU0", "GPU1"), "GPU0 > CPU0 > CPU1 > GPU1");
}

TEST(SmiTopology, DistancesThatNoTreeHasAreKeptNearWithAWarning) {
  const Fleet fleet = import("\tGPU0\tGPU1\tGPU2\nGPU0\t X \tPIX\tSYS\nGPU1\tPIX\t X \tPIX\nGPU2\tSYS\tPIX\t X \n");
  EXPECT_EQ(fleet.route(VertexId(0), VertexId(2)).size(), 2u);
  EXPECT_TRUE(warns_of(fleet, "1 pairs are stated farther apart"));
}

TEST(SmiTopology, OldNamesOfDistancesAreUnderstood) {
  const Fleet fleet = import("\tGPU0\tGPU1\tGPU2\nGPU0\t X \tPSB\tSOC\nGPU1\tPSB\t X \tSOC\nGPU2\tSOC\tSOC\t X \n");
  EXPECT_EQ(route_text(fleet, "GPU0", "GPU2"), "GPU0 > PCIe switch 0 > CPU0 > CPU1 > GPU2");
}

TEST(SmiTopology, ASingleGpuHangsOnItsHost) {
  EXPECT_EQ(import("\tGPU0\tCPU Affinity\tNUMA Affinity\nGPU0\t X \t0-11\tN/A\n").links().size(), 2u);
}

InputError::Text error_of(const std::string& text) {
  try {
    import(text);
  } catch (const InputError& error) {
    return error.text();
  }
  ADD_FAILURE() << "accepted: " << text;
  return {};
}

TEST(SmiTopology, TextWithoutAMatrixIsRefused) {
  EXPECT_NE(error_of("").problem.find("no matrix"), std::string::npos);
  EXPECT_NE(error_of("NVIDIA-SMI has failed\n").problem.find("no matrix"), std::string::npos);
}

TEST(SmiTopology, AnAsymmetricMatrixIsRefused) {
  const auto text = error_of("\tGPU0\tGPU1\nGPU0\t X \tNV2\nGPU1\tNV1\t X \n");
  EXPECT_EQ(text.where, "topo.txt: line 3");
  EXPECT_EQ(text.problem, "'GPU1' is related otherwise to 'GPU0' than that to it");
}

TEST(SmiTopology, AnUnknownRelationIsRefused) {
  for (const std::string word : {"NVX", "NV0", "NV", "NV-1", "QPI", "nv1"}) {
    const auto text = error_of("\tGPU0\tGPU1\nGPU0\t X \t" + word + "\nGPU1\t" + word + "\t X \n");
    EXPECT_EQ(text.where, "topo.txt: line 2");
    EXPECT_EQ(text.problem, "the relation of 'GPU0' to 'GPU1' is '" + word + "'");
  }
}

TEST(SmiTopology, RowsAndColumnsMustMatch) {
  EXPECT_NE(error_of("\tGPU0\tGPU1\nGPU0\t X \n").problem.find("has 1 relations, but there are 2"), std::string::npos);
  EXPECT_NE(error_of("\tGPU0\tGPU1\nGPU0\t X \tSYS\n").problem.find("'GPU1' has no row"), std::string::npos);
  EXPECT_NE(error_of("\tGPU0\nGPU0\t X \tSYS\n").problem.find("more relations"), std::string::npos);
  EXPECT_NE(error_of("\tGPU0\nGPU0\t X \nGPU1\t X \n").problem.find("'GPU1' has no column"), std::string::npos);
  EXPECT_NE(error_of("\tGPU0\tGPU0\n").problem.find("two columns"), std::string::npos);
  EXPECT_NE(error_of("\tGPU0\nGPU0\t X \nGPU0\t X \n").problem.find("second row"), std::string::npos);
}

TEST(SmiTopology, TheDiagonalIsX) {
  EXPECT_NE(error_of("\tGPU0\tGPU1\nGPU0\tSYS\tX\nGPU1\tX\tSYS\n").suggestion.find("diagonal"), std::string::npos);
}

TEST(SmiTopology, IsRecognizedByItsHeaderAndFirstRow) {
  EXPECT_TRUE(looks_like_nvidia_smi_topology(smi_mesh(), ""));
  EXPECT_TRUE(looks_like_nvidia_smi_topology(smi_switched(), ""));
  EXPECT_TRUE(looks_like_nvidia_smi_topology(smi_pcie(), ""));
  EXPECT_FALSE(looks_like_nvidia_smi_topology("", ""));
  EXPECT_FALSE(looks_like_nvidia_smi_topology("GPU0 is fast\n", ""));
  EXPECT_FALSE(looks_like_nvidia_smi_topology("<system/>", ""));
}

}  // namespace
}  // namespace lockstep::topology
