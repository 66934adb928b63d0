#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <simgrid/s4u.hpp>

#include "tests/own_folder.hpp"
#include "tests/topology/fleets.hpp"
#include "tests/topology/formats/simgrid/platforms.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/simgrid/simgrid.hpp"

namespace lockstep::topology {
namespace {

struct Exported {
  const char* name;
  Fleet (*make)();
};

void PrintTo(const Exported& exported, std::ostream* out) {
  *out << exported.name;
}

Fleet with_odd_names() {
  FleetBuilder builder("odd & \"quoted\" <names>");
  const VertexId a = builder.add_device("a & b");
  const VertexId b = builder.add_device("<c> 'd' \"e\"");
  const VertexId hub = builder.add_switch("µ -> hub");
  builder.add_cable(a, hub, {Bandwidth(1e9), Seconds(1e-6)});
  builder.add_cable(a, hub, {Bandwidth(2e9), Seconds(1e-6)});
  builder.add_half_duplex_cable(hub, b, {Bandwidth(3e9), Seconds(2e-6)}, "half\tduplex");
  return builder.build();
}

class ExportToSimGrid : public testing::TestWithParam<Exported> {
 protected:
  void SetUp() override {
    path_ = own_folder() / "exported.xml";
    std::ofstream out(path_);
    export_simgrid_platform(fleet_, out);
    out.close();
    xbt_log_control_set("root.thres:critical");
    engine_.load_platform(path_.string());
    engine_.seal_platform();
  }

  const simgrid::s4u::Host* host(VertexId vertex) const { return engine_.host_by_name(fleet_.vertex(vertex).name); }

  Fleet fleet_ = GetParam().make();
  simgrid::s4u::Engine engine_{"export"};
  std::filesystem::path path_;
};

TEST_P(ExportToSimGrid, GivesTheSameRoutesWithTheSameFigures) {
  ASSERT_EQ(engine_.get_host_count(), fleet_.device_count());
  for (const VertexId from : fleet_.devices()) {
    for (const VertexId to : fleet_.devices()) {
      if (from == to) continue;
      std::vector<LinkId> route;
      fleet_.append_route(from, to, 0, route);
      std::vector<simgrid::s4u::Link*> links;
      double latency = 0;
      host(from)->route_to(host(to), links, &latency);
      ASSERT_EQ(links.size(), route.size());
      EXPECT_NEAR(latency, fleet_.route_latency(route).si(), 1e-15);
      for (std::size_t i = 0; i < links.size(); ++i) {
        EXPECT_TRUE(links[i]->get_name().starts_with(fleet_.link_name(route[i])));
        EXPECT_EQ(links[i]->get_bandwidth(), fleet_.channel_of(route[i]).bandwidth.si());
        EXPECT_EQ(links[i]->get_latency(), fleet_.channel_of(route[i]).latency.si());
      }
    }
  }
}

// A flow that passes a shared link twice fills it twice as fast.
double narrowest(const Fleet& fleet, const std::vector<LinkId>& route) {
  std::map<ChannelId, int> passes;
  double least = std::numeric_limits<double>::infinity();
  for (const LinkId link : route) {
    const int times = ++passes[fleet.link(link).channel];
    const Channel& channel = fleet.channel_of(link);
    least = std::min(least, channel.bandwidth.si() / (channel.sharing == Sharing::shared ? times : 1));
  }
  return least;
}

TEST_P(ExportToSimGrid, SendsInLatencyPlusBytesOverTheNarrowestLink) {
  const VertexId from = fleet_.devices().front();
  const VertexId to = fleet_.devices().back();
  const std::vector<LinkId> route = fleet_.route(from, to);
  constexpr std::uint64_t bytes = 1'000'000'000;
  double end = 0;
  simgrid::s4u::Actor::create("sender", engine_.host_by_name(fleet_.vertex(from).name), [&] {
    simgrid::s4u::Comm::sendto(engine_.host_by_name(fleet_.vertex(from).name),
                               engine_.host_by_name(fleet_.vertex(to).name), bytes);
    end = simgrid::s4u::Engine::get_clock();
  });
  engine_.run();
  const double expected = fleet_.route_latency(route).si() + static_cast<double>(bytes) / narrowest(fleet_, route);
  EXPECT_NEAR(end, expected, 1e-9 * expected);
}

INSTANTIATE_TEST_SUITE_P(
    Fleets, ExportToSimGrid,
    testing::Values(Exported{"line", [] { return topology_of("line", R"("devices":4)"); }},
                    Exported{"torus", [] { return topology_of("torus", R"("dimensions":[3,3])"); }},
                    Exported{"fat_tree", [] { return topology_of("fat_tree", R"("radix":4)"); }},
                    Exported{"switch", [] { return topology_of("switch", R"("devices":6)"); }},
                    Exported{"odd_names", with_odd_names}, Exported{"clusters", [] { return platform("clusters"); }},
                    Exported{"bypasses", [] { return platform("bypasses"); }},
                    Exported{"vivaldi", [] { return platform("vivaldi"); }}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace lockstep::topology
