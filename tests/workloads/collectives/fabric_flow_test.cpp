// How far the flows of the algorithms that follow the network are from their messages, where both pay for the same.
#include <gtest/gtest.h>

#include "base/catalog.hpp"
#include "sim/simulate.hpp"
#include "tests/topology/fleets.hpp"
#include "workloads/collectives/collective_workload.hpp"

namespace lockstep::workloads {
namespace {

struct FlowCase {
  std::string algorithm;
  std::string fleet;
  std::uint32_t segments;
  double of_contention_free;  // time of the flows over time of the messages
  double of_ports;
  double fewer_events;  // at least so many times
};

const std::string nodes =
    R"({"node":"DGX_H100","nodes":4,"fabric":{"topology":"rail_optimized","link":"InfiniBand_NDR","oversubscription":1}})";
const std::string torus = R"({"topology":"torus","dimensions":[4,4],"link":{"bandwidth":"50 GB/s","latency":"1 us"}})";
const std::string tree =
    R"({"topology":"tree","radix":4,"devices":16,"link":{"bandwidth":"50 GB/s","latency":"1 us"}})";

sim::Timeline run(const topology::Fleet& fleet, const FlowCase& one, const std::string& network, Fidelity fidelity) {
  CollectiveWorkload workload;
  workload.request = {.algorithm = one.algorithm, .bytes = Bytes(64 * 0x1p20), .segments = one.segments};
  const std::vector<topology::VertexId> devices(fleet.devices().begin(), fleet.devices().end());
  for (std::uint32_t rank = 0; rank < devices.size(); ++rank) workload.ranks.push_back(rank);
  const sim::Job job{.program = program_of(workload, {fleet, devices}, fidelity), .placement = devices};
  return sim::simulate(fleet, {&job, 1}, {.network = network});
}

class FabricFlow : public testing::TestWithParam<FlowCase> {};

// The ratios are of 64 MiB; docs/collectives.md tells them.
TEST_P(FabricFlow, TakesTheTimeThatItsPageTells) {
  const FlowCase& one = GetParam();
  const topology::Fleet fleet = topology::fleet_from(one.fleet);
  for (const std::string network : {"contention_free", "ports"}) {
    const sim::Timeline messages = run(fleet, one, network, Fidelity::message);
    const sim::Timeline flows = run(fleet, one, network, Fidelity::flow);
    const double told = network == "ports" ? one.of_ports : one.of_contention_free;
    EXPECT_NEAR(flows.end / messages.end, told, told == 1 ? 1e-9 : 0.001) << network;
    EXPECT_LE(static_cast<double>(flows.events) * one.fewer_events, static_cast<double>(messages.events)) << network;
    EXPECT_NEAR(flows.message_bytes / messages.message_bytes, 1, 1e-9) << network;
  }
}

std::string name_of(const testing::TestParamInfo<FlowCase>& given) {
  return given.param.algorithm;
}
INSTANTIATE_TEST_SUITE_P(Algorithms, FabricFlow,
                         testing::Values(FlowCase{"rail_rings", nodes, 1, 1, 1.432, 30},
                                         FlowCase{"rail_trees", nodes, 32, 1, 0.849, 10},
                                         FlowCase{"hierarchical", nodes, 1, 1, 1, 5},
                                         FlowCase{"bucket", torus, 1, 1, 1, 3},
                                         FlowCase{"bucket_all_ports", torus, 1, 1, 1.294, 3},
                                         FlowCase{"in_network", tree, 64, 0.914, 0.914, 60}),
                         name_of);

TEST(RingFlow, IsAHundredthOfTheEventsOfItsMessages) {
  const topology::Fleet fleet =
      topology::fleet_from(R"({"topology":"switch","devices":64,"link":{"bandwidth":"50 GB/s","latency":"1 us"}})");
  const FlowCase ring{"ring", "", 1, 1, 1, 100};
  const auto messages = run(fleet, ring, "contention_free", Fidelity::message);
  const auto flows = run(fleet, ring, "contention_free", Fidelity::flow);
  EXPECT_GE(static_cast<double>(messages.events) / static_cast<double>(flows.events), 100);
  EXPECT_NEAR(flows.end / messages.end, 1, 1e-9);
}

}  // namespace
}  // namespace lockstep::workloads
