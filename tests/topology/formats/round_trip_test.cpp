#include "tests/topology/formats/random_fleet.hpp"

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
  for (const std::uint64_t seed : {3, 5}) survive_damage(written(RandomFleet(seed).build(), GetParam()), GetParam());
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

}  // namespace
}  // namespace lockstep::topology::testing
