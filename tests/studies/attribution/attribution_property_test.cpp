// What holds of every attribution, on drawn perturbations.
#include <gtest/gtest.h>

#include <random>

#include "tests/studies/attribution/attributions.hpp"

namespace lockstep::studies {
namespace {

Json drawn_perturbations(std::mt19937& random) {
  std::uniform_int_distribution<std::uint32_t> device(0, 7);
  std::uniform_real_distribution<double> factor(1.1, 4);
  Json all = Json::array({slow_device(device(random), factor(random))});
  all.push_back({{"kind", "stall"},
                 {"devices", {device(random)}},
                 {"every", {{"distribution", "exponential"}, {"mean", "200 us"}}},
                 {"lasts", {{"distribution", "constant"}, {"value", "50 us"}}}});
  all.push_back(
      {{"kind", "slow_links"}, {"links", {"d" + std::to_string(device(random))}}, {"factor", factor(random)}});
  all.push_back(
      {{"kind", "background_traffic"}, {"links", {"d" + std::to_string(device(random)) + "->s0"}}, {"flows", 3}});
  return all;
}

class AttributionProperty : public testing::TestWithParam<std::uint32_t> {};

TEST_P(AttributionProperty, HealingWhatNothingDisturbsSavesNothing) {
  std::mt19937 random(GetParam());
  const sim::Scenario scenario = read(training(drawn_perturbations(random)));
  const Suspects suspects(scenario);
  WhatIf healthy;
  const auto conditions = scenario.perturbations().conditions(scenario.fleet(), scenario.seed());
  for (const topology::VertexId device : scenario.fleet().devices()) {
    if (!conditions->disturbs(device)) healthy.healed.devices.push_back(device);
  }
  for (std::uint32_t i = 0; i < scenario.fleet().channels().size(); ++i) {
    if (!conditions->disturbs(topology::ChannelId(i))) healthy.healed.channels.emplace_back(i);
  }
  ASSERT_GE(healthy.healed.devices.size(), 6U);
  WhatIfs what_ifs(scenario, 2);
  const std::vector<WhatIf> both = {{}, healthy};
  const std::vector<Seconds> times = what_ifs.step_times(both);
  EXPECT_EQ(times[0], times[1]);
}

TEST_P(AttributionProperty, HealingAllIsTheUndisturbedRunHoweverItIsSaid) {
  std::mt19937 random(GetParam());
  const sim::Scenario scenario = read(training(drawn_perturbations(random)));
  const double undisturbed = time_of(training(Json::array()));
  WhatIf resources;
  const Suspects suspects(scenario);
  for (const Suspect& suspect : suspects.all()) {
    if (suspect.kind != SuspectKind::cause) continue;
    for (const auto device : suspect.devices) resources.healed.devices.push_back(device);
    for (const auto channel : suspect.channels) resources.healed.channels.push_back(channel);
  }
  WhatIfs what_ifs(scenario, 2);
  const std::vector<WhatIf> runs = {{.healed = suspects.all_healed()}, resources};
  for (const Seconds time : what_ifs.step_times(runs)) EXPECT_NEAR(time.si() / undisturbed, 1, 1e-12);
}

// Nothing is shared in this network: what the critical path does not touch cannot shorten it.
TEST_P(AttributionProperty, WhatIsNotOnTheCriticalPathSavesNothing) {
  std::mt19937 random(GetParam());
  const Attribution attribution = attribution_of(training(drawn_perturbations(random)));
  std::size_t judged = 0;
  for (const BlameTable& table : attribution.tables) {
    for (const Blame& blame : table.rows) {
      ++judged;
      if (blame.on_path > Seconds(0)) continue;
      EXPECT_NEAR(blame.saved / attribution.time, 0, 1e-12) << blame.suspect.name;
    }
  }
  EXPECT_GE(judged, 6U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AttributionProperty, testing::Range(1U, 7U));

}  // namespace
}  // namespace lockstep::studies
