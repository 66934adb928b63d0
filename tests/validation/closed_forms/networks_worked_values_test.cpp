#include <gtest/gtest.h>

#include "tests/validation/closed_forms/worked_values.hpp"
#include "validation/closed_forms/bounds.hpp"
#include "validation/closed_forms/contention.hpp"
#include "validation/closed_forms/doubling.hpp"
#include "validation/closed_forms/hierarchical.hpp"
#include "validation/closed_forms/in_network.hpp"
#include "validation/closed_forms/loggp.hpp"
#include "validation/closed_forms/ring.hpp"
#include "validation/closed_forms/trees.hpp"

namespace lockstep::validation {
namespace {

// Hosts have links of this bandwidth, pods k/r of that up and down.
Pace busiest_link(const Pods& pods, std::span<const std::uint32_t> ring, double bandwidth) {
  const double crossing = busiest_pod(pods, ring);
  return std::max(1.0, crossing * pods.oversubscription / pods.hosts) * pace(Bandwidth(bandwidth));
}

TEST(WorkedValues, C20Hierarchical) {
  expect_equal(hierarchical_all_reduce({.members = 8, .nodes = 4}, Bytes(1000000000.0), cost(1e-06, 450000000000.0),
                                       cost(5e-06, 50000000000.0)),
               0.00768288888888889);
  expect_equal(hierarchical_all_reduce({.members = 2, .nodes = 3}, Bytes(1000000.0), cost(1e-06, 100000000000.0),
                                       cost(5e-06, 10000000000.0)),
               9.866666666666666e-05);
  expect_equal(hierarchical_all_reduce({.members = 3, .nodes = 5}, Bytes(10000000.0), cost(3e-06, 200000000000.0),
                                       cost(2e-05, 40000000000.0)),
               0.00037200000000000004);
}

TEST(WorkedValues, C21HierarchicalSharingANic) {
  expect_equal(hierarchical_all_reduce_sharing_a_nic({.members = 8, .nodes = 4}, Bytes(1000000000.0),
                                                     cost(1e-06, 450000000000.0), cost(5e-06, 50000000000.0)),
               0.03393288888888889);
  expect_equal(hierarchical_all_reduce_sharing_a_nic({.members = 2, .nodes = 3}, Bytes(1000000.0),
                                                     cost(1e-06, 100000000000.0), cost(5e-06, 10000000000.0)),
               0.0001653333333333333);
  expect_equal(hierarchical_all_reduce_sharing_a_nic({.members = 3, .nodes = 5}, Bytes(10000000.0),
                                                     cost(3e-06, 200000000000.0), cost(2e-05, 40000000000.0)),
               0.0006386666666666667);
}

TEST(WorkedValues, C22RingThroughNodes) {
  expect_equal(
      ring_all_reduce_through_nodes(32, Bytes(1000000000.0), cost(1e-06, 450000000000.0), cost(5e-06, 50000000000.0)),
      0.039060000000000004);
  expect_equal(
      ring_all_reduce_through_nodes(6, Bytes(1000000.0), cost(1e-06, 100000000000.0), cost(5e-06, 10000000000.0)),
      0.00021666666666666663);
  expect_equal(
      ring_all_reduce_through_nodes(15, Bytes(10000000.0), cost(3e-06, 200000000000.0), cost(2e-05, 40000000000.0)),
      0.0010266666666666668);
}

TEST(WorkedValues, C23SwitchTree) {
  expect_equal(switch_tree_all_reduce(1, 1, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.040010000000000004);
  expect_equal(switch_tree_all_reduce_hiding_latency(1, 1, Bytes(1000000000.0), cost(5e-06, 50000000000.0)),
               0.040010000000000004);
  expect_equal(switch_tree_all_reduce(3, 64, Bytes(1000000000.0), cost(2e-06, 25000000000.0)), 0.043263);
  expect_equal(switch_tree_all_reduce_hiding_latency(3, 64, Bytes(1000000000.0), cost(2e-06, 25000000000.0)), 0.043137);
  expect_equal(switch_tree_all_reduce(2, 1, Bytes(100000.0), cost(5e-06, 10000000000.0)), 6.000000000000001e-05);
  expect_equal(switch_tree_all_reduce_hiding_latency(2, 1, Bytes(100000.0), cost(5e-06, 10000000000.0)),
               6.000000000000001e-05);
}

TEST(WorkedValues, C24OneSwitch) {
  expect_equal(overlapped_switch_all_reduce(8, Bytes(1000000000.0), cost(0.0, 450000000000.0)), 0.0025);
  expect_equal(switch_all_reduce_in_turn(Bytes(1000000000.0), cost(0.0, 450000000000.0)), 0.0044444444444444444);
  expect_equal(overlapped_switch_all_reduce(2, Bytes(1000000.0), cost(0.0, 100000000000.0)), 1.5e-05);
  expect_equal(switch_all_reduce_in_turn(Bytes(1000000.0), cost(0.0, 100000000000.0)), 2e-05);
  expect_equal(overlapped_switch_all_reduce(6, Bytes(500000000.0), cost(0.0, 450000000000.0)), 0.0012962962962962965);
  expect_equal(switch_all_reduce_in_turn(Bytes(500000000.0), cost(0.0, 450000000000.0)), 0.0022222222222222222);
}

TEST(WorkedValues, C25DirectAllToAllAmongPods) {
  expect_equal(direct_all_to_all_among_pods({.hosts = 4, .pods = 2, .oversubscription = 2.0}, Bytes(1000000000.0),
                                            cost(5e-06, 50000000000.0)),
               0.020005000000000002);
  expect_equal(direct_all_to_all_among_pods({.hosts = 4, .pods = 4, .oversubscription = 4.0}, Bytes(10000000.0),
                                            cost(1e-05, 10000000000.0)),
               0.00301);
  expect_equal(direct_all_to_all_among_pods({.hosts = 8, .pods = 2, .oversubscription = 3.0}, Bytes(1000000.0),
                                            cost(5e-06, 10000000000.0)),
               0.00015500000000000003);
}

TEST(WorkedValues, C26RingInPodOrder) {
  expect_equal(ring_all_reduce_in_pod_order({.hosts = 4, .pods = 2, .oversubscription = 2.0}, Bytes(1000000000.0),
                                            cost(5e-06, 50000000000.0)),
               0.03507);
  expect_equal(ring_all_reduce_in_pod_order({.hosts = 4, .pods = 4, .oversubscription = 4.0}, Bytes(10000000.0),
                                            cost(1e-05, 10000000000.0)),
               0.002175);
  expect_equal(ring_all_reduce_in_pod_order({.hosts = 8, .pods = 2, .oversubscription = 3.0}, Bytes(1000000.0),
                                            cost(5e-06, 10000000000.0)),
               0.0003375);
}

TEST(WorkedValues, C27RingBetweenPods) {
  expect_equal(ring_all_reduce_between_pods({.hosts = 4, .pods = 2, .oversubscription = 2.0}, Bytes(1000000000.0),
                                            cost(5e-06, 50000000000.0)),
               0.07007);
  expect_equal(ring_all_reduce_between_pods({.hosts = 4, .pods = 4, .oversubscription = 4.0}, Bytes(10000000.0),
                                            cost(1e-05, 10000000000.0)),
               0.007800000000000001);
  expect_equal(ring_all_reduce_between_pods({.hosts = 8, .pods = 2, .oversubscription = 3.0}, Bytes(1000000.0),
                                            cost(5e-06, 10000000000.0)),
               0.0007125);
}

TEST(WorkedValues, C28RingInLockstep) {
  {
    const Pods pods{.hosts = 4, .pods = 2, .oversubscription = 2.0};
    const std::vector<std::uint32_t> ring = {3, 1, 0, 6, 4, 5, 2, 7};
    const Pace busiest = busiest_link(pods, ring, 50000000000.0);
    expect_equal(ring_all_reduce_in_lockstep(pods.members(), Bytes(1000000000.0), Seconds(5e-06), busiest), 0.03507);
  }
  {
    const Pods pods{.hosts = 4, .pods = 4, .oversubscription = 4.0};
    const std::vector<std::uint32_t> ring = {11, 8, 13, 6, 1, 4, 15, 3, 14, 12, 5, 7, 2, 9, 10, 0};
    const Pace busiest = busiest_link(pods, ring, 10000000000.0);
    expect_equal(ring_all_reduce_in_lockstep(pods.members(), Bytes(10000000.0), Seconds(1e-05), busiest),
                 0.007800000000000001);
  }
  {
    const Pods pods{.hosts = 8, .pods = 2, .oversubscription = 3.0};
    const std::vector<std::uint32_t> ring = {3, 12, 7, 15, 4, 0, 9, 11, 13, 5, 8, 2, 6, 10, 1, 14};
    const Pace busiest = busiest_link(pods, ring, 10000000000.0);
    expect_equal(ring_all_reduce_in_lockstep(pods.members(), Bytes(1000000.0), Seconds(5e-06), busiest), 0.000571875);
  }
}

TEST(WorkedValues, C29RingOutOfPhase) {
  {
    const Pods pods{.hosts = 4, .pods = 2, .oversubscription = 2.0};
    const std::vector<std::uint32_t> ring = {3, 1, 0, 6, 4, 5, 2, 7};
    const Pace busiest = busiest_link(pods, ring, 50000000000.0);
    expect_bracket(ring_all_reduce_out_of_phase(pods.members(), Bytes(1000000000.0), Seconds(5e-06), busiest),
                   0.035004999999999994, 0.03507);
  }
  {
    const Pods pods{.hosts = 4, .pods = 4, .oversubscription = 4.0};
    const std::vector<std::uint32_t> ring = {11, 8, 13, 6, 1, 4, 15, 3, 14, 12, 5, 7, 2, 9, 10, 0};
    const Pace busiest = busiest_link(pods, ring, 10000000000.0);
    expect_bracket(ring_all_reduce_out_of_phase(pods.members(), Bytes(10000000.0), Seconds(1e-05), busiest), 0.00751,
                   0.007800000000000001);
  }
  {
    const Pods pods{.hosts = 8, .pods = 2, .oversubscription = 3.0};
    const std::vector<std::uint32_t> ring = {3, 12, 7, 15, 4, 0, 9, 11, 13, 5, 8, 2, 6, 10, 1, 14};
    const Pace busiest = busiest_link(pods, ring, 10000000000.0);
    expect_bracket(ring_all_reduce_out_of_phase(pods.members(), Bytes(1000000.0), Seconds(5e-06), busiest), 0.000426875,
                   0.000571875);
  }
}

TEST(WorkedValues, C30MessagesOnOneLink) {
  expect_equal(messages_on_one_link({Bytes(100000000.0), Bytes(100000000.0), Bytes(100000000.0), Bytes(100000000.0)},
                                    cost(5e-06, 50000000000.0)),
               {0.008005, 0.008005, 0.008005, 0.008005});
  expect_equal(messages_on_one_link({Bytes(1000.0), Bytes(1000000000.0)}, cost(1e-05, 100000000000.0)),
               {1.002e-05, 0.01001001});
  expect_equal(messages_on_one_link({Bytes(70000000.0), Bytes(70000000.0), Bytes(70000000.0), Bytes(70000000.0),
                                     Bytes(70000000.0), Bytes(70000000.0), Bytes(70000000.0), Bytes(70000000.0)},
                                    cost(3e-06, 12500000000.0)),
               {0.044803, 0.044803, 0.044803, 0.044803, 0.044803, 0.044803, 0.044803, 0.044803});
}

TEST(WorkedValues, C31ParkingLot) {
  expect_equal(parking_lot(Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.040005);
  expect_equal(parking_lot(Bytes(10000000.0), cost(2e-06, 100000000000.0)), 0.000202);
  expect_equal(parking_lot(Bytes(100000.0), cost(1e-06, 1000000000.0)), 0.000201);
}

TEST(WorkedValues, C32RingUnderLogGP) {
  expect_equal(loggp_ring_all_reduce(4, Bytes(4000.0), {Seconds(5e-06), Seconds(1e-06), Seconds(2e-06), Pace(1e-09)}),
               4.7994e-05);
  expect_equal(loggp_ring_all_reduce(3, Bytes(300.0), {Seconds(1e-05), Seconds(2e-06), Seconds(1e-06), Pace(1e-08)}),
               5.996000000000001e-05);
  expect_equal(loggp_ring_all_reduce(16, Bytes(16000.0), {Seconds(1e-06), Seconds(2e-07), Seconds(5e-07), Pace(4e-11)}),
               4.31988e-05);
}

TEST(WorkedValues, C33LogPBroadcast) {
  EXPECT_EQ(reached_by_broadcast(24, {.latency = 6, .overhead = 2, .gap = 4}), 8.0);
  EXPECT_EQ(reached_by_broadcast(30, {.latency = 5, .overhead = 1, .gap = 2}), 98.0);
  EXPECT_EQ(reached_by_broadcast(33, {.latency = 4, .overhead = 1, .gap = 3}), 144.0);
}

TEST(WorkedValues, C34DoubleTree) {
  expect_bracket(double_tree_all_reduce(double_tree_shape(4), 8, Bytes(1000000000.0), cost(0.0, 50000000000.0)), 0.04,
                 0.06);
  expect_bracket(double_tree_all_reduce(double_tree_shape(8), 4, Bytes(10000000.0), cost(5e-06, 20000000000.0)), 0.001,
                 0.0026);
  expect_bracket(double_tree_all_reduce(double_tree_shape(6), 8, Bytes(100000000.0), cost(2e-06, 10000000000.0)), 0.02,
                 0.035056000000000004);
}

TEST(WorkedValues, C35LowerBound) {
  expect_equal(all_reduce_bound(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)).most(), 0.03);
  expect_equal(all_reduce_bound(7, Bytes(1000000.0), cost(1e-05, 25000000000.0, 3e-11)).most(), 6.857142857142857e-05);
  expect_equal(all_reduce_bound(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)).most(), 0.009645061640625);
}

TEST(WorkedValues, C36HalvingAndDoubling) {
  expect_equal(halving_reduce_scatter(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.015009999999999999);
  expect_equal(doubling_all_gather(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.015009999999999999);
  expect_equal(halving_reduce_scatter(16, Bytes(1000000.0), cost(2e-06, 10000000000.0, 1e-11)), 0.00011112500000000002);
  expect_equal(doubling_all_gather(16, Bytes(1000000.0), cost(2e-06, 10000000000.0, 1e-11)), 0.00010175);
  expect_equal(halving_reduce_scatter(2, Bytes(100000.0), cost(5e-06, 10000000000.0, 5e-11)), 1.25e-05);
  expect_equal(doubling_all_gather(2, Bytes(100000.0), cost(5e-06, 10000000000.0, 5e-11)), 1e-05);
}

}  // namespace
}  // namespace lockstep::validation
