// What contention costs, in the figures that closed forms and hand calculation give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/isolated_simulation.hpp"
#include "tests/sim/collectives.hpp"
#include "tests/sim/programs.hpp"
#include "tests/topology/fleets.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::sim {
namespace {

using topology::Fleet;
using topology::FleetBuilder;
using topology::VertexId;

Timeline on_fluid(const Fleet& fleet, std::span<const Job> jobs) {
  return simulate_isolated(fleet, jobs, {.network = "fluid"});
}
Timeline on_fluid(const Fleet& fleet, const Job& job) {
  return on_fluid(fleet, {&job, 1});
}

void expect_time(Seconds found, double expected) {
  EXPECT_NEAR(found.si(), expected, 1e-12 * expected);
}

// The peers say 20 or 160 ms of this.
TEST(FluidContention, LetsSevenSendersShareOneReceiver) {
  const Fleet fleet =
      topology::fleet_from(R"({"topology":"switch","devices":8,"link":{"bandwidth":"50 GiB/s","latency":"1 us"}})");
  std::vector<Streams> ranks(8);
  for (std::uint32_t sender = 1; sender < 8; ++sender) {
    ranks[0].push_back({receive_from(sender)});
    ranks[sender].push_back({send_to(0, 0x1p30)});
  }
  expect_time(on_fluid(fleet, job_on(fleet, program(ranks))).end, 0.140 + 2e-6);
}

// Pods of k hosts below switches whose uplinks carry k/r times what a host's link does; all latency is in the hosts'
// links, so that every way takes alpha.
struct Pods {
  std::uint32_t k;  // hosts a pod
  std::uint32_t q;  // pods
  double r;         // oversubscription
  double alpha;
  double bandwidth;
};

Fleet fleet_of(const Pods& pods) {
  FleetBuilder builder("pods");
  const VertexId spine = builder.add_switch("spine");
  for (std::uint32_t pod = 0; pod < pods.q; ++pod) {
    const VertexId leaf = builder.add_switch("leaf" + std::to_string(pod));
    builder.add_cable(leaf, spine, {Bandwidth(pods.k * pods.bandwidth / pods.r), Seconds(0)});
    for (std::uint32_t host = 0; host < pods.k; ++host) {
      builder.add_cable(builder.add_device("d" + std::to_string(pod * pods.k + host)), leaf,
                        {Bandwidth(pods.bandwidth), Seconds(pods.alpha / 2)});
    }
  }
  return builder.build();
}

struct Case {
  Pods pods;
  double n;
};
const std::vector<Case> cases = {
    {{4, 2, 2, 5e-6, 5e10}, 1e9}, {{4, 4, 4, 1e-5, 1e10}, 1e7}, {{8, 2, 3, 5e-6, 1e10}, 1e6}};

// All to all, every message at once, through a spine that is too thin: alpha + n/(pB) * max(p-1, r(p-k)). The spine's
// share is what its uplinks carry, k(p-k) messages over kB/r.
TEST(FluidContention, SendsAllToAllThroughAThinSpine) {
  for (const auto& [pods, n] : cases) {
    const Fleet fleet = fleet_of(pods);
    const std::uint32_t p = pods.k * pods.q;
    std::vector<Streams> ranks(p);
    for (std::uint32_t rank = 0; rank < p; ++rank) {
      workloads::Op op;
      for (std::uint32_t peer = 0; peer < p; ++peer) {
        if (peer == rank) continue;
        op.sends.push_back({.peer = workloads::RankId(peer), .bytes = Bytes(n / p)});
        op.receives.push_back({.peer = workloads::RankId(peer)});
      }
      ranks[rank] = {{op}};
    }
    expect_time(on_fluid(fleet, job_on(fleet, program(ranks))).end,
                pods.alpha + n / p / pods.bandwidth * std::max(p - 1.0, pods.r * (p - pods.k)));
  }
}

Seconds ring_in_order(const Case& of, const std::vector<std::uint32_t>& order) {
  const Fleet fleet = fleet_of(of.pods);
  std::vector<VertexId> members;
  members.reserve(order.size());
  for (const std::uint32_t device : order) members.push_back(fleet.devices()[device]);
  return on_fluid(fleet, collective_on(fleet, members, {.bytes = Bytes(of.n)})).end;
}

// 2(p-1)(alpha + n/(pB) * slowdown)
double ring_time(const Case& of, double slowdown) {
  const double p = of.pods.k * of.pods.q;
  return 2 * (p - 1) * (of.pods.alpha + of.n / p / of.pods.bandwidth * slowdown);
}

TEST(FluidContention, HidesOversubscriptionFromARingThatFollowsThePods) {
  for (const Case& of : cases) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t rank = 0; rank < of.pods.k * of.pods.q; ++rank) order.push_back(rank);
    expect_time(ring_in_order(of, order), ring_time(of, std::max(1.0, of.pods.r / of.pods.k)));
  }
}

TEST(FluidContention, SlowsARingWhoseEveryHopLeavesThePodByTheOversubscription) {
  for (const Case& of : cases) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t host = 0; host < of.pods.k; ++host) {
      for (std::uint32_t pod = 0; pod < of.pods.q; ++pod) order.push_back(pod * of.pods.k + host);
    }
    expect_time(ring_in_order(of, order), ring_time(of, std::max(1.0, of.pods.r)));
  }
}

// The slowest link of each step sets the pace: 3 flows on the uplinks of 2 NICs' worth, and so on. All steps are
// equal, so ranks stay in step.
TEST(FluidContention, SlowsARingInAnyOrderByItsFullestLink) {
  expect_time(ring_in_order(cases[0], {3, 1, 0, 6, 4, 5, 2, 7}), 0.03507);
  expect_time(ring_in_order(cases[1], {11, 8, 13, 6, 1, 4, 15, 3, 14, 12, 5, 7, 2, 9, 10, 0}), 0.0078);
  expect_time(ring_in_order(cases[2], {3, 12, 7, 15, 4, 0, 9, 11, 13, 5, 8, 2, 6, 10, 1, 14}), 0.000571875);
}

// Jobs of one message each.
std::vector<Job> messages(const std::vector<std::pair<VertexId, VertexId>>& ends, const std::vector<double>& bytes) {
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    jobs.push_back({.program = program({{{send_to(1, bytes[i])}}, {{receive_from(0)}}}),
                    .placement = {ends[i].first, ends[i].second}});
  }
  return jobs;
}

// Flow j of sizes in ascending order ends at alpha + (the sizes before it + (m-j+1) * its own) / B.
TEST(FluidContention, LetsShortFlowsLeaveALinkToTheLongOnes) {
  const std::vector<double> sizes = {1000, 2e6, 2e6, 7.5e8, 1e9};
  FleetBuilder builder("one link");
  const VertexId a = builder.add_device("a");
  const VertexId b = builder.add_device("b");
  builder.add_cable(a, b, {Bandwidth(1e11), Seconds(1e-5)});
  const Fleet fleet = builder.build();
  const Timeline timeline = on_fluid(fleet, messages(std::vector(sizes.size(), std::pair(a, b)), sizes));
  double before = 0;
  for (std::size_t j = 0; j < sizes.size(); ++j) {
    expect_time(timeline.jobs[j].end, 1e-5 + (before + double(sizes.size() - j) * sizes[j]) / 1e11);
    before += sizes[j];
  }
}

// One flow over all links of a chain, and one over each of them: every flow gets half.
TEST(FluidContention, HalvesAParkingLot) {
  for (const std::uint32_t length : {1U, 3U, 5U, 8U}) {
    FleetBuilder builder("parking lot");
    std::vector<VertexId> switches;
    std::vector<VertexId> devices;
    for (std::uint32_t i = 0; i <= length; ++i) {
      switches.push_back(builder.add_switch("s" + std::to_string(i)));
      devices.push_back(builder.add_device("d" + std::to_string(i)));
      builder.add_cable(devices[i], switches[i], {Bandwidth(5e11), Seconds(2.5e-6)});
      if (i > 0) builder.add_cable(switches[i - 1], switches[i], {Bandwidth(5e10), Seconds(0)});
    }
    const Fleet fleet = builder.build();
    std::vector<std::pair<VertexId, VertexId>> ends = {{devices.front(), devices.back()}};
    for (std::uint32_t i = 0; i < length; ++i) ends.emplace_back(devices[i], devices[i + 1]);
    const Timeline timeline = on_fluid(fleet, messages(ends, std::vector<double>(ends.size(), 1e9)));
    for (const JobTimeline& job : timeline.jobs) expect_time(job.end, 5e-6 + 2 * 1e9 / 5e10);
  }
}

// Eight devices of a node send along their rails, and all rails leave by one NIC: eight times as long as with a NIC
// each.
TEST(FluidContention, LetsEightRailsShareOneNic) {
  FleetBuilder builder("one NIC a node");
  const VertexId spine = builder.add_switch("spine");
  std::vector<VertexId> devices;
  for (int node = 0; node < 2; ++node) {
    const std::string name = std::to_string(node);
    const VertexId nic = builder.add_vertex({.kind = topology::VertexKind::nic, .name = "nic" + name});
    const VertexId inside = builder.add_switch("nvswitch" + name);
    builder.add_cable(nic, spine, {Bandwidth(5e10), Seconds(1e-6)});
    builder.add_cable(inside, nic, {Bandwidth(1e12), Seconds(0)});
    for (int rail = 0; rail < 8; ++rail) {
      devices.push_back(builder.add_device("d" + name + "." + std::to_string(rail)));
      builder.add_cable(devices.back(), inside, {Bandwidth(4.5e11), Seconds(1e-6)});
    }
  }
  std::vector<std::pair<VertexId, VertexId>> ends;
  for (std::size_t rail = 0; rail < 8; ++rail) ends.emplace_back(devices[rail], devices[8 + rail]);
  const Timeline timeline = on_fluid(builder.build(), messages(ends, std::vector<double>(8, 7e7)));
  for (const JobTimeline& job : timeline.jobs) expect_time(job.end, 4e-6 + 8 * 7e7 / 5e10);
}

// 2(p-1)(alpha + n/(pB)) for every p and n, also where n/p is no whole number of bytes.
TEST(FluidContention, RunsRingsInTheirClosedForm) {
  for (const std::uint32_t p : {2U, 3U, 7U, 16U, 33U}) {
    const Fleet fleet = topology::topology_of("switch", "\"devices\":" + std::to_string(p));
    for (const double n : {1.0, 1000.0, 1e6, 123456789.0, 1e11}) {
      expect_time(on_fluid(fleet, collective_on(fleet, {.bytes = Bytes(n)})).end, 2 * (p - 1) * (2e-6 + n / p / 50e9));
    }
  }
}

}  // namespace
}  // namespace lockstep::sim
