#include "tests/topology/formats/import_testing.hpp"

#include <gtest/gtest.h>

namespace lockstep::topology::testing {
namespace {

const std::string model =
    "# core over two leaves\n"
    "switches:\n"
    "  core:\n"
    "    labels:\n"
    "      topology.kubernetes.io/region: here\n"
    "    switches:\n"
    "    - leaf-1\n"
    "    - leaf-[2-3]\n"
    "blocks:\n"
    "- switch: leaf-1\n"
    "  nodes:\n"
    "  - \"[1101-1102]\"\n"
    "  annotations:\n"
    "    accelerator.topology.test/domain: nvl1\n"
    "    accelerator.topology.test/sub-domain: x\n"
    "- switch: leaf-2\n"
    "  nodes: [\"n[1-2]\", n7]\n"
    "  labels:\n"
    "    network.topology.nvidia.com/accelerator: nvl2\n";

const std::string older_model =
    "switches:\n"
    "- name: core\n"
    "  metadata: {region: here}\n"
    "  switches: [leaf1,leaf2]\n"
    "- name: leaf1\n"
    "  capacity_blocks: [cb1]\n"
    "- name: leaf2\n"
    "  capacity_blocks: [cb2]\n"
    "capacity_blocks:\n"
    "- name: cb1\n"
    "  type: GB200\n"
    "  nvlink: nvl1\n"
    "  nodes: [n11,n12]\n"
    "- name: cb2\n"
    "  nodes: [21,22]\n"
    "- name: cb3\n"
    "  nodes: [lost]\n";

TEST(Topograph, ReadsSwitchesByNameAndBlocks) {
  const Fleet fleet = read(model);
  EXPECT_EQ(fleet.device_count(), 5U);
  EXPECT_EQ(fleet.vertex(vertex(fleet, "1102")).place, (Place{.node = 1, .rack = 0, .pod = 0}));
  EXPECT_EQ(fleet.vertex(vertex(fleet, "n7")).place, (Place{.node = 4, .rack = 1, .pod = 1}));
  EXPECT_EQ(fleet.vertex(vertex(fleet, "core")).level, 2);
  EXPECT_EQ(way(fleet, "1101", "n7"), (std::vector<std::string>{"1101", "leaf-1", "core", "leaf-2", "n7"}));
  EXPECT_TRUE(warns(fleet, "accelerator domains (2)"));
}

TEST(Topograph, KeepsSwitchesThatAreOnlyNamed) {
  const Fleet fleet = read(model);
  EXPECT_EQ(fleet.vertex(vertex(fleet, "leaf-3")).level, 1);
}

TEST(Topograph, ReadsTheOlderListsToo) {
  const Fleet fleet = read(older_model);
  EXPECT_EQ(fleet.device_count(), 5U);
  EXPECT_EQ(fleet.vertex(vertex(fleet, "n12")).place, (Place{.node = 1, .rack = 0, .pod = 0}));
  EXPECT_EQ(way(fleet, "n11", "22"), (std::vector<std::string>{"n11", "leaf1", "core", "leaf2", "22"}));
  EXPECT_TRUE(warns(fleet, "1 nodes are under no switch"));
}

TEST(Topograph, ExplainsWhatIsNoModel) {
  EXPECT_TRUE(contains(refusal("{\"provider\": {\"params\": {\"modelFileName\": \"small.yaml\"}}}"), "modelFileName"));
  EXPECT_TRUE(contains(refusal("- a\n- b\n", "topograph"), "'switches' and 'blocks'"));
  EXPECT_TRUE(contains(refusal("switches: [\n"), "broken YAML"));
  EXPECT_TRUE(contains(refusal("blocks:\n- switch: s\n"), "line 2: the field 'nodes' is missing"));
  EXPECT_TRUE(contains(refusal("blocks:\n- switch: s\n  nodes: [[1-2]]\n"), "quotes"));
  EXPECT_TRUE(contains(refusal("switches:\n  a:\n    switches: [b]\n  b:\n    switches: [a]\n"), "below itself"));
  EXPECT_TRUE(contains(refusal("switches:\n  a:\n    switches: [b]\n"), "no device"));
  EXPECT_TRUE(contains(refusal("switches:\n- {name: a, capacity_blocks: [x]}\n"), "'x' is described nowhere"));
}

TEST(Topograph, WithstandsYamlBombs) {
  const std::string head = "switches: ";
  EXPECT_FALSE(refusal(head + std::string(100'000, '['), "topograph").empty());
  EXPECT_FALSE(refusal(head + std::string(100'000, '{'), "topograph").empty());
  std::string dashes = "switches:\n";
  for (int i = 0; i < 20'000; ++i) dashes.append("- ");
  EXPECT_FALSE(refusal(dashes, "topograph").empty());
  std::string laughs = "a0: &a0 [n, n, n, n, n, n, n, n, n, n]\n";
  for (int i = 1; i < 30; ++i) {
    std::ostringstream line;
    line << 'a' << i << ": &a" << i << " [*a" << i - 1 << ", *a" << i - 1 << ", *a" << i - 1 << "]\n";
    laughs += line.str();
  }
  EXPECT_FALSE(refusal(laughs + "blocks: *a29\n", "topograph").empty());
  std::string repeated = "blocks:\n- {switch: s0, nodes: &n [\"n[1-900000]\"]}\n";
  for (int i = 1; i < 100; ++i) repeated += "- {switch: s" + std::to_string(i) + ", nodes: *n}\n";
  EXPECT_TRUE(contains(refusal(repeated, "topograph"), "lists more than"));
}

TEST(Topograph, SurvivesDamage) {
  EXPECT_GT(survive_damage(model, "topograph"), 0U);
  EXPECT_GT(survive_damage(older_model, "topograph"), 0U);
}

}  // namespace
}  // namespace lockstep::topology::testing
