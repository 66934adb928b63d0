// No algorithm beats the lower bounds that hold for all of them (C35 of theory; Chan et al. 2007), on no fleet.
#include <gtest/gtest.h>

#include "tests/workloads/collectives/random_requests.hpp"
#include "tests/workloads/collectives/timing.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::workloads {
namespace {

using enum Operation;

// A tree of switches at random, with devices that have one cable each, none like the other.
topology::Fleet random_tree(RandomStream& random, std::uint32_t devices) {
  topology::FleetBuilder builder("tree");
  const auto cable = [&random] {
    return topology::LinkProperties{Bandwidth(std::exp2(30 + 6 * random.uniform())),
                                    Seconds(std::exp2(-20 + 6 * random.uniform()))};
  };
  std::vector<topology::VertexId> switches;
  for (std::uint32_t i = 0; i < 4; ++i) {
    switches.push_back(builder.add_switch("switch " + std::to_string(i)));
    if (i > 0) builder.add_cable(switches[random.below(i)], switches[i], cable());
  }
  for (std::uint32_t i = 0; i < devices; ++i) {
    builder.add_cable(builder.add_device("device " + std::to_string(i)), switches[random.below(4)], cable());
  }
  return builder.build();
}

// The best that any two devices of the fleet have.
struct Best {
  double latency;
  double bandwidth;
};

Best best_of(const topology::Fleet& fleet) {
  sim::RouteTable routes(fleet);
  Best best{1e9, 0};
  for (const topology::VertexId from : fleet.devices()) {
    for (const topology::VertexId to : fleet.devices()) {
      if (from == to) continue;
      const auto& route = routes[routes.find(from, to, 0)];
      best = {std::min(best.latency, route.latency.si()), std::max(best.bandwidth, route.bandwidth.si())};
    }
  }
  return best;
}

// `rounds` is ⌈lg p⌉ where a port serves one message at a time for its latency too, and 1 where latencies overlap.
double lower_bound(Operation operation, double p, double vector, double reduced, double latency) {
  const double others = (p - 1) / p;
  switch (operation) {
    case all_reduce:
      return std::max({latency, 2 * others * vector, others * reduced});
    case reduce_scatter:
      return std::max({latency, others * vector, others * reduced});
    case broadcast:
      return std::max(latency, vector);
    case reduce:
      return std::max({latency, vector, others * reduced});
    case all_gather:
    case gather:
    case scatter:
    case all_to_all:
      return std::max(latency, others * vector);
    case all_to_all_v:  // some may have nothing to send
      return 0;
    case barrier:
      return latency;
  }
  return 0;
}

class EveryAlgorithm : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(LowerBounds, EveryAlgorithm, ::testing::ValuesIn(testing::plain_algorithms()),
                         [](const auto& suite) { return suite.param; });

void expect_bound(const std::string& name, std::uint64_t seed, const sim::EngineOptions& options) {
  for (const Operation operation : testing::algorithm_named(name).operations) {
    RandomStream random(seed, "tests/collectives/bounds", {static_cast<std::uint64_t>(operation)});
    const auto members = static_cast<std::uint32_t>(2 + random.below(15));
    const topology::Fleet fleet = random_tree(random, members);
    const CollectiveRequest request = testing::random_request(random, name, operation, members);
    testing::Case scenario{.members = members};
    scenario.reduction = random.below(2) == 0 ? 0.0 : std::exp2(-32);
    const Best best = best_of(fleet);
    const bool holds_latency = options.network == "ports" && options.ports.holds_latency;
    const double bound =
        lower_bound(operation, members, request.bytes.si() / best.bandwidth, request.bytes.si() * scenario.reduction,
                    best.latency * (holds_latency ? std::ceil(std::log2(members)) : 1));
    const double simulated = testing::timeline_on(fleet, scenario, request, options).end.si();
    EXPECT_GE(simulated, bound * (1 - 1e-9)) << testing::describe(request, members) << " on " << options.network;
  }
}

TEST_P(EveryAlgorithm, IsNoFasterThanPortsAllow) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    expect_bound(GetParam(), seed, testing::h_block);
    expect_bound(GetParam(), seed, testing::h_lat);
  }
}

TEST_P(EveryAlgorithm, IsNoFasterThanLinksAllow) {
  for (std::uint64_t seed = 50; seed < 52; ++seed) expect_bound(GetParam(), seed, testing::fluid);
}

}  // namespace
}  // namespace lockstep::workloads
