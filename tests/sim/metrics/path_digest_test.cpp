#include "sim/metrics/path_digest.hpp"

#include <gtest/gtest.h>

#include "base/random_stream.hpp"

namespace lockstep::sim {
namespace {

PathStep step(std::uint32_t rank, double start, double end, std::uint16_t phase, PathWhat what = PathWhat::operation) {
  PathStep one;
  one.what = what;
  one.rank = workloads::RankId(rank);
  one.label.phase = phase;
  one.start = Seconds(start);
  one.end = Seconds(end);
  return one;
}

TEST(PathDigest, JoinsTheStepsOfARank) {
  const std::vector<PathStep> path = {step(4, 0, 1, 0), step(4, 1, 4, 2), step(5, 4, 5, 0),
                                      step(5, 5, 9, 7, PathWhat::queueing)};
  const auto stretches = digest(path, 5);
  ASSERT_EQ(stretches.size(), 2U);
  EXPECT_EQ(stretches[0].rank, workloads::RankId(4));
  EXPECT_EQ(stretches[0].phases, (std::vector<std::uint16_t>{2, 0}));
  EXPECT_EQ(stretches[0].end, Seconds(4));
  EXPECT_EQ(stretches[1].phases, std::vector<std::uint16_t>{0}) << "queueing is no phase";
}

TEST(PathDigest, KeepsTheLongestApart) {
  std::vector<PathStep> path;
  for (std::uint32_t i = 0; i < 100; ++i) path.push_back(step(i, i, i + 1, 0));
  path[50].end = Seconds(60);
  for (std::uint32_t i = 51; i < 100; ++i) path[i] = step(i, i + 9, i + 10, 0);
  const auto stretches = digest(path, 3);
  ASSERT_EQ(stretches.size(), 3U);
  EXPECT_EQ(stretches[0].ranks, 50U);
  EXPECT_EQ(stretches[1].rank, workloads::RankId(50));
  EXPECT_EQ(stretches[1].ranks, 1U);
  EXPECT_EQ(stretches[2].ranks, 49U);
}

TEST(PathDigest, LeavesNoHoleAndIsAsShortAsAsked) {
  RandomStream random(1, "tests/path_digest");
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<PathStep> path;
    double now = 0;
    for (std::uint64_t i = 0; i <= random.below(80); ++i) {
      const double end = now + random.uniform();
      path.push_back(step(static_cast<std::uint32_t>(random.below(4)), now, end, 0));
      now = end;
    }
    const std::size_t most = 1 + 2 * random.below(12);
    const auto stretches = digest(path, most);
    ASSERT_LE(stretches.size(), most);
    EXPECT_EQ(stretches.front().start, Seconds(0));
    EXPECT_EQ(stretches.back().end, Seconds(now));
    for (std::size_t i = 1; i < stretches.size(); ++i) EXPECT_EQ(stretches[i].start, stretches[i - 1].end);
  }
  EXPECT_TRUE(digest({}, 3).empty());
}

}  // namespace
}  // namespace lockstep::sim
