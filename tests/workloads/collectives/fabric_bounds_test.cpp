// What holds of collectives that follow the network, on random clusters: lower bounds (C35 of theory; Chan et al. 2007)
// and the bytes that have to be sent.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/unit_text.hpp"
#include "tests/workloads/collectives/simulated.hpp"

namespace lockstep::workloads {
namespace {

struct Cluster {
  std::uint32_t nodes, devices;
  double bytes;
  topology::Fleet fleet;
  double outgoing, least_latency;  // of all of a device's links together, and of one way
  double ranks() const { return double(nodes) * devices; }
};

std::string link_of(double bandwidth, double latency) {
  return R"({"bandwidth":")" + shortest_text(bandwidth) + R"( B/s","latency":")" + shortest_text(latency) + R"( s"})";
}

Cluster random_cluster(std::mt19937& random) {
  auto between = [&](double low, double high) { return std::uniform_real_distribution<>(low, high)(random); };
  const auto nodes = static_cast<std::uint32_t>(between(2, 6));
  const auto devices = static_cast<std::uint32_t>(between(1, 6));
  const double inside = between(1e10, 5e11), outside = between(1e9, 1e11);
  const double short_way = between(0, 1e-6), long_way = between(1e-6, 1e-5);
  const std::string nics = std::to_string(random() % 2 == 0 ? 1 : devices);
  const std::string text = R"({"node":{"devices":)" + std::to_string(devices) + R"(,"interconnect":"switch","link":)" +
                           link_of(inside, short_way) + R"(,"nics":)" + nics + R"(,"nic_link":)" + link_of(1e12, 0) +
                           R"(},"nodes":)" + std::to_string(nodes) +
                           R"(,"fabric":{"topology":"rail_optimized","link":)" + link_of(outside, long_way) + "}}";
  return {nodes, devices, std::pow(10, between(0, 9)), topology::fleet_from(text), inside + outside, 2 * short_way};
}

double bound(const Cluster& on, Operation operation, bool in_switches) {
  const double all = on.bytes / on.outgoing, others = (on.ranks() - 1) / on.ranks() * all;
  const double latency = in_switches ? on.least_latency : std::ceil(std::log2(on.ranks())) * on.least_latency;
  if (operation == Operation::barrier) return latency;
  if (operation == Operation::broadcast || operation == Operation::reduce || in_switches) return std::max(latency, all);
  return std::max(latency, operation == Operation::all_reduce ? 2 * others : others);
}

struct Asked {
  std::string algorithm;
  std::vector<Operation> operations;
};
const std::vector<Asked> all_asked = {
    {"hierarchical", {Operation::all_reduce, Operation::reduce_scatter, Operation::all_gather}},
    {"bucket", {Operation::all_reduce, Operation::reduce_scatter, Operation::all_gather}},
    {"bucket_all_ports", {Operation::all_reduce, Operation::reduce_scatter, Operation::all_gather}},
    {"two_level_all_to_all", {Operation::all_to_all}},
    {"in_network", {Operation::all_reduce, Operation::reduce, Operation::broadcast, Operation::barrier}}};

CollectiveRequest request_on(const Cluster& on, const Asked& asked, Operation operation) {
  CollectiveRequest request{.operation = operation, .algorithm = asked.algorithm, .bytes = Bytes(on.bytes)};
  if (asked.algorithm.starts_with("bucket")) request.dimensions = {on.devices, on.nodes};
  if (asked.algorithm == "in_network" && operation != Operation::barrier) request.segments = 3;
  return request;
}

TEST(FabricCollectives, TakeNoLessThanTheLowerBounds) {
  std::mt19937 random(20261125);
  for (std::size_t round = 0; round < 6; ++round) {
    const Cluster on = random_cluster(random);
    for (const Asked& asked : all_asked) {
      for (std::size_t i = 0; i < asked.operations.size(); ++i) {
        const Operation operation = asked.operations[i];
        const double least = bound(on, operation, asked.algorithm == "in_network") * (1 - 1e-9);
        const CollectiveRequest request = request_on(on, asked, operation);
        EXPECT_GE(testing::seconds_on(on.fleet, request, {.network = "ports"}), least) << asked.algorithm;
        // Every simulation on this network needs a process of its own, so operations take turns.
        if (i != round % asked.operations.size()) continue;
        EXPECT_GE(testing::seconds_on(on.fleet, request, {.network = "fluid"}), least) << asked.algorithm;
      }
    }
  }
}

TEST(FabricCollectives, TakeKTimesAsLongWhenAllWorkAndLatenciesAreKTimesAsMuch) {
  for (const Operation operation : {Operation::all_reduce, Operation::reduce_scatter, Operation::all_gather}) {
    auto time = [&](double factor) {
      const topology::Fleet fleet = topology::fleet_from(R"({"topology":"torus","dimensions":[4,3],"link":)" +
                                                         link_of(1e10, factor * 1e-6) + "}");
      const CollectiveRequest request{.operation = operation, .algorithm = "bucket", .bytes = Bytes(factor * 1e6)};
      return testing::seconds_on(fleet, request, {.network = "fluid"});
    };
    EXPECT_NEAR(time(7) / time(1), 7, 1e-9);
  }
}

TEST(FabricCollectives, SendWhatTheyHaveTo) {
  std::mt19937 random(7);
  for (int round = 0; round < 12; ++round) {
    const Cluster on = random_cluster(random);
    const double share = (on.ranks() - 1) / on.ranks() * on.bytes;
    for (const Asked& asked : all_asked) {
      if (asked.algorithm == "two_level_all_to_all") continue;
      for (const Operation operation : asked.operations) {
        const auto flow = trace_data(*testing::plan_on(on.fleet, request_on(on, asked, operation)));
        ASSERT_EQ(flow.fault.value_or(""), "");
        if (asked.algorithm == "in_network") continue;
        const double due = operation == Operation::all_reduce ? 2 * share : share;
        for (const Bytes sent : flow.sent) EXPECT_NEAR(sent.si() / due, 1, 1e-9) << asked.algorithm;
      }
    }
  }
}

}  // namespace
}  // namespace lockstep::workloads
