// How far the time of an algorithm's flows is from that of its messages, algorithm by algorithm. Networks where a
// message of several in a row costs its latency before the next can start are told apart from H-lat, where the messages
// of a pipeline overlap their latencies and flows do not: there, flows are only right where bytes take far longer.
#include <gtest/gtest.h>

#include "tests/workloads/collectives/timing.hpp"

namespace lockstep::workloads {
namespace {

using testing::Case;
using enum Operation;

struct Range {
  double least;
  double most;
};

// Flow time over message time on random cases lies in the range, and flows are fewer events.
void expect_ratio(const std::string& algorithm, Operation operation, const sim::EngineOptions& options, Range range,
                  bool with_reduction, std::uint32_t most_segments = 12) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Case scenario = testing::random_case(seed);
    if (!with_reduction) scenario.reduction = 0;
    CollectiveRequest request = testing::request_of(scenario, algorithm, operation);
    request.segments = std::min(static_cast<std::uint32_t>(1 + seed), most_segments);
    const topology::Fleet fleet = testing::fleet_of(scenario);
    const sim::Timeline messages = testing::timeline_on(fleet, scenario, request, options);
    const sim::Timeline flows = testing::timeline_on(fleet, scenario, request, options, Fidelity::flow);
    const std::string what = algorithm + ", members " + std::to_string(scenario.members) + ", segments " +
                             std::to_string(request.segments) + ", seed " + std::to_string(seed);
    EXPECT_GE(flows.end / messages.end, range.least * (1 - 1e-9)) << what;
    EXPECT_LE(flows.end / messages.end, range.most * (1 + 1e-9)) << what;
    EXPECT_LE(flows.events, messages.events) << what;
    double moved = 0;
    double due = 0;
    for (const Bytes bytes : flows.link_bytes) moved += bytes.si();
    for (const Bytes bytes : messages.link_bytes) due += bytes.si();
    EXPECT_NEAR(moved, due, 1e-9 * due) << what;
  }
}

constexpr Range equal{1, 1};

TEST(FlowFidelity, OfRingsIsExactButForHiddenLatencies) {
  for (const Operation operation : {all_reduce, reduce_scatter, all_gather}) {
    for (const auto& options : {testing::h_block, testing::contention_free}) {
      expect_ratio("ring", operation, options, equal, false);
    }
    // One segment at a time hides nothing.
    for (const auto& options : {testing::h_block, testing::h_lat, testing::contention_free}) {
      expect_ratio("ring", operation, options, equal, true, 1);
    }
  }
  expect_ratio("ring", all_reduce, testing::fluid, equal, false);
}

TEST(FlowFidelity, OfBroadcastByScatterIsExact) {
  for (const auto& options : {testing::h_block, testing::h_lat, testing::contention_free, testing::fluid}) {
    expect_ratio("scatter_all_gather", broadcast, options, equal, false, 1);
  }
}

TEST(FlowFidelity, OfSegmentedBroadcastsIsExact) {
  for (const std::string algorithm : {"chain", "binary_tree"}) {
    for (const auto& options : {testing::h_block, testing::contention_free}) {
      expect_ratio(algorithm, broadcast, options, equal, false);
    }
    expect_ratio(algorithm, broadcast, testing::fluid, equal, false);
  }
}

TEST(FlowFidelity, OfSegmentedReductionsAndAllReducesIsWithinAFifth) {
  for (const std::string algorithm : {"chain", "binary_tree"}) {
    for (const Operation operation : {reduce, all_reduce}) {
      for (const auto& options : {testing::h_block, testing::contention_free}) {
        expect_ratio(algorithm, operation, options, {0.9, 1.2}, true);
      }
    }
    expect_ratio(algorithm, all_reduce, testing::fluid, {0.9, 1.2}, true);
  }
}

TEST(FlowFidelity, OfTheDoubleTreeIsWithinATenthWhereLinksAreShared) {
  expect_ratio("double_tree", all_reduce, testing::fluid, {0.9, 1.1}, true);
  expect_ratio("double_tree", all_reduce, testing::contention_free, {0.9, 1.25}, true);
  // A port that serves a long flow first keeps the other tree waiting.
  expect_ratio("double_tree", all_reduce, testing::h_block, {0.8, 1.5}, true);
}

// C27 of theory: a ring whose every hop leaves its pod takes 2(p-1)(α + r·(n/p)β) where pods of k hosts share an uplink
// of k·B/r, by messages and by flows.
TEST(FlowFidelity, OfRingsIsExactWhereTheyContendForUplinks) {
  constexpr double latency = 5e-6;
  constexpr double bandwidth = 5e10;
  constexpr std::uint32_t hosts = 4;
  for (const double oversubscription : {1.0, 2.0, 4.0}) {
    topology::FleetBuilder builder("two pods");
    const topology::VertexId spine = builder.add_switch("spine", 2);
    std::vector<std::vector<topology::VertexId>> pods(2);
    for (std::uint32_t pod = 0; pod < 2; ++pod) {
      const topology::VertexId leaf = builder.add_switch("leaf " + std::to_string(pod));
      builder.add_cable(leaf, spine, {Bandwidth(hosts * bandwidth / oversubscription), Seconds(latency / 4)});
      for (std::uint32_t host = 0; host < hosts; ++host) {
        pods[pod].push_back(builder.add_device("device " + std::to_string(pod) + std::to_string(host)));
        builder.add_cable(pods[pod].back(), leaf, {Bandwidth(bandwidth), Seconds(latency / 4)});
      }
    }
    const topology::Fleet fleet = builder.build();
    std::vector<topology::VertexId> members;
    for (std::uint32_t i = 0; i < 2 * hosts; ++i) members.push_back(pods[i % 2][i / 2]);
    CollectiveRequest request;
    request.bytes = Bytes(1e9);
    const double p = 2 * hosts;
    const double expected = 2 * (p - 1) * (latency + oversubscription * 1e9 / p / bandwidth);
    for (const Fidelity fidelity : {Fidelity::message, Fidelity::flow}) {
      const sim::Job job{.program = plan_collective(request, {fleet, members}, fidelity), .placement = members};
      const double simulated = sim::simulate_isolated(fleet, {&job, 1}, testing::fluid).end.si();
      EXPECT_NEAR(simulated, expected, 1e-9 * expected) << oversubscription;
    }
  }
}

TEST(FlowFidelity, LeavesAlgorithmsAloneWhoseMessagesAllDiffer) {
  for (const std::string algorithm :
       {"tree", "recursive_doubling", "halving_doubling", "direct", "pairwise", "bruck", "pat"}) {
    for (const CollectiveAlgorithm& entry : collective_algorithms()) {
      if (entry.name == algorithm) {
        EXPECT_EQ(entry.messages, entry.flows) << algorithm;
      }
    }
  }
}

}  // namespace
}  // namespace lockstep::workloads
