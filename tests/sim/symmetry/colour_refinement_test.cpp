#include "sim/symmetry/colour_refinement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random_stream.hpp"

namespace lockstep::sim {
namespace {

using Classes = std::vector<std::uint32_t>;

std::vector<Sight> both_ways(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges) {
  std::vector<Sight> sights;
  for (const auto& [a, b] : edges) {
    sights.push_back({.from = a, .to = b});
    sights.push_back({.from = b, .to = a});
  }
  return sights;
}

// By the definition, round after round.
Classes refined_slowly(Classes colours, const std::vector<Sight>& sights) {
  for (;;) {
    using Seen = std::multiset<std::pair<std::uint64_t, std::uint32_t>>;
    std::vector<std::pair<std::uint32_t, Seen>> views(colours.size());
    for (std::size_t node = 0; node < colours.size(); ++node) views[node].first = colours[node];
    for (const Sight& sight : sights) views[sight.to].second.emplace(sight.label, colours[sight.from]);
    std::map<std::pair<std::uint32_t, Seen>, std::uint32_t> numbers;
    Classes next;
    for (const auto& view : views) {
      next.push_back(numbers.try_emplace(view, static_cast<std::uint32_t>(numbers.size())).first->second);
    }
    if (next == colours) return next;
    colours = next;
  }
}

TEST(RefineColours, LeavesWhatIsRegularWhole) {
  EXPECT_EQ(refine_colours(Classes(5), both_ways({{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 0}})), Classes(5));
}

TEST(RefineColours, PartsAPathByTheDistanceFromItsEnds) {
  EXPECT_EQ(refine_colours(Classes(5), both_ways({{0, 1}, {1, 2}, {2, 3}, {3, 4}})), (Classes{0, 1, 2, 1, 0}));
}

TEST(RefineColours, PartsByLabelsAlone) {
  EXPECT_EQ(refine_colours(Classes(3), std::vector<Sight>{{0, 1, 7}, {1, 0, 7}, {0, 2, 8}, {1, 2, 8}}),
            (Classes{0, 0, 1}));
}

TEST(RefineColours, CountsWhatIsSeenTwice) {
  EXPECT_EQ(refine_colours(Classes{0, 1, 1}, std::vector<Sight>{{0, 1, 0}, {0, 2, 0}, {0, 2, 0}}), (Classes{0, 1, 2}));
}

TEST(RefineColours, DoesAsTheDefinitionSays) {
  std::size_t classes = 0;
  std::size_t nodes = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed, "tests/refinement");
    const std::uint64_t count = 1 + random.below(40);
    Classes colours(count);
    for (std::uint32_t& colour : colours) colour = random.below(8) == 0 ? 1 : 0;
    std::vector<Sight> sights;
    for (std::uint64_t i = random.below(3 * count); i > 0; --i) {
      sights.push_back({.from = static_cast<std::uint32_t>(random.below(count)),
                        .to = static_cast<std::uint32_t>(random.below(count)),
                        .label = random.below(2)});
    }
    const Classes refined = refine_colours(colours, sights);
    ASSERT_EQ(refined, refined_slowly(colours, sights)) << "seed " << seed;
    classes += std::set(refined.begin(), refined.end()).size();
    nodes += count;
  }
  EXPECT_GT(classes, nodes / 4);
  EXPECT_LT(classes, nodes * 3 / 4);
}

// A ring with one odd node parts into pairs at equal distance from it, one pair a round.
TEST(RefineColours, TakesNoLongerWhereRoundsAreMany) {
  constexpr std::uint32_t count = 100'000;
  Classes colours(count);
  colours[0] = 1;
  std::vector<Sight> sights;
  for (std::uint32_t node = 0; node < count; ++node) {
    const std::uint32_t next = node + 1 < count ? node + 1 : 0;
    sights.push_back({.from = node, .to = next});
    sights.push_back({.from = next, .to = node});
  }
  const Classes refined = refine_colours(colours, sights);
  for (std::uint32_t node = 1; node < count; ++node) {
    ASSERT_EQ(refined[node], std::min(node, count - node));
  }
}

}  // namespace
}  // namespace lockstep::sim
