#include "workloads/training/rank_devices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "topology/fleet_spec.hpp"
#include "workloads/costs/communication.hpp"
#include "workloads/plan/placement_search.hpp"

namespace lockstep::workloads {
namespace {

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

topology::Fleet two_nodes() {
  const Json json = parse_json(
      R"({"node":"DGX_H100","nodes":2,"fabric":{"topology":"rail_optimized","link":"InfiniBand_NDR"}})", "fleet.json");
  return topology::read_fleet(JsonFields(json, "fleet.json"), {.catalog = catalog()});
}

TrainingSpec spec_with(const std::string& plan, const std::string& placement) {
  const Json json =
      parse_json(R"({"model":{"layers":4,"hidden_dim":64,"heads":8,"vocab":100,"ffn":128},"global_batch":16,)"
                 R"("parallel":)" +
                     plan + R"(,"placement":)" + placement + "}",
                 "job.json");
  return read_training_spec(JsonFields(json, "job.json"), {.catalog = catalog(), .devices = 16});
}

std::vector<topology::VertexId> place(const TrainingSpec& spec, const topology::Fleet& fleet) {
  return place_ranks(spec, fleet, {fleet.devices().begin(), fleet.devices().end()}, "job.json: placement");
}

TEST(RankDevices, ArePackedUnlessStated) {
  const topology::Fleet fleet = two_nodes();
  const std::vector<topology::VertexId> devices(fleet.devices().begin(), fleet.devices().end());
  EXPECT_EQ(place(spec_with(R"({"tensor":8})", R"("packed")"), fleet), devices);
}

TEST(RankDevices, FollowEveryRule) {
  const topology::Fleet fleet = two_nodes();
  const auto devices = fleet.devices();
  EXPECT_EQ(place(spec_with(R"({"tensor":8})", R"("spread")"), fleet)[1], devices[8]);
  EXPECT_EQ(place(spec_with(R"({"tensor":8})", "[15,14,13,12,11,10,9,8,7,6,5,4,3,2,1,0]"), fleet)[0], devices[15]);
  // Replicas are apart in the order of ranks, and fill a node each where they are placed.
  const auto rails = place(spec_with(R"({"tensor":4,"pipeline":2})", R"("rail_aware")"), fleet);
  EXPECT_EQ(rails[4], devices[8]);
  EXPECT_EQ(rails[8], devices[4]);
}

TEST(RankDevices, OfAnOptimizedPlacementMoveNoMoreThanPackedOnes) {
  const topology::Fleet fleet = two_nodes();
  const auto cost = [&](const std::string& rule) {
    const TrainingSpec spec = spec_with(R"({"tensor":8,"order":"data-tensor"})", rule);
    const auto placed = place(spec, fleet);
    const RankLayout layout(spec.execution.plan);
    Placement identity(placed.size());
    for (std::uint32_t i = 0; i < identity.size(); ++i) identity[i] = i;
    return cost_of(identity, traffic_of(layout, traffic_volumes(spec.model, spec.execution, spec.microbatches())),
                   distances_between(fleet, placed));
  };
  EXPECT_LT(cost(R"("optimized")"), 0.5 * cost(R"("packed")"));
}

TEST(RankDevices, SayWhereNodesDoNotAllowThem) {
  try {
    place(spec_with(R"({"tensor":1,"pipeline":1,"context":1})", R"("rail_aware")"), two_nodes());
    const TrainingSpec spec = spec_with(R"({"data":4,"tensor":2,"pipeline":2})", R"("rail_aware")");
    const topology::Fleet fleet = two_nodes();
    place_ranks(spec, fleet, {fleet.devices().begin(), fleet.devices().begin() + 6}, "job.json: placement");
    ADD_FAILURE() << "six devices are too few";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("job.json: placement: "));
  }
}

}  // namespace
}  // namespace lockstep::workloads
