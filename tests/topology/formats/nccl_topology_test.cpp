#include "topology/formats/nccl_topology.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/topology/formats/fleet_facts.hpp"
#include "tests/topology/formats/nccl_samples.hpp"

namespace lockstep::topology {
namespace {

using namespace literals;

Fleet import(const std::string& text) {
  ImportOptions options;
  options.file = "node.xml";
  return import_nccl_topology(text, options);
}

// A system with one Skylake NUMA node around `inside`.
Fleet import_host(const std::string& inside) {
  return import(
      R"(<system version="1"><cpu numaid="0" arch="x86_64" vendor="GenuineIntel" familyid="6" modelid="85">)" + inside +
      "</cpu></system>");
}

TEST(NcclTopology, EveryPartBecomesAVertexOfItsKind) {
  const Fleet fleet = import(nccl_two_sockets());
  EXPECT_EQ(fleet.name(), "node");
  EXPECT_EQ(fleet.device_count(), 2u);
  EXPECT_EQ(count_of(fleet, VertexKind::nic), 2u);
  EXPECT_EQ(count_of(fleet, VertexKind::host), 2u);
  EXPECT_EQ(count_of(fleet, VertexKind::pci), 4u);  // two switches and two cards
  EXPECT_EQ(count_of(fleet, VertexKind::network_switch), 1u);
  for (const Vertex& vertex : fleet.vertices()) EXPECT_EQ(vertex.place, Place{.node = 0});
}

TEST(NcclTopology, DevicesComeInTheOrderOfTheirNumbers) {
  const Fleet fleet = import(nccl_two_sockets());
  EXPECT_EQ(fleet.vertex(fleet.devices()[0]).name, "GPU0");
  EXPECT_GT(speed_between(fleet, "GPU0", "PCI 0000:20:00.0"), 0);  // the second in the file
  EXPECT_EQ(fleet.vertex(fleet.devices()[1]).name, "GPU1");
}

TEST(NcclTopology, GpusWithoutNumbersComeInTheOrderOfTheirBusIds) {
  const Fleet fleet =
      import_host(R"(<pci busid="000d:00:00.0" class="0x030200"/><pci busid="0003:00:00.0" class="0x120000"/>
      <pci busid="00ff:00:00.0" class="0x060400"><pci busid="0001:00:00.0" class="0x030200"/></pci>)");
  ASSERT_EQ(fleet.device_count(), 3u);
  EXPECT_GT(speed_between(fleet, "GPU0", "PCI 00ff:00:00.0"), 0);
}

TEST(NcclTopology, PcieLinksHaveTheSpeedOfTheirLanes) {
  const Fleet fleet = import(nccl_two_sockets());
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU1", "PCI 0000:10:00.0"), 24);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "PCI 0000:10:00.0", "NUMA0"), 24);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "PCI 0000:12:00.0", "PCI 0000:10:00.0"), 6);
  EXPECT_EQ(link_between(fleet, "NUMA0", "PCI 0000:10:00.0")->kind, LinkKind::pcie);
}

TEST(NcclTopology, APortIsAsFastAsItsNetworkAndAddsNoLatency) {
  const Fleet fleet = import(nccl_two_sockets());
  const auto port = link_between(fleet, "PCI 0000:12:00.0", "mlx5_0");
  ASSERT_TRUE(port);
  EXPECT_EQ(port->bandwidth, 12.5_GB_per_s);
  EXPECT_EQ(port->latency, Seconds(0));
  EXPECT_EQ(port->kind, LinkKind::network);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "mlx5_1", "PCI 0000:22:00.0"), 25);
}

TEST(NcclTopology, PortsOfOneCardShareItsPcieLink) {
  const Fleet fleet =
      import_host(R"(<pci busid="0:1" class="0x0300"/><pci busid="0:2" class="0x020000" link_speed="8 GT/s">
      <nic><net name="a" dev="0" speed="100000"/><net name="b" dev="1" speed="-1"/></nic></pci>)");
  EXPECT_EQ(route_text(fleet, "GPU0", "b"), "GPU0 > NUMA0 > PCI 0:2 > b");
  EXPECT_DOUBLE_EQ(speed_between(fleet, "b", "PCI 0:2"), 1.25);  // NCCL's 10 Gbit/s for drivers that report no speed
}

TEST(NcclTopology, AVirtualNicHangsOnItsHost) {
  const Fleet fleet =
      import_host(R"(<pci busid="0:1" class="0x0300"/><nic><net name="eth0" dev="0" speed="100000"/></nic>)");
  EXPECT_DOUBLE_EQ(speed_between(fleet, "eth0", "NUMA0"), 12.5);
}

TEST(NcclTopology, NvlinksIntoSwitchesAddUp) {
  const Fleet fleet = import(nccl_two_sockets());
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU1", "NVSwitch"), 120);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "NVSwitch", "GPU0"), 120);
  EXPECT_EQ(route_text(fleet, "GPU0", "GPU1"), "GPU0 > NVSwitch > GPU1");
}

TEST(NcclTopology, XgmiJoinsGpusDirectly) {
  const Fleet fleet = import(nccl_row_of_gpus());
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU0", "GPU1"), 72);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU2", "GPU1"), 36);
  EXPECT_EQ(fleet.device_model(DeviceId(0)).name, "gfx90a");
}

TEST(NcclTopology, OneGpuBetweenTwoOthersForwards) {
  const Fleet fleet = import(nccl_row_of_gpus());
  EXPECT_EQ(route_text(fleet, "GPU0", "GPU2"), "GPU0 > GPU1 > GPU2");
}

TEST(NcclTopology, TiesAvoidGpus) {
  // GPU0 - NUMA0 - NUMA1 and GPU0 - GPU2 - NUMA1 are equally long; no GPU forwards from NVLink to PCI.
  EXPECT_EQ(route_text(import(nccl_row_of_gpus()), "GPU0", "NUMA1"), "GPU0 > NUMA0 > NUMA1");
}

TEST(NcclTopology, ALinkThatOneEndMentionsGoesBothWays) {
  const Fleet fleet = import_host(R"(<pci busid="0:1" class="0x0300"><gpu dev="0" sm="70">
      <nvlink target="0:2" count="2" tclass="0x030000"/></gpu></pci><pci busid="0:2" class="0x0300"><gpu dev="1" sm="70"/></pci>)");
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU0", "GPU1"), 40);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU1", "GPU0"), 40);
}

TEST(NcclTopology, NvlinkAndC2cToTheHostComeBeforePci) {
  const auto gpu = [](const std::string& link) {
    return import_host(R"(<pci busid="0:1" class="0x0300"><gpu sm="70">)" + link + "</gpu></pci>");
  };
  const auto speed_of_route = [](const Fleet& fleet) {
    return fleet.channel_of(fleet.route(fleet.devices()[0], *fleet.find_vertex("NUMA0")).at(0)).bandwidth;
  };
  EXPECT_EQ(speed_of_route(gpu(R"(<nvlink target="0:9" count="3" tclass="0x068001"/>)")), 60.0_GB_per_s);
  EXPECT_EQ(speed_of_route(gpu(R"(<c2c bw="41984" count="10"/>)")), 419.84_GB_per_s);
  EXPECT_EQ(speed_of_route(gpu("")), 12.0_GB_per_s);
}

TEST(NcclTopology, HostsSendAtTheSpeedOfTheirOwnProcessor) {
  const Fleet fleet = import(nccl_two_sockets());
  EXPECT_DOUBLE_EQ(speed_between(fleet, "NUMA0", "NUMA1"), 10);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "NUMA1", "NUMA0"), 22);
}

TEST(NcclTopology, PciLinksJoinTheFacesOfASwitchOnce) {
  const Fleet fleet =
      import_host(R"(<pci busid="0:1" class="0x060400"><pcilink target="0:2"/><pci busid="0:3" class="0x0300"/></pci>
      <pci busid="0:2" class="0x060400"><pcilink target="0:1"/></pci>)");
  EXPECT_DOUBLE_EQ(speed_between(fleet, "PCI 0:1", "PCI 0:2"), 5000);
  EXPECT_EQ(fleet.links().size(), 8u);
}

TEST(NcclTopology, ClassesTellWhatBareDevicesAre) {
  const Fleet fleet = import_host(R"(<pci busid="0:1" class="0x030200"/><pci busid="0:2" class="0x120000"/>
      <pci busid="0:3" class="0x020000"/><pci busid="0:4" class="0x020700"/><pci busid="0:5" class="0x010802"/>
      <pci busid="0:6" class="0x068000"/>)");
  EXPECT_EQ(fleet.device_count(), 2u);
  EXPECT_EQ(count_of(fleet, VertexKind::nic), 2u);
  EXPECT_EQ(count_of(fleet, VertexKind::pci), 1u);  // the disk; NVSwitches are no part of the PCI tree
}

TEST(NcclTopology, BareDevicesWithoutAClassAreTakenForGpusWithAWarning) {
  const Fleet fleet =
      import(R"(<!-- shipped by a cloud --><system version="1"><cpu numaid="0"><pci busid="0000:00:16.0"/>
      </cpu><cpu numaid="1"><pci busid="0000:00:1a.0"/></cpu></system>)");
  EXPECT_EQ(fleet.device_count(), 2u);
  EXPECT_EQ(fleet.route(fleet.devices()[0], fleet.devices()[1]).size(), 3u);
  EXPECT_TRUE(warns_of(fleet, "2 PCI devices state no class"));
  EXPECT_TRUE(warns_of(fleet, "4 links state no speed and got 12 GB/s"));
}

TEST(NcclTopology, LinksWithoutSpeedGetTheStatedDefault) {
  ImportOptions options;
  options.default_link = {3.0_GB_per_s, 2.0_us, LinkKind::generic};
  options.default_link_stated = true;
  const Fleet fleet = import_nccl_topology(
      R"(<system><cpu><pci busid="0:1" class="0x03" link_speed="" link_width="0"/></cpu></system>)", options);
  EXPECT_DOUBLE_EQ(speed_between(fleet, "GPU0", "NUMA"), 3);
  EXPECT_EQ(link_between(fleet, "GPU0", "NUMA")->latency, 2.0_us);
  EXPECT_FALSE(warns_of(fleet, "latencies"));
}

TEST(NcclTopology, TheAssumedLatencyIsNamed) {
  EXPECT_TRUE(warns_of(import(nccl_two_sockets()), "every link got 500 ns"));
}

TEST(NcclTopology, SeveralSystemsAreSeveralNodes) {
  const std::string cpu = R"( numaid="0" arch="arm64"><pci busid="0:1" class="0x0300"><gpu dev="0" sm="100">
      <nvlink target="0:9" count="18" tclass="0x068000"/></gpu></pci></cpu>)";
  const Fleet fleet = import(R"(<system><cpu host_hash="0xa")" + cpu + R"(<cpu host_hash="0xb")" + cpu + "</system>");
  EXPECT_EQ(fleet.vertex(fleet.devices()[1]).place.node, 1u);
  EXPECT_EQ(route_text(fleet, "node0 GPU0", "node1 GPU0"), "node0 GPU0 > NVSwitch > node1 GPU0");
  EXPECT_FALSE(link_between(fleet, "node0 NUMA0", "node1 NUMA0"));
}

TEST(NcclTopology, NamesThatAreTakenGetANumber) {
  const Fleet fleet = import_host(
      R"(<pci busid="0:1" class="0x03"><gpu dev="0"/></pci><pci busid="0:2" class="0x03"><gpu dev="0"/></pci>
      <pci busid="0:3" class="0x03"><gpu dev="0"/></pci>)");
  EXPECT_TRUE(fleet.find_vertex("GPU0 #2"));
  EXPECT_TRUE(fleet.find_vertex("GPU0 #3"));
}

TEST(NcclTopology, LinksToNowhereAreLeftOutWithAWarning) {
  const Fleet fleet =
      import_host(R"(<pci busid="0:1" class="0x0302"><gpu sm="80"><nvlink target="0:1" count="12" tclass="0x0302"/>
      <nvlink target="0:7" count="12" tclass="0x0302"/><extra/></gpu></pci><toaster/>)");
  EXPECT_EQ(fleet.links().size(), 2u);
  EXPECT_TRUE(warns_of(fleet, "1 entries lead an NVLink from a GPU to itself"));
  EXPECT_TRUE(warns_of(fleet, "1 entries lead an NVLink to a GPU that the file does not describe"));
  EXPECT_TRUE(warns_of(fleet, "1 unknown <toaster>"));
  EXPECT_TRUE(warns_of(fleet, "1 unknown <extra>"));
}

InputError::Text error_of(const std::string& text) {
  try {
    import(text);
  } catch (const InputError& error) {
    return error.text();
  }
  ADD_FAILURE() << "accepted: " << text.substr(0, 200);
  return {};
}

TEST(NcclTopology, BrokenXmlIsRefusedWithItsLine) {
  EXPECT_EQ(error_of("<system>\n  <cpu>\n</system>").where, "node.xml: line 3, column 3");
  EXPECT_NE(error_of("").problem.find("not well-formed"), std::string::npos);
}

TEST(NcclTopology, AnotherDocumentIsRefused) {
  EXPECT_NE(error_of("<graphs version='1'/>").problem.find("search results"), std::string::npos);
  EXPECT_EQ(error_of("<platform/>").where, "node.xml: line 1: <platform>");
}

TEST(NcclTopology, ASystemWithoutGpusIsRefused) {
  EXPECT_NE(error_of("<system/>").problem.find("no device"), std::string::npos);
}

TEST(NcclTopology, BadNumbersAreRefusedAtTheirLine) {
  const auto with = [](const std::string& attributes) {
    return error_of("<system>\n<cpu>\n<pci busid='0:1' class='0x03' link_speed='8 GT/s' " + attributes +
                    "/></cpu></system>");
  };
  EXPECT_EQ(with("link_width='x16'").where, "node.xml: line 3: <pci>");
  EXPECT_NE(with("link_width='-1'").problem.find("link_width=\"-1\""), std::string::npos);
  EXPECT_NE(with("link_width='99999999999999999999'").problem.find("whole number"), std::string::npos);
}

TEST(NcclTopology, ADeviceWithoutBusIdIsRefused) {
  EXPECT_NE(error_of("<system><cpu><pci class='0x03'/></cpu></system>").problem.find("busid"), std::string::npos);
}

TEST(NcclTopology, AbsurdNestingIsRefused) {
  std::string text = "<system><cpu>";
  for (int i = 0; i < 100000; ++i) text += "<pci busid='1' class='0x060400'>";
  for (int i = 0; i < 100000; ++i) text += "</pci>";
  EXPECT_NE(error_of(text + "</cpu></system>").problem.find("nested deeper"), std::string::npos);
}

TEST(NcclTopology, AbsurdNumbersOfPartsAreRefused) {
  std::string hosts;
  for (int i = 0; i < 2000; ++i) hosts += "<cpu/>";
  EXPECT_NE(error_of("<system>" + hosts + "</system>").problem.find("NUMA nodes"), std::string::npos);
}

TEST(NcclTopology, IsRecognizedByItsRoot) {
  EXPECT_TRUE(looks_like_nccl_topology(nccl_two_sockets(), ""));
  EXPECT_TRUE(looks_like_nccl_topology("<!-- x --><system/>", ""));
  EXPECT_FALSE(looks_like_nccl_topology("<systems/>", ""));
  EXPECT_FALSE(looks_like_nccl_topology("<platform version=\"4.1\"/>", ""));
  EXPECT_FALSE(looks_like_nccl_topology("<system", ""));
}

}  // namespace
}  // namespace lockstep::topology
