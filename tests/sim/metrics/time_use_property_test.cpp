#include <gtest/gtest.h>

#include "sim/metrics/time_use.hpp"
#include "sim/simulate.hpp"
#include "tests/sim/random_programs.hpp"
#include "tests/topology/fleets.hpp"

namespace lockstep::sim {
namespace {

TEST(TimeUse, AddsUpToTheTimeOfTheJob) {
  const auto fleet =
      topology::fleet_from(R"({"topology":"full_mesh","devices":4,"link":{"bandwidth":"1 GB/s","latency":"0.5 ms"}})");
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    RandomStream random(seed, "time use");
    Job job = job_on(fleet, RandomProgramMaker(fleet, random).make(80));
    if (seed % 3 == 0) job.start = Seconds(0.0123);
    if (seed % 5 == 0) job.communication_slowdown = 1.3;
    if (seed % 7 == 0) job.reduction_rate = Bandwidth(2e9);
    TimeUseWatch watch(job);
    const std::string network = seed % 2 == 0 ? "contention_free" : "ports";
    const Timeline timeline = simulate(fleet, {&job, 1}, {.network = network, .eager = seed % 4 < 2}, &watch);
    const Seconds whole = timeline.jobs[0].end - job.start;
    for (std::uint32_t rank = 0; rank < 4; ++rank) {
      const TimeUse use = watch.of(workloads::RankId(rank), timeline.jobs[0]);
      ASSERT_NEAR(use.total().si(), whole.si(), 1e-12 * whole.si()) << seed;
      // Each part is a time, and the device computes for nobody but this rank.
      Seconds computed;
      for (const Seconds time : use.computing) {
        ASSERT_GE(time.si(), 0);
        computed += time;
      }
      for (const Seconds time : use.exposed) ASSERT_GE(time.si(), 0);
      ASSERT_GE(use.straggling.si(), 0);
      ASSERT_GE(use.delays.si(), 0);
      ASSERT_GE(use.bubble.si(), -1e-15);
      ASSERT_NEAR(computed.si(), timeline.busy[rank].si(), 1e-12 * whole.si()) << seed;
    }
    ASSERT_NEAR(watch.mean(timeline.jobs[0]).total().si(), whole.si(), 1e-12 * whole.si());
  }
}

}  // namespace
}  // namespace lockstep::sim
