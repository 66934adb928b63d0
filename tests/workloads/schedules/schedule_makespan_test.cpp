#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/random_stream.hpp"
#include "tests/workloads/schedules/times.hpp"
#include "workloads/schedules/schedule_summary.hpp"
#include "workloads/schedules/schedules.hpp"

// The recurrence against what can be derived on paper, for all shapes and random times. P01 … P16 are the names of the
// closed forms of pipelines in the project's checks.
namespace lockstep::workloads {
namespace {

struct Case {
  double stages;
  double microbatches;
  double chunks;
  Share share;
};

// Changes the case to one that the formula speaks of and says what it takes, or nothing where it cannot be changed.
using Formula = std::function<std::optional<double>(Case& c, RandomStream& random)>;

double between(RandomStream& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

void expect_makespans(const std::string& name, const std::vector<std::uint32_t>& chunks, const Formula& formula) {
  Recurrence recurrence;
  int compared = 0;
  for (std::uint32_t stages = 1; stages <= 16; ++stages) {
    for (std::uint32_t microbatches = 1; microbatches <= 64; ++microbatches) {
      for (const std::uint32_t virtual_stages : chunks) {
        RandomStream random(7, name, {stages, microbatches, virtual_stages});
        Case c{double(stages), double(microbatches), double(virtual_stages), {}};
        c.share.forward = between(random, 0.1, 2);
        c.share.input_gradient = between(random, 0.1, 2);
        c.share.weight_gradient = between(random, 0.1, 2);
        const auto expected = formula(c, random);
        if (!expected) continue;
        const Schedule schedule = make_schedule(name, {stages, microbatches, virtual_stages});
        const auto makespan = recurrence.evaluate(schedule, times_of(c.share, virtual_stages));
        ASSERT_TRUE(makespan) << recurrence.deadlock();
        ASSERT_NEAR(makespan->si(), *expected, 1e-9 * *expected)
            << name << ", " << stages << " stages, " << microbatches << " microbatches, " << virtual_stages;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 80);
}

double flushed(const Case& c) {
  return (c.microbatches + c.stages - 1) * c.share.both();
}

TEST(ScheduleMakespan, GpipeIsP01AndWithTransfersP06) {
  expect_makespans("gpipe", {1}, [](Case& c, RandomStream& random) {
    c.share.transfer = random.below(2) == 0 ? 0 : between(random, 0, 3);
    return flushed(c) + 2 * (c.stages - 1) * c.share.transfer;
  });
}

TEST(ScheduleMakespan, OneForwardOneBackwardIsP02) {
  expect_makespans("1f1b", {1}, [](Case& c, RandomStream&) { return flushed(c); });
}

TEST(ScheduleMakespan, WithoutAFlushNothingIsLostEither) {
  expect_makespans("pipedream_2bw", {1}, [](Case& c, RandomStream&) { return flushed(c); });
}

TEST(ScheduleMakespan, OneForwardOneBackwardHidesNoTransferAsP07Says) {
  expect_makespans("1f1b", {1}, [](Case& c, RandomStream& random) {
    c.share.transfer = between(random, 0, 3);
    const double exposed = c.stages - 1 + c.microbatches - 1 - std::ceil((c.microbatches - 1) / c.stages);
    return flushed(c) + 2 * c.share.transfer * exposed;
  });
}

TEST(ScheduleMakespan, EagerWarmUpHidesTransfersAsP08Says) {
  expect_makespans("eager_1f1b", {1}, [](Case& c, RandomStream& random) {
    c.share.transfer = random.uniform() * std::min(c.share.forward, c.share.backward());
    return flushed(c) + 2 * (c.stages - 1) * c.share.transfer;
  });
}

TEST(ScheduleMakespan, GpipeWhoseTransfersOccupyTheSenderIsP09) {
  Recurrence recurrence;
  for (std::uint32_t stages = 2; stages <= 16; ++stages) {
    for (std::uint32_t microbatches = 1; microbatches <= 64; ++microbatches) {
      RandomStream random(7, "P09", {stages, microbatches});
      Case c{double(stages), double(microbatches), 1, {}};
      c.share.forward = between(random, 0.1, 2);
      c.share.transfer = between(random, 0, 3);
      ScheduleTimes times = times_of(c.share);
      times.occupies = TransferOccupies::sender;
      const double expected = flushed(c) + 2 * (c.microbatches + c.stages - 2) * c.share.transfer;
      const auto gpipe = recurrence.evaluate(make_schedule("gpipe", {stages, microbatches}), times);
      EXPECT_NEAR(gpipe->si(), expected, 1e-9 * expected);
      const auto alternating = recurrence.evaluate(make_schedule("1f1b", {stages, microbatches}), times);
      EXPECT_LE(alternating->si(), expected * (1 + 1e-12));
    }
  }
}

TEST(ScheduleMakespan, InterleavedIsP10AndWithTransfersP11) {
  expect_makespans("interleaved_1f1b", {1, 2, 3, 4}, [](Case& c, RandomStream& random) -> std::optional<double> {
    if (std::fmod(c.microbatches, c.stages) != 0) return std::nullopt;
    const double least = std::min(c.share.forward, c.share.backward()) / c.chunks;
    // Of a single stage's chunks all are on one device.
    if (random.below(2) == 0 && c.stages > 1) c.share.transfer = random.uniform() * least;
    return c.microbatches * c.share.both() + (c.stages - 1) * c.share.both() / c.chunks +
           2 * (c.stages * c.chunks - 1) * c.share.transfer;
  });
}

TEST(ScheduleMakespan, BreadthFirstIsP12) {
  expect_makespans("breadth_first", {1, 2, 3, 4}, [](Case& c, RandomStream&) {
    return ((c.chunks - 1) * std::max(c.microbatches, c.stages) + c.microbatches + c.stages - 1) * c.share.both() /
           c.chunks;
  });
}

TEST(ScheduleMakespan, ZeroBubbleH1IsP13) {
  expect_makespans("zb_h1", {1}, [](Case& c, RandomStream&) -> std::optional<double> {
    if (c.microbatches < c.stages) return std::nullopt;
    const Share& s = c.share;
    return c.microbatches * s.both() +
           (c.stages - 1) * std::max({s.forward, s.input_gradient, s.forward + s.input_gradient - s.weight_gradient});
  });
}

TEST(ScheduleMakespan, ZeroBubbleH2IsP14) {
  expect_makespans("zb_h2", {1}, [](Case& c, RandomStream&) -> std::optional<double> {
    if (c.microbatches < 2 * c.stages - 1) return std::nullopt;
    const Share& s = c.share;
    return c.microbatches * s.both() +
           (c.stages - 1) * std::max({s.forward, s.forward + s.input_gradient - 2 * s.weight_gradient,
                                      s.input_gradient - s.forward});
  });
}

TEST(ScheduleMakespan, ZeroBubbleVIsP15) {
  expect_makespans("zb_v", {2}, [](Case& c, RandomStream&) -> std::optional<double> {
    if (c.microbatches < 2 * c.stages - 1) return std::nullopt;
    c.share.input_gradient = c.share.weight_gradient = c.share.forward;
    return 3 * c.microbatches * c.share.forward + (c.stages - 1) * c.share.forward / 2;
  });
}

// P16, for `stages` devices and `microbatches` of both directions together.
double dual_pipe_time(double stages, double microbatches, const Share& s) {
  return (microbatches - stages - 1) * s.overlapped + (stages + 1) * s.both() +
         (stages / 2 - 1) * (s.overlapped + s.forward - 2 * s.weight_gradient);
}

void draw_dual_pipe_times(Share& share, RandomStream& random) {
  share.forward = between(random, 1, 2);
  share.weight_gradient = between(random, 0.1, 1);
  share.input_gradient = between(random, share.weight_gradient, share.forward);
  share.overlapped = between(random, std::max(share.forward, share.backward()), share.both());
}

TEST(ScheduleMakespan, DualPipeIsP16) {
  expect_makespans("dualpipe", {1}, [](Case& c, RandomStream& random) -> std::optional<double> {
    const bool is_even = std::fmod(c.stages, 2) == 0 && std::fmod(c.microbatches, 2) == 0;
    if (!is_even || c.microbatches < 2 * c.stages) return std::nullopt;
    draw_dual_pipe_times(c.share, random);
    return dual_pipe_time(c.stages, c.microbatches, c.share);
  });
}

TEST(ScheduleMakespan, DualPipeVIsADualPipeOfTwiceTheStagesAndMicrobatches) {
  expect_makespans("dualpipe_v", {2}, [](Case& c, RandomStream& random) -> std::optional<double> {
    if (c.microbatches < 2 * c.stages) return std::nullopt;
    draw_dual_pipe_times(c.share, random);
    return dual_pipe_time(2 * c.stages, 2 * c.microbatches, c.share) / 2;
  });
}

// Li and Hoefler 2021, table 2: stages - 2 slots are idle where all tasks take one slot.
TEST(ScheduleMakespan, ChimeraLosesTwoSlotsLessThanItHasStages) {
  expect_makespans("chimera", {1}, [](Case& c, RandomStream&) -> std::optional<double> {
    if (std::fmod(c.stages, 2) != 0 || std::fmod(c.microbatches, c.stages) != 0) return std::nullopt;
    c.share.input_gradient = c.share.weight_gradient = c.share.forward / 2;
    return (2 * c.microbatches + c.stages - 2) * c.share.forward;
  });
}

// The same, section 3.4: with as many microbatches as stages and slower backwards.
TEST(ScheduleMakespan, ChimerasCriticalPathHasTwiceAsManyBackwardsAsStagesLessTwo) {
  for (std::uint32_t stages = 2; stages <= 16; stages += 2) {
    const Share share{.forward = 1, .input_gradient = 1, .weight_gradient = 1};
    const auto summary = evaluate_schedule(make_schedule("chimera", {stages, stages}), times_of(share));
    EXPECT_DOUBLE_EQ(summary.makespan.si(), stages + 2 * (2 * stages - 2));
  }
}

TEST(ScheduleMakespan, UnequalGpipeIsP03AndBoundsOneForwardOneBackward) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed, "unequal");
    const auto stages = static_cast<std::uint32_t>(1 + random.below(12));
    const auto microbatches = static_cast<std::uint32_t>(1 + random.below(40));
    std::vector<Seconds> forward, backward;
    for (std::uint32_t i = 0; i < stages; ++i) forward.emplace_back(between(random, 0.1, 3));
    for (std::uint32_t i = 0; i < stages; ++i) backward.emplace_back(between(random, 0.1, 3));
    Seconds expected;
    for (const auto* times : {&forward, &backward}) {
      for (const Seconds time : *times) expected += time;
      expected += (microbatches - 1) * *std::max_element(times->begin(), times->end());
    }
    ScheduleTimes times;
    times.forward = TimeTable(forward);
    times.backward = TimeTable(backward);
    const auto gpipe = evaluate_schedule(make_schedule("gpipe", {stages, microbatches}), times);
    EXPECT_NEAR(gpipe.makespan.si(), expected.si(), 1e-9 * expected.si());
    const auto alternating = evaluate_schedule(make_schedule("1f1b", {stages, microbatches}), times);
    EXPECT_LE(alternating.makespan.si(), expected.si() * (1 + 1e-12));
  }
}

TEST(ScheduleMakespan, OneForwardOneBackwardOverUnequalStagesIsP04) {
  struct Example {
    std::uint32_t microbatches;
    std::vector<double> forward, backward;
    double makespan;
  };
  // Worked out by a second program.
  const std::vector<Example> examples = {{8, {1.0, 1.2, 0.9, 1.1}, {2.0, 2.2, 1.7, 2.4}, 37.0},
                                         {3, {1, 2, 3, 2, 1}, {3, 1, 2, 2, 1}, 26.0},
                                         {1, {1, 4}, {2, 1}, 8.0}};
  for (const Example& example : examples) {
    ScheduleTimes times;
    times.forward = TimeTable(std::vector<Seconds>(example.forward.begin(), example.forward.end()));
    times.backward = TimeTable(std::vector<Seconds>(example.backward.begin(), example.backward.end()));
    const auto stages = static_cast<std::uint32_t>(example.forward.size());
    const auto summary = evaluate_schedule(make_schedule("1f1b", {stages, example.microbatches}), times);
    EXPECT_NEAR(summary.makespan.si(), example.makespan, 1e-12 * example.makespan);
  }
}

TEST(ScheduleMakespan, OneSlowStageIsP05) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed, "slow stage");
    const auto stages = static_cast<std::uint32_t>(1 + random.below(12));
    const auto slow = static_cast<std::uint32_t>(random.below(stages));
    const auto microbatches = static_cast<std::uint32_t>(stages - slow + random.below(30));
    const double factor = between(random, 1, 3), f = between(random, 0.1, 2), b = between(random, 0.1, 2);
    std::vector<Seconds> forward(stages, Seconds(f)), backward(stages, Seconds(b));
    forward[slow] *= factor;
    backward[slow] *= factor;
    ScheduleTimes times;
    times.forward = TimeTable(forward);
    times.backward = TimeTable(backward);
    const double after = stages - 1 - slow;
    const double expected = slow * (f + b) + microbatches * factor * (f + b) +
                            after * (std::max(0.0, f + b - factor * f) + std::max(0.0, f + b - factor * b));
    const auto summary = evaluate_schedule(make_schedule("1f1b", {stages, microbatches}), times);
    EXPECT_NEAR(summary.makespan.si(), expected, 1e-9 * expected);
  }
}

}  // namespace
}  // namespace lockstep::workloads
