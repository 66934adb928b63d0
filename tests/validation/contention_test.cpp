// The fluid engine against the closed forms of contention, with the worked values of an independent simulation.
#include <gtest/gtest.h>

#include "tests/validation/cases.hpp"
#include "topology/fleet_builder.hpp"
#include "validation/closed_forms/contention.hpp"

namespace lockstep::validation {
namespace {

using topology::VertexId;
using workloads::Operation;

struct PodFleet {
  std::uint32_t hosts;  // in each pod
  std::uint32_t pods;
  double oversubscription;
  double latency;  // from host to host, however far
  double bandwidth;

  // Pods under one core switch; each has one uplink for all of its hosts.
  topology::Fleet build() const {
    topology::FleetBuilder builder("pods");
    const VertexId core = builder.add_switch("core", 2);
    const topology::LinkProperties host{Bandwidth(bandwidth), Seconds(latency / 2)};
    const topology::LinkProperties up{Bandwidth(hosts * bandwidth / oversubscription), Seconds(0)};
    std::vector<VertexId> leaves;
    for (std::uint32_t pod = 0; pod < pods; ++pod) {
      leaves.push_back(builder.add_switch("leaf" + std::to_string(pod)));
      builder.add_cable(leaves.back(), core, up);
    }
    for (std::uint32_t i = 0; i < hosts * pods; ++i) {
      builder.add_cable(builder.add_device("d" + std::to_string(i)), leaves[i / hosts], host);
    }
    return builder.build();
  }
};

CollectiveCase ring_on(const PodFleet& fleet, double bytes, const std::vector<std::uint32_t>& order) {
  CollectiveCase made = case_on(fleet.build(), Operation::all_reduce, "ring", bytes);
  keep_members(made, order);
  return made;
}

std::vector<std::uint32_t> in_order(const PodFleet& fleet) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < fleet.hosts * fleet.pods; ++i) order.push_back(i);
  return order;
}
std::vector<std::uint32_t> strided(const PodFleet& fleet) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t host = 0; host < fleet.hosts; ++host) {
    for (std::uint32_t pod = 0; pod < fleet.pods; ++pod) order.push_back(pod * fleet.hosts + host);
  }
  return order;
}

void expect_applies(const CrossCheck& checked, const std::string& id, double expected) {
  const FormCheck* check = find_form(checked, id);
  ASSERT_NE(check, nullptr) << id;
  EXPECT_TRUE(check->applies) << id << ": " << (check->applies ? "" : check->broken_assumptions.front().explanation);
  EXPECT_TRUE(check->holds) << id;
  EXPECT_NEAR(check->prediction.time.si(), expected, 1e-9 * expected) << id;
}

const PodFleet two_pods = {4, 2, 2, 5e-6, 5e10};
const PodFleet four_pods = {4, 4, 4, 1e-5, 1e10};
const PodFleet wide_pods = {8, 2, 3, 5e-6, 1e10};

TEST(Contention, DirectAllToAllAmongPodsC25) {
  const auto check = [](const PodFleet& fleet, double bytes, double expected) {
    const CollectiveCase subject = case_on(fleet.build(), Operation::all_to_all, "direct", bytes);
    expect_applies(cross_check(subject, run), "C25", expected);
  };
  check(two_pods, 1e9, 0.020005);
  check(four_pods, 1e7, 0.00301);
  check(wide_pods, 1e6, 0.000155);
}

TEST(Contention, RingsInPodOrderC26) {
  const auto check = [](const PodFleet& fleet, double bytes, double expected) {
    expect_applies(cross_check(ring_on(fleet, bytes, in_order(fleet)), run), "C26", expected);
  };
  check(two_pods, 1e9, 0.03507);
  check(four_pods, 1e7, 0.002175);
  check(wide_pods, 1e6, 0.0003375);
  const PodFleet narrow = {4, 3, 8, 5e-6, 5e10};  // r > k: the uplink of one flow is slower than a host's link
  expect_applies(cross_check(ring_on(narrow, 1e9, in_order(narrow)), run), "C26",
                 ring_all_reduce_in_pod_order({4, 3, 8}, Bytes(1e9), {Seconds(5e-6), pace(Bandwidth(5e10))}).si());
}

TEST(Contention, RingsWhoseHopsLeaveTheirPodsC27) {
  const auto check = [](const PodFleet& fleet, double bytes, double expected) {
    const CrossCheck checked = cross_check(ring_on(fleet, bytes, strided(fleet)), run);
    expect_applies(checked, "C27", expected);
    expect_applies(checked, "C28", expected);
    const FormCheck* plain = find_form(checked, "C03");
    ASSERT_EQ(broken_names(*plain), std::vector<std::string>{"uncontended"});
    EXPECT_NEAR((checked.simulated - plain->broken_assumptions.front().cost).si(), plain->prediction.time.si(),
                1e-9 * expected);
  };
  check(two_pods, 1e9, 0.07007);
  check(four_pods, 1e7, 0.007800000000000001);
  check(wide_pods, 1e6, 0.0007125);
}

TEST(Contention, RingsOnAnyMappingStayInTheBracketC29) {
  const auto check = [](const PodFleet& fleet, double bytes, const std::vector<std::uint32_t>& order, double lower,
                        double upper) {
    const CrossCheck checked = cross_check(ring_on(fleet, bytes, order), run);
    expect_applies(checked, "C29", lower);
    EXPECT_NEAR(find_form(checked, "C29")->prediction.upper->si(), upper, 1e-9 * upper);
  };
  check(four_pods, 1e7, {11, 8, 13, 6, 1, 4, 15, 3, 14, 12, 5, 7, 2, 9, 10, 0}, 0.00751, 0.007800000000000001);
  check(wide_pods, 1e6, {3, 12, 7, 15, 4, 0, 9, 11, 13, 5, 8, 2, 6, 10, 1, 14}, 0.000426875, 0.000571875);
}

// `count` devices send to the next switch of a row; the last one hears everything.
CollectiveCase sends(topology::Fleet fleet, const std::vector<workloads::StatedMessage>& messages) {
  CollectiveCase made = case_on(std::move(fleet), Operation::all_reduce, "", 0);
  made.workload.messages = messages;
  return made;
}

workloads::StatedMessage message(std::size_t from, std::size_t to, double bytes) {
  return {.from = workloads::RankId(from), .to = workloads::RankId(to), .bytes = Bytes(bytes), .at = {}};
}

topology::Fleet switched(std::uint32_t devices, double alpha, double bandwidth) {
  topology::FleetBuilder builder("switched");
  const VertexId hub = builder.add_switch("hub");
  for (std::uint32_t i = 0; i < devices; ++i) {
    builder.add_cable(builder.add_device("d" + std::to_string(i)), hub, {Bandwidth(bandwidth), Seconds(alpha / 2)});
  }
  return builder.build();
}

TEST(Contention, MessagesOnOneLinkC30) {
  std::vector<workloads::StatedMessage> equal;
  for (std::size_t i = 1; i <= 4; ++i) equal.push_back(message(i, 0, 1e8));
  expect_applies(cross_check(sends(switched(5, 5e-6, 5e10), equal), run), "C30", 0.008005);
  expect_applies(cross_check(sends(switched(3, 1e-5, 1e11), {message(1, 0, 1000), message(2, 0, 1e9)}), run), "C30",
                 0.01001001);
}

TEST(Contention, SevenSendersOfAGibibyteTake140MillisecondsAndTheLatency) {
  std::vector<workloads::StatedMessage> all;
  for (std::size_t i = 1; i <= 7; ++i) all.push_back(message(i, 0, 0x1p30));
  const CrossCheck checked = cross_check(sends(switched(8, 4e-6, 50 * 0x1p30), all), run);
  EXPECT_NEAR(checked.simulated.si(), 0.140 + 4e-6, 1e-11);
  expect_applies(checked, "C30", 0.140 + 4e-6);
  expect_applies(checked, "C31", 0.140 + 4e-6);
}

TEST(Contention, TheParkingLotC31) {
  const auto check = [](std::size_t links, double bytes, double alpha, double bandwidth, double expected) {
    topology::FleetBuilder builder("parking lot");
    std::vector<VertexId> row;
    for (std::size_t i = 0; i <= links; ++i) row.push_back(builder.add_switch("s" + std::to_string(i)));
    for (std::size_t i = 0; i < links; ++i) builder.add_cable(row[i], row[i + 1], {Bandwidth(bandwidth), Seconds(0)});
    // A sender and a receiver of its own at each switch, with links that are never the narrowest.
    const topology::LinkProperties wide{Bandwidth(100 * bandwidth), Seconds(alpha / 2)};
    for (std::size_t i = 0; i <= links; ++i) {
      builder.add_cable(builder.add_device("from" + std::to_string(i)), row[i], wide);
      builder.add_cable(builder.add_device("to" + std::to_string(i)), row[i], wide);
    }
    std::vector<workloads::StatedMessage> all = {message(0, 2 * links + 1, bytes)};
    for (std::size_t i = 0; i < links; ++i) all.push_back(message(2 * i, 2 * (i + 1) + 1, bytes));
    const CrossCheck checked = cross_check(sends(builder.build(), all), run);
    expect_applies(checked, "C31", expected);
  };
  check(3, 1e9, 5e-6, 5e10, 0.040005);
  check(5, 1e7, 2e-6, 1e11, 0.000202);
  check(8, 1e5, 1e-6, 1e9, 0.000201);
}

Hockney cost_of(double alpha, double bandwidth) {
  return {Seconds(alpha), pace(Bandwidth(bandwidth))};
}

// Nodes with one link to the spine each; every message inside a node, and every one that leaves it, costs the same.
struct NodeFleet {
  std::uint32_t members;  // in each node
  std::uint32_t nodes;
  Hockney inside;
  Hockney between;

  topology::Fleet build() const {
    topology::FleetBuilder builder("nodes");
    const VertexId spine = builder.add_switch("spine", 2);
    for (std::uint32_t node = 0; node < nodes; ++node) {
      const auto name = [&](const std::string& stem) { return stem + std::to_string(node); };
      const topology::Place place{.node = node};
      const VertexId hub = builder.add_switch(name("hub"), 1, place);
      builder.add_cable(hub, spine, {1 / between.beta, (between.alpha - inside.alpha) / 2});
      for (std::uint32_t i = 0; i < members; ++i) {
        const VertexId device = builder.add_device(name("d" + std::to_string(i) + "."), {}, place);
        builder.add_cable(device, hub, {1 / inside.beta, inside.alpha / 2});
      }
    }
    return builder.build();
  }
};

const NodeFleet large_nodes = {8, 4, cost_of(1e-6, 4.5e11), cost_of(5e-6, 5e10)};
const NodeFleet pairs = {2, 3, cost_of(1e-6, 1e11), cost_of(5e-6, 1e10)};
const NodeFleet triples = {3, 5, cost_of(3e-6, 2e11), cost_of(2e-5, 4e10)};

TEST(Contention, AFlatRingThroughNodesC22) {
  const auto check = [](const NodeFleet& fleet, double bytes, double expected) {
    for (const char* network : {"fluid", "ports", "contention_free"}) {
      const CollectiveCase subject = case_on(fleet.build(), Operation::all_reduce, "ring", bytes, network);
      expect_applies(cross_check(subject, run), "C22", expected);
    }
  };
  check(large_nodes, 1e9, 0.039060000000000004);
  check(pairs, 1e6, 0.00021666666666666663);
  check(triples, 1e7, 0.0010266666666666668);
}

TEST(Contention, RailsThatShareANicC21) {
  const auto check = [](const NodeFleet& fleet, double bytes, double expected) {
    const CrossCheck checked = cross_check(case_on(fleet.build(), Operation::all_reduce, "hierarchical", bytes), run);
    expect_applies(checked, "C21", expected);
    // With a NIC for each rail it would be C20, and the difference is the contention.
    const FormCheck* rails = find_form(checked, "C20");
    ASSERT_EQ(broken_names(*rails), std::vector<std::string>{"uncontended"});
    EXPECT_NEAR((checked.simulated - rails->broken_assumptions.front().cost).si(), rails->prediction.time.si(),
                1e-9 * expected);
  };
  check(large_nodes, 1e9, 0.03393288888888889);
  check(pairs, 1e6, 0.0001653333333333333);
  check(triples, 1e7, 0.0006386666666666667);
}

TEST(Contention, OneSwitchThatReducesC24) {
  const auto check = [](std::uint32_t devices, double bytes, double bandwidth, double overlapped, double in_turn) {
    CollectiveCase subject = case_on(switched(devices, 0, bandwidth), Operation::all_reduce, "in_switch", bytes);
    subject.fidelity = workloads::Fidelity::flow;
    expect_applies(cross_check(subject, run), "C24", overlapped);
    subject.workload.request.phases = workloads::Phases::sequential;
    expect_applies(cross_check(subject, run), "C24", in_turn);
  };
  check(8, 1e9, 4.5e11, 0.0025, 0.0044444444444444444);
  check(2, 1e6, 1e11, 1.5e-05, 2e-05);
  check(6, 5e8, 4.5e11, 0.0012962962962962965, 0.0022222222222222222);
}

}  // namespace
}  // namespace lockstep::validation
