#include "workloads/plan/placement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random_stream.hpp"
#include "tests/topology/fleets.hpp"
#include "workloads/plan/placement_search.hpp"

namespace lockstep::workloads {
namespace {

using testing::ElementsAre;

std::vector<topology::VertexId> devices_of(const topology::Fleet& fleet) {
  return {fleet.devices().begin(), fleet.devices().end()};
}

topology::Fleet two_nodes() {
  return topology::fleet_from(R"({"node":"DGX_H100","nodes":2,"fabric":{"topology":"rail_optimized",
    "link":"InfiniBand_NDR"}})");
}

const std::vector<std::uint32_t> four_by_two = {0, 0, 0, 0, 1, 1, 1, 1};

TEST(Placement, PacksNodeByNode) {
  EXPECT_THAT(place_packed({0, 1, 0, 1}, 4), ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(place_packed(four_by_two, 3), ElementsAre(0, 1, 2));
  EXPECT_THROW(place_packed(four_by_two, 9), InputError);
}

TEST(Placement, SpreadsOverNodes) {
  EXPECT_THAT(place_spread(four_by_two, 8), ElementsAre(0, 4, 1, 5, 2, 6, 3, 7));
  EXPECT_THAT(place_spread({0, 0, 0, 1}, 4), ElementsAre(0, 3, 1, 2));
}

TEST(Placement, KeepsReplicasOnTheirRails) {
  ParallelPlan plan{.data = 2, .tensor = 2, .pipeline = 2};
  plan.order = axis_order_from("tensor-data-pipeline", "");
  const Placement placement = place_rail_aware(four_by_two, plan);
  const RankLayout layout(plan);
  for (const auto& group : layout.groups(GroupKind::data)) {
    for (const RankId rank : group) EXPECT_EQ(placement[rank.value()] % 4, placement[group[0].value()] % 4);
  }
  EXPECT_THROW(place_rail_aware(four_by_two, {.data = 2, .tensor = 3}), InputError);
}

TEST(Placement, IsReadByNameOrAsAList) {
  const Json document = Json::parse(R"({"a":"spread","b":[2,0,1],"c":[0,0],"d":[9],"e":"listed","f":[]})");
  const JsonFields fields(document, "");
  EXPECT_EQ(read_placement(fields, "a", 4).rule, PlacementRule::spread);
  EXPECT_THAT(read_placement(fields, "b", 4).listed, ElementsAre(2, 0, 1));
  EXPECT_THROW(read_placement(fields, "c", 4), InputError);
  EXPECT_THROW(read_placement(fields, "d", 4), InputError);
  EXPECT_THROW(read_placement(fields, "e", 4), InputError);
  EXPECT_EQ(read_placement(fields, "nothing", 4).rule, PlacementRule::packed);
}

TEST(Placement, KnowsTheNodesOfAFleet) {
  const topology::Fleet fleet = two_nodes();
  const auto nodes = nodes_of(fleet, devices_of(fleet));
  EXPECT_EQ(nodes[7], nodes[0]);
  EXPECT_NE(nodes[8], nodes[0]);
  const topology::Fleet flat = topology::topology_of("ring", "\"devices\":3");
  EXPECT_THAT(nodes_of(flat, devices_of(flat)), ElementsAre(0, 1, 2));
}

double least_cost_of_all(const std::vector<Traffic>& traffic, const std::vector<double>& distances,
                         std::uint32_t count) {
  Placement candidate(count);
  for (std::uint32_t i = 0; i < count; ++i) candidate[i] = i;
  double least = cost_of(candidate, traffic, distances);
  while (std::next_permutation(candidate.begin(), candidate.end())) {
    least = std::min(least, cost_of(candidate, traffic, distances));
  }
  return least;
}

// 200 random problems of 6 devices; the known fact is the best of all 720 placements.
TEST(PlacementSearch, FindsTheBestOfSmallProblems) {
  RandomStream random(3, "tests/placement");
  constexpr std::uint32_t count = 6;
  int missed = 0;
  for (int problem = 0; problem < 200; ++problem) {
    std::vector<double> distances(std::size_t{count} * count, 0);
    std::vector<Traffic> traffic;
    for (std::uint32_t a = 0; a < count; ++a) {
      for (std::uint32_t b = a + 1; b < count; ++b) {
        distances[a * count + b] = distances[b * count + a] = 1 + random.uniform();
        if (random.below(2) == 0) traffic.push_back({a, b, random.uniform()});
      }
    }
    std::vector<Placement> starts = {{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {0, 2, 4, 1, 3, 5}, {3, 1, 5, 0, 2, 4}};
    const double found = cost_of(improve_placement(starts, traffic, distances), traffic, distances);
    const double least = least_cost_of_all(traffic, distances, count);
    EXPECT_LE(found, least * 1.02);
    missed += found > least * (1 + 1e-9) ? 1 : 0;
  }
  EXPECT_LE(missed, 2);
}

TEST(PlacementSearch, IsExactUpToEightDevices) {
  const topology::Fleet fleet = topology::topology_of("mesh", "\"dimensions\":[2,3]");
  const RankLayout layout({.data = 3, .tensor = 2});
  const TrafficVolumes volumes{.tensor = Bytes(5e6), .gradients = Bytes(1e6)};
  const auto traffic = traffic_of(layout, volumes);
  const auto distances = distances_between(fleet, devices_of(fleet));
  const Placement found = optimize_placement(layout, volumes, fleet, devices_of(fleet));
  EXPECT_DOUBLE_EQ(cost_of(found, traffic, distances), least_cost_of_all(traffic, distances, 6));
}

TEST(PlacementSearch, BringsTensorRanksIntoOneNode) {
  const topology::Fleet fleet = two_nodes();
  ParallelPlan plan{.data = 2, .tensor = 8};
  plan.order = axis_order_from("data-tensor", "");
  const RankLayout layout(plan);
  const TrafficVolumes volumes{.tensor = Bytes(1e9), .gradients = Bytes(1e8)};
  const Placement placement = optimize_placement(layout, volumes, fleet, devices_of(fleet));
  const auto nodes = nodes_of(fleet, devices_of(fleet));
  for (const auto& group : layout.groups(GroupKind::tensor)) {
    for (const RankId rank : group) EXPECT_EQ(nodes[placement[rank.value()]], nodes[placement[group[0].value()]]);
  }
  for (const auto& group : layout.groups(GroupKind::data)) {
    EXPECT_EQ(placement[group[0].value()] % 8, placement[group[1].value()] % 8) << "on one rail";
  }
  EXPECT_EQ(optimize_placement(layout, volumes, fleet, devices_of(fleet)), placement) << "the same every time";
}

TEST(PlacementSearch, FindsWhatTheUsualOrderWouldGive) {
  const topology::Fleet fleet = topology::fleet_from(R"({"node":"DGX_H100","nodes":16,"fabric":{
    "topology":"rail_optimized","link":"InfiniBand_NDR"}})");
  ParallelPlan plan{.data = 16, .tensor = 4, .pipeline = 2};
  const TrafficVolumes volumes{.tensor = Bytes(1e10), .gradients = Bytes(1e9), .pipeline = Bytes(1e8)};
  const auto distances = distances_between(fleet, devices_of(fleet));
  const Placement packed = place_packed(nodes_of(fleet, devices_of(fleet)), 128);
  const double usual = cost_of(packed, traffic_of(RankLayout(plan), volumes), distances);
  plan.order = axis_order_from("data-pipeline-tensor", "");
  const RankLayout layout(plan);
  const Placement found = optimize_placement(layout, volumes, fleet, devices_of(fleet));
  EXPECT_LE(cost_of(found, traffic_of(layout, volumes), distances), usual);
}

}  // namespace
}  // namespace lockstep::workloads
