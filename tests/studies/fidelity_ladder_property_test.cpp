#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/random_stream.hpp"
#include "studies/fidelity_ladder.hpp"
#include "tests/studies/scenarios.hpp"

namespace lockstep::studies {
namespace {

Json ring_all_reduce(const std::string& topology, const std::vector<std::uint32_t>& ranks, std::uint64_t kilobytes) {
  return {
      {"fleet",
       {{"topology", topology}, {"devices", ranks.size()}, {"link", {{"bandwidth", "25 GB/s"}, {"latency", "3 us"}}}}},
      {"workload",
       {{"kind", "collective"},
        {"operation", "all_reduce"},
        {"algorithm", "ring"},
        {"bytes", std::to_string(kilobytes) + " kB"},
        {"ranks", ranks}}}};
}

Ladder climbed(const Json& document) {
  return climb({.document = document, .source = testing::no_file()});
}

std::vector<std::uint32_t> members(std::uint64_t count) {
  std::vector<std::uint32_t> ranks(count);
  std::iota(ranks.begin(), ranks.end(), 0U);
  return ranks;
}

// Whatever the order of the ring: a switch gives every member its own links.
TEST(FidelityLadderProperty, RungsAgreeOnRingsThatNothingContendsWith) {
  RandomStream random(7, "tests/ladder");
  for (const char* network : {"fluid", "contention_free", "ports"}) {
    for (int draw = 0; draw < 12; ++draw) {
      auto ranks = members(2 + random.below(15));
      std::ranges::shuffle(ranks, random);
      Json document = ring_all_reduce("switch", ranks, 1 + random.below(50'000));
      document["engine"]["network"] = network;
      // Ports that are held for the latency too see it once a message, flows once in all.
      if (document["engine"]["network"] == "ports") document["engine"]["port_holds_latency"] = false;
      const Ladder ladder = climbed(document);
      EXPECT_TRUE(ladder.rungs[0].form->broken_assumptions.empty()) << document;
      EXPECT_LT(std::abs(*ladder.rungs[0].error), 1e-9) << document;
      EXPECT_LT(std::abs(*ladder.rungs[1].error), 1e-9) << document;
      const auto p = static_cast<std::uint64_t>(ranks.size());
      EXPECT_EQ(ladder.rungs[1].events, p);
      EXPECT_EQ(ladder.rungs[2].events, 2 * p * (p - 1));
    }
  }
}

// A form either applies, or forgets of a crowded line what makes it slower.
TEST(FidelityLadderProperty, FormsAreOffWhereMessagesContend) {
  RandomStream random(11, "tests/ladder");
  int slower = 0;
  for (int draw = 0; draw < 30; ++draw) {
    auto ranks = members(4 + random.below(8));
    std::ranges::shuffle(ranks, random);
    const Json document = ring_all_reduce("line", ranks, 1000 + random.below(50'000));
    const Ladder ladder = climbed(document);
    EXPECT_LE(*ladder.rungs[0].error, 1e-9) << document;
    EXPECT_EQ(ladder.rungs[0].form->broken_assumptions.empty(), std::abs(*ladder.rungs[0].error) < 1e-9) << document;
    if (*ladder.rungs[0].error < -0.1) ++slower;
  }
  EXPECT_GT(slower, 20);
}

}  // namespace
}  // namespace lockstep::studies
