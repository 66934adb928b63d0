#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/sim/random_programs.hpp"
#include "tests/topology/fleets.hpp"

// What computes beside communication, against the integral of its speed.
namespace lockstep::sim {
namespace {

topology::Fleet small_fleet() {
  return topology::fleet_from(
      R"({"topology":"full_mesh","devices":4,"link":{"bandwidth":"1 GB/s","latency":"0.5 ms"}})");
}

struct Interval {
  double start;
  double end;
};

// When each rank communicated and what it computed, from the operations alone.
class Watch final : public Observer {
 public:
  struct Computed {
    std::uint32_t rank;
    double work;
    double begun;
    Interval span;
  };

  bool wants_inner() const override { return false; }
  void op_begun(const OpSpan& span) override { begun_[{span.place.rank, span.place.stream}] = span.start.si(); }
  void op_done(const OpSpan& span) override {
    const std::uint32_t rank = span.place.rank.value();
    const Interval interval{span.start.si(), span.end.si()};
    if (span.kind == workloads::OpKind::compute) {
      computed.push_back({rank, span.op->work.nominal.si(), begun_.at({span.place.rank, span.place.stream}), interval});
    } else if (span.kind != workloads::OpKind::hold && !is_ahead(span.place)) {
      communicated[rank].push_back(interval);
    }
  }
  void message_done(const MessageSpan& span) override {
    if (is_ahead(span.to)) communicated[span.to.rank.value()].push_back({span.start.si(), span.end.si()});
  }

  std::vector<Computed> computed;
  std::map<std::uint32_t, std::vector<Interval>> communicated;

 private:
  static bool is_ahead(const OpPlace& place) {
    return place.program->order(place.member, place.stream) == workloads::StreamOrder::ahead;
  }
  std::map<std::pair<workloads::RankId, workloads::StreamId>, double> begun_;
};

// How long something of the rank was under way within the interval.
double overlap(std::vector<Interval> busy, const Interval& within) {
  std::sort(busy.begin(), busy.end(), [](const Interval& a, const Interval& b) { return a.start < b.start; });
  double sum = 0;
  double until = within.start;
  for (const Interval& interval : busy) {
    const double from = std::max(interval.start, until);
    const double to = std::min(interval.end, within.end);
    if (to <= from) continue;
    sum += to - from;
    until = to;
  }
  return sum;
}

Timeline run_random(std::uint64_t seed, double slowdown, const std::string& network, Observer* observer) {
  const auto fleet = small_fleet();
  RandomStream random(seed, "slowdown");
  Job job = job_on(fleet, RandomProgramMaker(fleet, random).make(60));
  job.communication_slowdown = slowdown;
  return simulate(fleet, {&job, 1}, {.network = network}, observer);
}

TEST(Slowdown, TakesAsLongAsTheIntegralOfTheSpeedSays) {
  double slowed = 0;
  double computed = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Watch watch;
    run_random(seed, 1.7, seed % 2 == 0 ? "contention_free" : "ports", &watch);
    for (const Watch::Computed& op : watch.computed) {
      const double beside = overlap(watch.communicated[op.rank], op.span);
      const double alone = op.span.end - op.span.start - beside;
      ASSERT_NEAR(alone + beside / 1.7, op.work, 1e-12) << seed;
      slowed += beside;
      computed += op.work;
    }
  }
  EXPECT_GT(slowed, 0.3 * computed) << "the draws hardly overlap";
}

// A device is idle only when nothing has begun that it could do.
TEST(Slowdown, LeavesNoDeviceIdleWhileAnOperationQueues) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Watch watch;
    run_random(seed, 3, "contention_free", &watch);
    for (const Watch::Computed& op : watch.computed) {
      std::vector<Interval> others;
      for (const Watch::Computed& other : watch.computed) {
        if (other.rank == op.rank) others.push_back(other.span);
      }
      ASSERT_NEAR(overlap(others, {op.begun, op.span.start}), op.span.start - op.begun, 1e-12) << seed;
    }
  }
}

// Where a job has a slowdown, the others go through the same code.
TEST(Slowdown, ChangesNoBitOfAJobThatHasNone) {
  const auto fleet =
      topology::fleet_from(R"({"topology":"full_mesh","devices":5,"link":{"bandwidth":"1 GB/s","latency":"0.5 ms"}})");
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Timeline alone = run_random(seed, 1, "contention_free", nullptr);
    RandomStream random(seed, "slowdown");
    const auto four = small_fleet();
    std::vector<Job> jobs = {job_on(four, RandomProgramMaker(four, random).make(60)),
                             {.program = program({{{compute(0.001)}}}), .placement = {fleet.devices()[4]}}};
    jobs[1].communication_slowdown = 2;
    const Timeline beside = simulate(fleet, jobs, {.network = "contention_free"});
    for (std::size_t rank = 0; rank < 4; ++rank) {
      ASSERT_EQ(alone.jobs[0].rank_end[rank].si(), beside.jobs[0].rank_end[rank].si());
      ASSERT_EQ(alone.busy[rank].si(), beside.busy[rank].si());
    }
    ASSERT_EQ(alone.events + 1, beside.events);
  }
}

}  // namespace
}  // namespace lockstep::sim
