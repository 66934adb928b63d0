#include "sim/engines/event_queue.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/random_stream.hpp"

namespace lockstep::sim {
namespace {

TEST(EventQueue, GivesBackByTimeAndThenInTheOrderOfScheduling) {
  EventQueue<int> queue;
  queue.schedule(Seconds(2), 1);
  queue.schedule(Seconds(1), 2);
  queue.schedule(Seconds(2), 3);
  queue.schedule(Seconds(2), 4);
  queue.schedule(Seconds(1), 5);
  for (const int expected : {2, 5, 1, 3, 4}) EXPECT_EQ(queue.pop(), expected);
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, AgreesWithAStableOrderedMap) {
  RandomStream random(1, "tests/event_queue");
  EventQueue<std::uint64_t> queue;
  std::multimap<double, std::uint64_t> reference;  // keeps the order of insertion among equal keys
  double now = 0;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    // More is put in than taken out for a while, then less; many times are equal.
    if (reference.empty() || random.below(100) < (i < 25'000 ? 60U : 40U)) {
      const double at = now + static_cast<double>(random.below(20));
      queue.schedule(Seconds(at), i);
      reference.emplace(at, i);
    } else {
      now = reference.begin()->first;
      ASSERT_EQ(queue.next_time().si(), now);
      ASSERT_EQ(queue.pop(), reference.begin()->second);
      reference.erase(reference.begin());
    }
  }
}

}  // namespace
}  // namespace lockstep::sim
