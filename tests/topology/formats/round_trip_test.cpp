#include "tests/topology/formats/random_fleet.hpp"

#include <gtest/gtest.h>

namespace lockstep::topology::testing {
namespace {

class RoundTrip : public ::testing::TestWithParam<std::string> {};

TEST_P(RoundTrip, ReadsBackWhatItWrote) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    const Fleet fleet = RandomFleet(seed).build();
    const std::string text = written(fleet, GetParam());
    expect_equal_parts(read(text), fleet);
    EXPECT_EQ(written(read(text, GetParam()), GetParam()), text);
    if (HasFailure()) break;
  }
}

TEST_P(RoundTrip, SurvivesDamage) {
  for (const std::uint64_t seed : {3U, 5U}) survive_damage(written(RandomFleet(seed).build(), GetParam()), GetParam());
}

TEST_P(RoundTrip, RefusesFleetsWithExplicitRoutes) {
  const Fleet plain = RandomFleet(1).build();
  FleetParts parts = plain.parts();
  struct NoRoutes final : Router {
    bool append_route(const Fleet&, VertexId, VertexId, FlowLabel, std::vector<LinkId>&) const override {
      return false;
    }
  };
  parts.router = std::make_shared<NoRoutes>();
  parts.routing = {.kind = RoutingSpec::Kind::table};
  EXPECT_THROW(written(Fleet(std::move(parts)), GetParam()), InputError);
}

INSTANTIATE_TEST_SUITE_P(Formats, RoundTrip, ::testing::Values("node_link", "graphml"),
                         [](const auto& instance) { return instance.param; });

// Files may ask for any routing of any graph: each route is then a chain of links, or refused.
TEST(OddFleets, RouteInChainsOrNotAtAll) {
  std::size_t routes = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Fleet plain = RandomFleet(seed).build();
    for (const auto kind : {RoutingSpec::Kind::rail, RoutingSpec::Kind::up_down, RoutingSpec::Kind::ecmp,
                            RoutingSpec::Kind::shortest_path, RoutingSpec::Kind::dimension_order}) {
      FleetParts parts = plain.parts();
      parts.routing.kind = kind;
      try {
        const Fleet fleet(std::move(parts));
        for (std::size_t pair = 0; pair < fleet.vertices().size() * fleet.vertices().size(); ++pair) {
          const VertexId from(pair / fleet.vertices().size());
          const VertexId to(pair % fleet.vertices().size());
          std::vector<LinkId> links;
          if (!fleet.append_route(from, to, 0, links)) continue;
          VertexId at = from;
          for (const LinkId id : links) {
            ASSERT_EQ(fleet.link(id).from, at);
            at = fleet.link(id).to;
          }
          ASSERT_EQ(at, to);
          ++routes;
        }
      } catch (const InputError&) {
      }
    }
  }
  EXPECT_GT(routes, 1000U);
}

}  // namespace
}  // namespace lockstep::topology::testing
