#include <gtest/gtest.h>

#include <simgrid/s4u.hpp>

#include "tests/topology/formats/simgrid/platforms.hpp"

namespace lockstep::topology {
namespace {

using Names = std::vector<std::string>;

class AgreementWithSimGrid : public testing::TestWithParam<std::string> {};

// The one place where routes differ by design: the latency between Vivaldi's coordinates is a link here.
Names without_distances(const Names& names) {
  Names kept;
  for (const std::string& name : names) {
    if (!name.starts_with("peers: ") && !name.starts_with("hosts: ")) kept.push_back(name);
  }
  return kept;
}

void compare(const Fleet& fleet, const simgrid::s4u::Host& from, const simgrid::s4u::Host& to) {
  std::vector<simgrid::s4u::Link*> links;
  double latency = 0;
  from.route_to(&to, links, &latency);
  Names expected;
  for (const auto* link : links) expected.push_back(link->get_name());
  std::vector<LinkId> route;
  const bool found = fleet.append_route(fleet.find_vertex(from.get_name()).value(),
                                        fleet.find_vertex(to.get_name()).value(), 0, route);
  ASSERT_EQ(without_distances(channel_names(fleet, route)), expected) << from.get_name() << " to " << to.get_name();
  ASSERT_EQ(found, !expected.empty() || latency > 0);
  ASSERT_NEAR(fleet.route_latency(route).si(), latency, 1e-12) << from.get_name() << " to " << to.get_name();
}

TEST_P(AgreementWithSimGrid, CoversTheRouteAndLatencyOfEveryPairOfHosts) {
  simgrid::s4u::Engine engine("agreement");
  engine.load_platform(platform_path(GetParam()));
  engine.seal_platform();
  const Fleet fleet = platform(GetParam());
  const auto hosts = engine.get_all_hosts();
  ASSERT_EQ(hosts.size(), fleet.device_count());
  for (const auto* from : hosts) {
    for (const auto* to : hosts) {
      if (from != to) compare(fleet, *from, *to);
      ASSERT_FALSE(HasFatalFailure());
    }
  }
}

TEST_P(AgreementWithSimGrid, CoversTheFiguresOfHostsAndLinks) {
  simgrid::s4u::Engine engine("agreement");
  engine.load_platform(platform_path(GetParam()));
  const Fleet fleet = platform(GetParam());
  for (const auto* host : engine.get_all_hosts()) {
    const Vertex& vertex = fleet.vertex(fleet.find_vertex(host->get_name()).value());
    const double compute = fleet.device_models()[vertex.model.value()].compute.value().si();
    EXPECT_DOUBLE_EQ(compute, host->get_speed() * host->get_core_count()) << host->get_name();
  }
  for (const Channel& channel : fleet.channels()) {
    const auto* link = engine.link_by_name_or_null(channel.name);
    if (link == nullptr) continue;  // a distance
    EXPECT_EQ(channel.latency.si(), link->get_latency()) << channel.name;
    if (link->get_sharing_policy() == simgrid::s4u::Link::SharingPolicy::WIFI) continue;
    EXPECT_EQ(channel.bandwidth.si(), link->get_bandwidth()) << channel.name;
    EXPECT_EQ(channel.sharing == Sharing::fat_pipe,
              link->get_sharing_policy() == simgrid::s4u::Link::SharingPolicy::FATPIPE)
        << channel.name;
  }
}

std::vector<std::string> all_platforms() {
  std::vector<std::string> names = platform_names();
  names.emplace_back("vivaldi");
  return names;
}

INSTANTIATE_TEST_SUITE_P(Platforms, AgreementWithSimGrid, testing::ValuesIn(all_platforms()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace lockstep::topology
