#include <gtest/gtest.h>

#include "tests/validation/closed_forms/worked_values.hpp"
#include "validation/closed_forms/all_to_all.hpp"
#include "validation/closed_forms/doubling.hpp"
#include "validation/closed_forms/ring.hpp"
#include "validation/closed_forms/torus.hpp"
#include "validation/closed_forms/trees.hpp"

namespace lockstep::validation {
namespace {

TEST(WorkedValues, C01RingReduceScatter) {
  expect_equal(ring_reduce_scatter(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.015015);
  expect_equal(ring_reduce_scatter(7, Bytes(1000000.0), cost(1e-05, 25000000000.0, 3e-11)), 0.00012000000000000002);
  expect_equal(ring_reduce_scatter(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)), 0.0049275308203125005);
}

TEST(WorkedValues, C02RingAllGather) {
  expect_equal(ring_all_gather(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.015015);
  expect_equal(ring_all_gather(7, Bytes(1000000.0), cost(1e-05, 25000000000.0)), 9.428571428571429e-05);
  expect_equal(ring_all_gather(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)), 0.0049275308203125005);
}

TEST(WorkedValues, C03RingAllReduce) {
  expect_equal(ring_all_reduce(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.03003);
  expect_equal(ring_all_reduce(7, Bytes(1000000.0), cost(1e-05, 25000000000.0, 3e-11)), 0.00021428571428571427);
  expect_equal(ring_all_reduce(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)), 0.009855061640625001);
}

TEST(WorkedValues, C04RingAllReduceOfElements) {
  expect_equal(ring_all_reduce_of_elements(3, 10, Bytes(1), cost(1e-06, 1000000.0)), 1.9999999999999998e-05);
  expect_equal(ring_all_reduce_of_elements(5, 7, Bytes(1), cost(0.001, 1000.0)), 0.024);
  expect_equal(ring_all_reduce_of_elements(7, 65537, Bytes(1), cost(1e-06, 10000000.0)), 0.0112476);
}

TEST(WorkedValues, C05RingOverUnequalLinks) {
  expect_equal(ring_all_reduce_over(std::vector<Hockney>{cost(5e-06, 50000000000.0), cost(5e-06, 50000000000.0),
                                                         cost(5e-06, 25000000000.0), cost(5e-06, 50000000000.0)},
                                    Bytes(1000000000.0)),
               0.06003);
  expect_equal(ring_all_reduce_over(std::vector<Hockney>{cost(1e-05, 10000000000.0), cost(2e-05, 30000000000.0),
                                                         cost(1e-06, 1000000000.0)},
                                    Bytes(1000000.0)),
               0.0013373333333333334);
  expect_equal(ring_all_reduce_over(std::vector<Hockney>{cost(1e-06, 1000000000.0), cost(0.0003, 1000000000.0),
                                                         cost(1e-06, 1000000000.0), cost(1e-06, 1000000000.0)},
                                    Bytes(100000.0)),
               0.00195);
}

TEST(WorkedValues, C06RingWithLateMembers) {
  expect_equal(ring_all_reduce_after(std::vector<Seconds>{Seconds(0.0), Seconds(0.0), Seconds(0.01), Seconds(0.0)},
                                     Bytes(1000000000.0), cost(5e-06, 50000000000.0)),
               0.04003);
  expect_equal(ring_all_reduce_after(std::vector<Seconds>{Seconds(0.0), Seconds(0.001), Seconds(0.002)},
                                     Bytes(1000000.0), cost(2e-06, 20000000000.0)),
               0.0020746666666666665);
  expect_equal(ring_all_reduce_after(std::vector<Seconds>{Seconds(0.5), Seconds(0.0)}, Bytes(20000000.0),
                                     cost(1e-06, 1000000000.0)),
               0.520002);
}

TEST(WorkedValues, C07SlicedRing) {
  expect_equal(sliced_ring_all_reduce_hiding_latency(4, 8, Bytes(1000000000.0), cost(5e-06, 50000000000.0)),
               0.030005000000000004);
  expect_equal(sliced_ring_all_reduce_hiding_latency(6, 1, Bytes(10000000.0), cost(2e-06, 10000000000.0)),
               0.0016866666666666666);
  expect_equal(sliced_ring_all_reduce_hiding_latency(8, 2, Bytes(100000.0), cost(5e-06, 10000000000.0)), 7.9375e-05);
}

TEST(WorkedValues, C08ChainBroadcast) {
  expect_equal(chain_broadcast(4, 8, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.02505);
  expect_equal(chain_broadcast_hiding_latency(4, 8, Bytes(1000000000.0), cost(5e-06, 50000000000.0)),
               0.025015000000000003);
  expect_equal(chain_broadcast(2, 3, Bytes(1000000.0), cost(2e-06, 10000000000.0)), 0.00010599999999999999);
  expect_equal(chain_broadcast_hiding_latency(2, 3, Bytes(1000000.0), cost(2e-06, 10000000000.0)),
               0.00010199999999999999);
  expect_equal(chain_broadcast(6, 1, Bytes(100000.0), cost(5e-06, 10000000000.0)), 7.500000000000001e-05);
  expect_equal(chain_broadcast_hiding_latency(6, 1, Bytes(100000.0), cost(5e-06, 10000000000.0)),
               7.500000000000001e-05);
}

TEST(WorkedValues, C09BinomialBroadcast) {
  expect_equal(binomial_broadcast(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.040010000000000004);
  expect_equal(binomial_broadcast(7, Bytes(1000000.0), cost(1e-05, 25000000000.0)), 0.00015000000000000001);
  expect_equal(binomial_broadcast(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)), 0.0206041315);
}

TEST(WorkedValues, C10TreeAllReduce) {
  expect_equal(tree_all_reduce(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.08002000000000001);
  expect_equal(tree_all_reduce(7, Bytes(1000000.0), cost(1e-05, 25000000000.0, 3e-11)), 0.00039000000000000005);
  expect_equal(tree_all_reduce(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)), 0.041208263);
}

TEST(WorkedValues, C11BinaryTreeBroadcast) {
  expect_equal(binary_tree_broadcast(2, 4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.05005);
  expect_equal(binary_tree_broadcast_hiding_latency(2, 4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)),
               0.050010000000000006);
  expect_equal(binary_tree_broadcast(1, 3, Bytes(1000000.0), cost(2e-06, 10000000000.0)), 0.00021199999999999998);
  expect_equal(binary_tree_broadcast_hiding_latency(1, 3, Bytes(1000000.0), cost(2e-06, 10000000000.0)), 0.000202);
  expect_equal(binary_tree_broadcast(3, 1, Bytes(100000.0), cost(5e-06, 10000000000.0)), 9.000000000000002e-05);
  expect_equal(binary_tree_broadcast_hiding_latency(3, 1, Bytes(100000.0), cost(5e-06, 10000000000.0)),
               7.500000000000001e-05);
}

TEST(WorkedValues, C12RecursiveDoubling) {
  expect_equal(recursive_doubling_all_reduce(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.040010000000000004);
  expect_equal(recursive_doubling_all_reduce(7, Bytes(1000000.0), cost(1e-05, 25000000000.0, 3e-11)), 0.00029);
  expect_equal(recursive_doubling_all_reduce(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)), 0.0206041315);
}

TEST(WorkedValues, C13HalvingDoubling) {
  expect_equal(halving_doubling_all_reduce(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.030019999999999998);
  expect_equal(halving_doubling_all_reduce(7, Bytes(1000000.0), cost(1e-05, 25000000000.0, 3e-11)), 0.0002525);
  expect_equal(halving_doubling_all_reduce(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)), 0.009701061640625);
}

TEST(WorkedValues, C14ScatterAllGatherBroadcast) {
  expect_equal(scatter_all_gather_broadcast(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.030025);
  expect_equal(scatter_all_gather_broadcast(2, Bytes(1000000.0), cost(2e-06, 10000000000.0)), 0.00010400000000000001);
  expect_equal(scatter_all_gather_broadcast(8, Bytes(100000.0), cost(5e-06, 10000000000.0)), 6.75e-05);
}

TEST(WorkedValues, C15PairwiseAllToAll) {
  expect_equal(pairwise_all_to_all(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.015015);
  expect_equal(pairwise_all_to_all(7, Bytes(1000000.0), cost(1e-05, 25000000000.0)), 9.428571428571429e-05);
  expect_equal(pairwise_all_to_all(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)), 0.0049275308203125005);
}

TEST(WorkedValues, C16DirectAllToAll) {
  expect_equal(direct_all_to_all(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.015005);
  expect_equal(direct_all_to_all(7, Bytes(1000000.0), cost(1e-05, 25000000000.0)), 4.428571428571428e-05);
  expect_equal(direct_all_to_all(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)), 0.0048295308203125);
}

TEST(WorkedValues, C17BruckAllToAll) {
  expect_equal(bruck_all_to_all(4, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.02001);
  expect_equal(bruck_all_to_all(7, Bytes(1000000.0), cost(1e-05, 25000000000.0)), 8.142857142857143e-05);
  expect_equal(bruck_all_to_all(16, Bytes(123456789.0), cost(7e-06, 24000000000.0)), 0.01031606575);
}

TEST(WorkedValues, C18BucketOnTori) {
  expect_equal(bucket_all_reduce(std::vector<std::uint32_t>{4, 4}, Bytes(1000000000.0), cost(5e-06, 50000000000.0)),
               0.037559999999999996);
  expect_equal(bucket_all_reduce(std::vector<std::uint32_t>{3, 3, 3}, Bytes(1000000.0), cost(2e-06, 10000000000.0)),
               0.0002165925925925926);
  expect_equal(bucket_all_reduce(std::vector<std::uint32_t>{5, 3}, Bytes(100000.0), cost(5e-06, 10000000000.0)),
               7.866666666666668e-05);
}

TEST(WorkedValues, C19BucketOnAllPorts) {
  expect_equal(all_port_bucket_all_reduce(4, 2, Bytes(1000000000.0), cost(5e-06, 50000000000.0)), 0.009434999999999999);
  expect_equal(all_port_bucket_all_reduce(2, 2, Bytes(1000000.0), cost(2e-06, 10000000000.0)), 4.5499999999999995e-05);
  expect_equal(all_port_bucket_all_reduce(2, 3, Bytes(100000.0), cost(5e-06, 10000000000.0)), 3.291666666666667e-05);
}

}  // namespace
}  // namespace lockstep::validation
