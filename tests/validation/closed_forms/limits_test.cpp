#include <gtest/gtest.h>

#include "tests/validation/closed_forms/worked_values.hpp"
#include "validation/closed_forms/all_to_all.hpp"
#include "validation/closed_forms/bounds.hpp"
#include "validation/closed_forms/contention.hpp"
#include "validation/closed_forms/doubling.hpp"
#include "validation/closed_forms/hierarchical.hpp"
#include "validation/closed_forms/in_network.hpp"
#include "validation/closed_forms/loggp.hpp"
#include "validation/closed_forms/ring.hpp"
#include "validation/closed_forms/torus.hpp"

namespace lockstep::validation {
namespace {

const Hockney some = {Seconds(5e-6), pace(Bandwidth(50e9)), Pace(1e-11)};
const Hockney unreduced = {Seconds(5e-6), pace(Bandwidth(50e9))};
const Bytes vector(123456789);

TEST(Limits, OneMemberCostsNothing) {
  EXPECT_EQ(ring_all_reduce(1, vector, some), Seconds(0));
  EXPECT_EQ(ring_reduce_scatter(1, vector, some), Seconds(0));
  EXPECT_EQ(ring_all_gather(1, vector, some), Seconds(0));
  EXPECT_EQ(tree_all_reduce(1, vector, some), Seconds(0));
  EXPECT_EQ(recursive_doubling_all_reduce(1, vector, some), Seconds(0));
  EXPECT_EQ(halving_doubling_all_reduce(1, vector, some), Seconds(0));
  EXPECT_EQ(pairwise_all_to_all(1, vector, some), Seconds(0));
  EXPECT_EQ(bruck_all_to_all(1, vector, some), Seconds(0));
  EXPECT_EQ(hierarchical_all_reduce({1, 1}, vector, some, some), Seconds(0));
  EXPECT_EQ(all_reduce_bound(1, vector, some).most(), Seconds(0));
}

TEST(Limits, OneSegmentIsThePlainAlgorithm) {
  for (const std::uint32_t members : {2U, 3U, 8U, 33U}) {
    const Seconds plain = ring_all_reduce(members, vector, unreduced);
    expect_equal(sliced_ring_all_reduce(members, 1, vector, unreduced), plain.si());
    expect_equal(sliced_ring_all_reduce_hiding_latency(members, 1, vector, unreduced), plain.si());
    expect_equal(chain_broadcast_hiding_latency(members, 1, vector, unreduced),
                 chain_broadcast(members, 1, vector, unreduced).si());
    expect_equal(switch_tree_all_reduce_hiding_latency(members, 1, vector, unreduced),
                 switch_tree_all_reduce(members, 1, vector, unreduced).si());
  }
}

TEST(Limits, EqualLinksAndPromptMembersGiveThePlainRing) {
  const std::vector<Hockney> links(7, unreduced);
  const Seconds plain = ring_all_reduce(7, vector, unreduced);
  expect_equal(ring_all_reduce_over(links, vector), plain.si());
  expect_equal(ring_all_reduce_through_nodes(7, vector, unreduced, unreduced), plain.si());
  expect_equal(ring_all_reduce_after(std::vector<Seconds>(7), vector, unreduced), plain.si());
  expect_equal(ring_all_reduce_of_elements(7, 700, Bytes(10), unreduced),
               ring_all_reduce(7, Bytes(7000), unreduced).si());
}

TEST(Limits, AnAllReduceIsAReduceScatterAndAnAllGather) {
  expect_equal(ring_reduce_scatter(9, vector, some) + ring_all_gather(9, vector, some),
               ring_all_reduce(9, vector, some).si());
  expect_equal(halving_reduce_scatter(16, vector, some) + doubling_all_gather(16, vector, some),
               halving_doubling_all_reduce(16, vector, some).si());
  const std::vector<std::uint32_t> one_dimension = {9};
  expect_equal(bucket_all_reduce(one_dimension, vector, some), ring_all_reduce(9, vector, some).si());
  expect_equal(hierarchical_all_reduce({9, 1}, vector, some, some), ring_all_reduce(9, vector, some).si());
  expect_equal(hierarchical_all_reduce({1, 9}, vector, some, some), ring_all_reduce(9, vector, some).si());
}

TEST(Limits, ScalingAllDurationsScalesTheTime) {
  const Hockney slower = {3 * some.alpha, 3 * some.beta, 3 * some.gamma};
  expect_equal(ring_all_reduce(5, vector, slower), 3 * ring_all_reduce(5, vector, some).si());
  expect_equal(halving_doubling_all_reduce(7, vector, slower), 3 * halving_doubling_all_reduce(7, vector, some).si());
  expect_equal(bruck_all_to_all(7, vector, slower), 3 * bruck_all_to_all(7, vector, some).si());
}

TEST(Limits, TheBestNumberOfSegmentsIsBest) {
  const double best = best_chain_segments(9, vector, unreduced);
  const Seconds least = best_chain_broadcast(9, vector, unreduced);
  EXPECT_LE(least, chain_broadcast(9, std::uint32_t(best), vector, unreduced) * (1 + 1e-12));
  EXPECT_LE(least, chain_broadcast(9, std::uint32_t(best) + 1, vector, unreduced) * (1 + 1e-12));
  const auto segments = std::uint32_t(best_binary_tree_segments(4, vector, unreduced));
  EXPECT_LT(binary_tree_broadcast(4, segments, vector, unreduced),
            binary_tree_broadcast(4, 2 * segments, vector, unreduced));
  EXPECT_LT(binary_tree_broadcast(4, segments, vector, unreduced),
            binary_tree_broadcast(4, segments / 2, vector, unreduced));
}

TEST(Limits, OversubscriptionOfPodsIsInvisibleUntilItExceedsTheirHosts) {
  const Seconds plain = ring_all_reduce(32, vector, unreduced);
  expect_equal(ring_all_reduce_in_pod_order({8, 4, 8}, vector, unreduced), plain.si());
  EXPECT_GT(ring_all_reduce_in_pod_order({8, 4, 8.1}, vector, unreduced), plain);
  EXPECT_GT(ring_all_reduce_between_pods({8, 4, 1.1}, vector, unreduced), plain);
  expect_equal(direct_all_to_all_among_pods({8, 4, 1}, vector, unreduced),
               direct_all_to_all(32, vector, unreduced).si());
}

TEST(Limits, NoFormBeatsTheLowerBound) {
  for (std::uint32_t members = 2; members < 40; ++members) {
    const Seconds least = all_reduce_bound(members, vector, some).most();
    EXPECT_GE(ring_all_reduce(members, vector, some), least);
    EXPECT_GE(tree_all_reduce(members, vector, some), least);
    EXPECT_GE(recursive_doubling_all_reduce(members, vector, some), least);
    EXPECT_GE(halving_doubling_all_reduce(members, vector, some), least);
    EXPECT_GE(pairwise_all_to_all(members, vector, some), share_bound(members, vector, unreduced).most());
    EXPECT_GE(bruck_all_to_all(members, vector, some), share_bound(members, vector, unreduced).most());
    EXPECT_GE(binomial_broadcast(members, vector, some), vector_bound(members, vector, unreduced).most());
  }
}

}  // namespace
}  // namespace lockstep::validation
