// Bytes that members send, by the conservation formulas of theory: n bytes, p members.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "tests/workloads/collectives/random_requests.hpp"
#include "workloads/collectives/data_flow.hpp"

namespace lockstep::workloads {
namespace {

using enum Operation;

constexpr double n = 1e6;

std::vector<Bytes> sent(const std::string& algorithm, Operation operation, std::uint32_t members) {
  CollectiveRequest request;
  request.operation = operation;
  request.algorithm = algorithm;
  request.bytes = Bytes(n);
  const DataFlow flow = trace_data(*testing::plan_for(request, members));
  EXPECT_EQ(flow.fault, std::nullopt);
  return flow.sent;
}

void expect_each(const std::string& algorithm, Operation operation, std::uint32_t members, double expected) {
  for (const Bytes bytes : sent(algorithm, operation, members)) {
    EXPECT_NEAR(bytes.si(), expected, 1e-9 * expected)
        << to_text(operation) << " by " << algorithm << " among " << members;
  }
}

void expect_total(const std::string& algorithm, Operation operation, std::uint32_t members, double expected) {
  double total = 0;
  for (const Bytes bytes : sent(algorithm, operation, members)) total += bytes.si();
  EXPECT_NEAR(total, expected, 1e-9 * expected) << to_text(operation) << " by " << algorithm << " among " << members;
}

TEST(BytesSent, AreOnceTheOthersShareWhereEveryShareTakesOneWay) {
  for (std::uint32_t p = 2; p <= 33; ++p) {
    const double others = (p - 1) * n / p;
    for (const std::string algorithm : {"ring", "direct", "pat"}) {
      expect_each(algorithm, reduce_scatter, p, others);
      expect_each(algorithm, all_gather, p, others);
    }
    expect_each("bruck", all_gather, p, others);
    expect_each("pairwise", all_to_all, p, others);
    expect_each("direct", all_to_all, p, others);
    expect_each("ring", all_reduce, p, 2 * others);
    expect_each("direct", all_reduce, p, 2 * others);
  }
}

TEST(BytesSent, OfRecursiveExchangesAreThoseOfTheTheory) {
  for (const std::uint32_t p : {2U, 4U, 8U, 16U, 32U}) {
    expect_each("recursive_doubling", all_reduce, p, n * std::log2(p));
    expect_each("halving_doubling", all_reduce, p, 2 * (p - 1) * n / p);
    expect_each("halving_doubling", reduce_scatter, p, (p - 1) * n / p);
    expect_each("halving_doubling", all_gather, p, (p - 1) * n / p);
    expect_each("recursive_doubling", all_gather, p, (p - 1) * n / p);
  }
}

TEST(BytesSent, OfBruckAllToAllCountTheBitsOfEveryDistance) {
  for (std::uint32_t p = 2; p <= 33; ++p) {
    double blocks = 0;
    for (std::uint32_t distance = 1; distance < p; ++distance) blocks += std::popcount(distance);
    expect_each("bruck", all_to_all, p, n / p * blocks);
  }
}

TEST(BytesSent, OfTreesAreTheVectorOncePerEdge) {
  for (std::uint32_t p = 2; p <= 33; ++p) {
    for (const std::string algorithm : {"tree", "chain", "binary_tree", "direct"}) {
      expect_total(algorithm, broadcast, p, (p - 1) * n);
      expect_total(algorithm, reduce, p, (p - 1) * n);
    }
    for (const std::string algorithm : {"tree", "chain", "binary_tree", "double_tree"}) {
      expect_total(algorithm, all_reduce, p, 2 * (p - 1) * n);
    }
  }
}

TEST(BytesSent, OfAllToAllVAreTheStatedSizes) {
  const std::uint32_t members = 7;
  RandomStream random(1, "tests/collectives/sizes");
  for (const std::string algorithm : {"direct", "pairwise"}) {
    const CollectiveRequest request = testing::random_request(random, algorithm, all_to_all_v, members);
    const DataFlow flow = trace_data(*testing::plan_for(request, members));
    for (std::uint32_t from = 0; from < members; ++from) {
      Bytes expected;
      for (std::uint32_t to = 0; to < members; ++to) {
        if (to != from) expected += request.sizes[from * members + to];
      }
      EXPECT_NEAR(flow.sent[from].si(), expected.si(), 1e-9 * expected.si());
    }
  }
}

// Jeaugey 2025: with shares too large to be aggregated, every message carries one.
TEST(ParallelAggregatedTrees, AggregateNoMoreThanABufferHolds) {
  CollectiveRequest request;
  request.operation = all_gather;
  request.algorithm = "pat";
  for (std::uint32_t members = 2; members <= 33; ++members) {
    for (const double share : {1e3, 1e6, 3e6, 1e7}) {
      request.bytes = Bytes(share * members);
      const PlanPointer plan = testing::plan_for(request, members);
      std::uint64_t messages = 0;
      for (std::uint64_t i = 0; i < plan->length(RankId(0), StreamId(0)); ++i) {
        Op op;
        plan->fetch(RankId(0), StreamId(0), i, op);
        messages += op.sends.size();
        for (const Send& send : op.sends) EXPECT_LE(send.bytes.si(), std::max(share, 4.0 * 1024 * 1024) * (1 + 1e-9));
      }
      if (share < 2e5) {
        EXPECT_EQ(messages, static_cast<std::uint64_t>(std::bit_width(members - 1)));
      }
      if (share > 5e6) {
        EXPECT_EQ(messages, members - 1);
      }
    }
  }
}

}  // namespace
}  // namespace lockstep::workloads
