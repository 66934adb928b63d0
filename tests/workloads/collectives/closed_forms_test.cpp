// Simulated collectives take the time that the closed forms say. Names are those of theory; α latency, β seconds a
// byte, γ seconds a byte to combine, n bytes, p members, k segments.
#include <gtest/gtest.h>

#include <bit>
#include <functional>

#include "tests/workloads/collectives/timing.hpp"

namespace lockstep::workloads {
namespace {

using testing::Case;
using Formula = std::function<double(const Case&)>;
using enum Operation;

constexpr int draws = 20;

void expect_time(double simulated, double expected, const Case& scenario, const std::string& what) {
  EXPECT_NEAR(simulated, expected, 1e-9 * expected)
      << what << ": p " << scenario.members << ", n " << scenario.bytes << ", α " << scenario.latency << ", B "
      << scenario.bandwidth << ", γ " << scenario.reduction << ", k " << scenario.segments;
}

// The same in every network; `fits` is what the form requires.
void expect_everywhere(
    const std::string& algorithm, Operation operation, const Formula& formula,
    const std::function<bool(const Case&)>& fits = [](const Case&) { return true; }) {
  int drawn = 0;
  for (std::uint64_t seed = 0; drawn < draws; ++seed) {
    const Case scenario = testing::random_case(seed);
    if (!fits(scenario)) continue;
    ++drawn;
    const CollectiveRequest request = testing::request_of(scenario, algorithm, operation);
    const double expected = formula(scenario);
    expect_time(testing::time_of(scenario, request, testing::h_block), expected, scenario, "H-block");
    expect_time(testing::time_of(scenario, request, testing::h_lat), expected, scenario, "H-lat");
    expect_time(testing::time_of(scenario, request, testing::contention_free), expected, scenario, "contention_free");
    expect_time(testing::time_of(scenario, request, testing::fluid), expected, scenario, "fluid");
  }
}

void expect_segmented(
    const std::string& algorithm, Operation operation, const sim::EngineOptions& options, const Formula& formula,
    const std::function<bool(Case&)>& adapt = [](Case&) { return true; }) {
  int drawn = 0;
  for (std::uint64_t seed = 100; drawn < draws; ++seed) {
    Case scenario = testing::random_case(seed);
    scenario.reduction = 0;
    if (!adapt(scenario)) continue;
    ++drawn;
    CollectiveRequest request = testing::request_of(scenario, algorithm, operation);
    request.segments = scenario.segments;
    expect_time(testing::time_of(scenario, request, options), formula(scenario), scenario, algorithm);
  }
}

bool is_power_of_two(const Case& c) {
  return c.is_power_of_two();
}

double ring_all_reduce(const Case& c) {
  return 2 * (c.p() - 1) * (c.a() + c.nb() / c.p()) + (c.p() - 1) / c.p() * c.ng();
}

TEST(ClosedForms, C01RingReduceScatter) {
  expect_everywhere("ring", reduce_scatter,
                    [](const Case& c) { return (c.p() - 1) * (c.a() + c.nb() / c.p() + c.ng() / c.p()); });
}

TEST(ClosedForms, C02RingAllGather) {
  expect_everywhere("ring", all_gather, [](const Case& c) { return (c.p() - 1) * (c.a() + c.nb() / c.p()); });
}

TEST(ClosedForms, C03RingAllReduce) {
  expect_everywhere("ring", all_reduce, ring_all_reduce);
}

TEST(ClosedForms, C04RingAllReduceOfWholeElements) {
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    Case scenario = testing::random_case(seed);
    scenario.reduction = 0;
    scenario.bytes = std::ceil(scenario.bytes);
    CollectiveRequest request = testing::request_of(scenario, "ring", all_reduce);
    request.element = Bytes(1);
    const double expected =
        2 * (scenario.p() - 1) * (scenario.a() + std::ceil(scenario.bytes / scenario.p()) / scenario.bandwidth);
    for (const auto& options : {testing::h_block, testing::h_lat, testing::contention_free, testing::fluid}) {
      expect_time(testing::time_of(scenario, request, options), expected, scenario, options.network);
    }
  }
}

TEST(ClosedForms, C06RingAllReduceOfLateMembers) {
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    Case scenario = testing::random_case(seed);
    scenario.reduction = 0;
    RandomStream random(seed, "tests/collectives/arrivals");
    Seconds last;
    for (std::uint32_t rank = 0; rank < scenario.members; ++rank) {
      scenario.arrivals.emplace_back(1e-4 * random.uniform());
      last = std::max(last, scenario.arrivals.back());
    }
    const CollectiveRequest request = testing::request_of(scenario, "ring", all_reduce);
    for (const auto& options : {testing::h_block, testing::h_lat, testing::contention_free, testing::fluid}) {
      expect_time(testing::time_of(scenario, request, options), last.si() + ring_all_reduce(scenario), scenario,
                  options.network);
    }
  }
}

TEST(ClosedForms, C07RingAllReduceInSegments) {
  expect_segmented("ring", all_reduce, testing::h_lat, [](const Case& c) {
    const double m = c.nb() / c.p();
    return (2 * c.p() - 3) * std::max(m, c.a() + m / c.k()) + m + c.a();
  });
  expect_segmented("ring", all_reduce, testing::h_block,
                   [](const Case& c) { return 2 * (c.p() - 1) * c.k() * (c.a() + c.nb() / c.p() / c.k()); });
}

TEST(ClosedForms, C08SegmentedChainBroadcast) {
  for (const Operation operation : {broadcast, reduce}) {
    expect_segmented("chain", operation, testing::h_block,
                     [](const Case& c) { return (c.p() - 2 + c.k()) * (c.a() + c.nb() / c.k()); });
    expect_segmented("chain", operation, testing::h_lat, [](const Case& c) {
      return (c.p() - 1) * (c.a() + c.nb() / c.k()) + (c.k() - 1) * c.nb() / c.k();
    });
  }
}

TEST(ClosedForms, C09BinomialBroadcast) {
  const auto expected = [](const Case& c) { return c.rounds() * (c.a() + c.nb()); };
  expect_everywhere("tree", broadcast, expected, is_power_of_two);
  expect_segmented("tree", broadcast, testing::h_block, expected, [](Case& c) {
    c.segments = 1;
    return true;
  });
}

TEST(ClosedForms, C09BinomialReduce) {
  expect_everywhere(
      "tree", reduce, [](const Case& c) { return c.rounds() * (c.a() + c.nb() + c.ng()); }, is_power_of_two);
}

TEST(ClosedForms, C10BinomialAllReduce) {
  expect_everywhere(
      "tree", all_reduce, [](const Case& c) { return 2 * c.rounds() * (c.a() + c.nb()) + c.rounds() * c.ng(); },
      is_power_of_two);
}

TEST(ClosedForms, C11SegmentedBinaryTree) {
  const auto complete = [](Case& c) {
    const std::uint32_t height = 1 + c.members % 4;
    c.members = (2U << height) - 1;
    return true;
  };
  const auto height = [](const Case& c) { return std::log2(c.p() + 1) - 1; };
  for (const Operation operation : {broadcast, reduce}) {
    expect_segmented(
        "binary_tree", operation, testing::h_block,
        [&](const Case& c) { return 2 * (c.k() + height(c) - 1) * (c.a() + c.nb() / c.k()); }, complete);
    expect_segmented(
        "binary_tree", operation, testing::h_lat,
        [&](const Case& c) { return 2 * (c.k() + height(c) - 1) * c.nb() / c.k() + height(c) * c.a(); }, complete);
  }
}

TEST(ClosedForms, C12RecursiveDoublingAllReduce) {
  expect_everywhere("recursive_doubling", all_reduce, [](const Case& c) {
    const double fold = c.is_power_of_two() ? 0.0 : 2 * (c.a() + c.nb()) + c.ng();
    return c.q() * (c.a() + c.nb() + c.ng()) + fold;
  });
}

TEST(ClosedForms, C13RabenseifnerAllReduce) {
  expect_everywhere("halving_doubling", all_reduce, [](const Case& c) {
    const double fold = c.is_power_of_two() ? 0.0 : 2 * (c.a() + c.nb()) + c.ng();
    const double most = 1 - std::exp2(-c.q());
    return 2 * c.q() * c.a() + 2 * most * c.nb() + most * c.ng() + fold;
  });
}

TEST(ClosedForms, C14BroadcastByScatterAndAllGather) {
  expect_everywhere(
      "scatter_all_gather", broadcast,
      [](const Case& c) { return (c.q() + c.p() - 1) * c.a() + 2 * (c.p() - 1) / c.p() * c.nb(); }, is_power_of_two);
}

TEST(ClosedForms, C15PairwiseAllToAll) {
  expect_everywhere("pairwise", all_to_all, [](const Case& c) { return (c.p() - 1) * (c.a() + c.nb() / c.p()); });
}

TEST(ClosedForms, C16DirectAllToAll) {
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    const Case scenario = testing::random_case(seed);
    const CollectiveRequest request = testing::request_of(scenario, "direct", all_to_all);
    expect_time(testing::time_of(scenario, request, testing::fluid),
                scenario.a() + (scenario.p() - 1) / scenario.p() * scenario.nb(), scenario, "fluid");
  }
}

TEST(ClosedForms, C17BruckAllToAll) {
  expect_everywhere("bruck", all_to_all, [](const Case& c) {
    double blocks = 0;
    for (std::uint32_t j = 1; j < c.members; ++j) blocks += std::popcount(j);
    return c.rounds() * c.a() + c.nb() / c.p() * blocks;
  });
}

double gather_by_doubling(const Case& c) {
  return c.q() * c.a() + (c.p() - 1) / c.p() * c.nb();
}

TEST(ClosedForms, C36ReduceScatterByHalving) {
  expect_everywhere(
      "halving_doubling", reduce_scatter,
      [](const Case& c) { return gather_by_doubling(c) + (c.p() - 1) / c.p() * c.ng(); }, is_power_of_two);
}

TEST(ClosedForms, C36AllGatherByDoubling) {
  expect_everywhere("halving_doubling", all_gather, gather_by_doubling, is_power_of_two);
}

TEST(ClosedForms, C36AllGatherByRecursiveDoubling) {
  expect_everywhere("recursive_doubling", all_gather, gather_by_doubling, is_power_of_two);
}

// Either is a scatter or reduce-scatter, then a gather or all-gather (Thakur, Rabenseifner and Gropp 2005).
TEST(ClosedForms, BroadcastByHalvesAndDoubles) {
  expect_everywhere(
      "halving_doubling", broadcast, [](const Case& c) { return 2 * gather_by_doubling(c); }, is_power_of_two);
}

TEST(ClosedForms, ReduceByHalvesAndDoubles) {
  expect_everywhere(
      "halving_doubling", reduce,
      [](const Case& c) { return 2 * gather_by_doubling(c) + (c.p() - 1) / c.p() * c.ng(); }, is_power_of_two);
}

// With any number of members it has as few rounds as there are and sends each byte once.
double in_fewest_rounds(const Case& c) {
  return c.rounds() * c.a() + (c.p() - 1) / c.p() * c.nb();
}

TEST(ClosedForms, BruckAllGather) {
  expect_everywhere("bruck", all_gather, in_fewest_rounds);
}

// So has NCCL's, as long as all shares of a message are aggregated.
bool are_aggregated(const Case& c) {
  return c.bytes <= 4 * 1024 * 1024;
}

TEST(ClosedForms, AllGatherByParallelAggregatedTreesOfSmallShares) {
  expect_everywhere("pat", all_gather, in_fewest_rounds, are_aggregated);
}

TEST(ClosedForms, ReduceScatterByParallelAggregatedTreesOfSmallShares) {
  expect_everywhere(
      "pat", reduce_scatter, [](const Case& c) { return in_fewest_rounds(c) + (c.p() - 1) / c.p() * c.ng(); },
      are_aggregated);
}

TEST(ClosedForms, C34DoubleTreeKeepsToItsBracket) {
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    Case scenario = testing::random_case(seed);
    scenario.members += 2;  // 2nβ is the bound from 4 members on
    scenario.reduction = 0;
    CollectiveRequest request = testing::request_of(scenario, "double_tree", all_reduce);
    request.segments = scenario.segments;
    const double depth = scenario.q();
    const double pipeline = 2 * depth * (scenario.a() + scenario.nb() / 2 / scenario.k());
    const double simulated = testing::time_of(scenario, request, testing::fluid);
    EXPECT_GE(simulated, (1 - 1e-9) * std::max(2 * scenario.nb(), pipeline));
  }
}

// The independent simulation beside oracles C34/1, C34/3 and C34/5 (max-min fair, connections in order).
TEST(ClosedForms, C34DoubleTreeEqualsAnIndependentSimulation) {
  struct Oracle {
    Case scenario;
    double time;
  };
  for (const Oracle& oracle :
       {Oracle{{.members = 4, .bytes = 1e9, .latency = 0, .bandwidth = 5e10, .segments = 8}, 0.0425},
        Oracle{{.members = 8, .bytes = 1e7, .latency = 5e-6, .bandwidth = 2e10, .segments = 4}, 0.0013575},
        Oracle{{.members = 6, .bytes = 1e8, .latency = 2e-6, .bandwidth = 1e10, .segments = 8}, 0.022834375}}) {
    CollectiveRequest request = testing::request_of(oracle.scenario, "double_tree", all_reduce);
    request.segments = oracle.scenario.segments;
    expect_time(testing::time_of(oracle.scenario, request, testing::fluid), oracle.time, oracle.scenario, "fluid");
  }
}

// Independent figures of the forms, by a simulation in Python: the numbers are those of its oracles C01/3 to C36/3.
TEST(ClosedForms, EqualAnIndependentSimulation) {
  struct Oracle {
    const char* algorithm;
    Operation operation;
    Case scenario;
    double time;
    sim::EngineOptions options = testing::h_block;
  };
  const Case seven{.members = 7, .bytes = 1e6, .latency = 1e-5, .bandwidth = 2.5e10, .reduction = 3e-11};
  const Case plain{.members = 7, .bytes = 1e6, .latency = 1e-5, .bandwidth = 2.5e10};
  const Case small{.members = 8, .bytes = 1e5, .latency = 5e-6, .bandwidth = 1e10};
  const Case sliced{.members = 4, .bytes = 1e9, .latency = 5e-6, .bandwidth = 5e10, .segments = 8};
  const Case height_two{.members = 7, .bytes = 1e9, .latency = 5e-6, .bandwidth = 5e10, .segments = 4};
  const Case many{.members = 16, .bytes = 1e6, .latency = 2e-6, .bandwidth = 1e10, .reduction = 1e-11};
  for (const Oracle& oracle :
       {Oracle{"ring", reduce_scatter, seven, 0.00011999999999999999},
        Oracle{"ring", all_gather, plain, 9.42857142857143e-05},
        Oracle{"ring", all_reduce, seven, 0.00021428571428571422},
        Oracle{"ring", all_reduce, sliced, 0.030005000000000018, testing::h_lat},
        Oracle{"chain", broadcast, sliced, 0.02505}, Oracle{"chain", broadcast, sliced, 0.025015, testing::h_lat},
        Oracle{"tree", broadcast, plain, 0.00015}, Oracle{"tree", all_reduce, seven, 0.00039000000000000005},
        Oracle{"binary_tree", broadcast, height_two, 0.050050000000000004},
        Oracle{"binary_tree", broadcast, height_two, 0.05000999999999999, testing::h_lat},
        Oracle{"recursive_doubling", all_reduce, seven, 0.00029},
        Oracle{"halving_doubling", all_reduce, seven, 0.0002525},
        Oracle{"scatter_all_gather", broadcast, small, 6.750000000000001e-05},
        Oracle{"pairwise", all_to_all, plain, 9.42857142857143e-05},
        Oracle{"direct", all_to_all, plain, 4.428571428571429e-05, testing::fluid},
        Oracle{"bruck", all_to_all, plain, 8.142857142857143e-05},
        Oracle{"halving_doubling", reduce_scatter, many, 0.00011112500000000002},
        Oracle{"halving_doubling", all_gather, many, 0.00010175}}) {
    CollectiveRequest request = testing::request_of(oracle.scenario, oracle.algorithm, oracle.operation);
    request.segments = oracle.scenario.segments;
    expect_time(testing::time_of(oracle.scenario, request, oracle.options), oracle.time, oracle.scenario,
                oracle.algorithm);
  }
}

}  // namespace
}  // namespace lockstep::workloads
