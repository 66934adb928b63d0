#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/audience.hpp"
#include "tests/sim/collectives.hpp"
#include "tests/sim/random_programs.hpp"
#include "tests/topology/fleets.hpp"

// What observers are told, and what timelines say of phases.
namespace lockstep::sim {
namespace {

topology::Fleet switch_of(int devices) {
  return topology::fleet_from(R"({"topology":"switch","devices":)" + std::to_string(devices) +
                              R"(,"link":{"bandwidth":"1 GB/s","latency":"0.5 ms"}})");
}
constexpr double megabyte = 1e6;

class Notes final : public Observer {
 public:
  explicit Notes(bool wants_inner) : wants_inner_(wants_inner) {}
  bool wants_inner() const override { return wants_inner_; }
  void op_begun(const OpSpan& span) override {
    note("begun", span.place, span.start);
    EXPECT_EQ(span.start.si(), span.end.si());
    EXPECT_EQ(span.op->kind, span.kind);
    EXPECT_EQ(span.called != nullptr, span.kind == workloads::OpKind::collective);
  }
  void op_done(const OpSpan& span) override { note("done", span.place, span.end); }
  void message_begun(std::uint32_t, const OpPlace& from, const OpPlace& cause) override {
    note("message by " + std::to_string(cause.rank.value()), from, {});
  }
  void message_done(const MessageSpan& span) override { note("message", span.to, span.end); }

  std::vector<std::string> said;
  std::size_t inner = 0;

 private:
  void note(const std::string& what, const OpPlace& place, Seconds at) {
    inner += place.depth > 0;
    said.push_back(what + " " + std::to_string(place.rank.value()) + "." + std::to_string(place.position) + " " +
                   std::to_string(std::lround(at.si() * 1e3)));
  }
  bool wants_inner_;
};

TEST(Observer, HearsWhenOperationsBeginAndEndInOrder) {
  const auto fleet = switch_of(2);
  const Job job = job_on(fleet, program({{{compute(0.003), send_to(1, megabyte)}, {compute(0.002)}},
                                         {{receive_from(0), after(compute(0.001), 0, 0)}}}));
  Notes notes(true);
  simulate(fleet, {&job, 1}, {.network = "contention_free"}, &notes);
  // The second stream queues behind the first. The message is over before the operations that end with it.
  EXPECT_THAT(notes.said, testing::ElementsAre("begun 0.0 0", "begun 0.0 0", "begun 1.0 0", "done 0.0 3", "begun 0.1 3",
                                               "message by 0 0.1 0", "done 0.0 5", "message 1.0 5", "done 0.1 5",
                                               "done 1.0 5", "begun 1.1 5", "done 1.1 6"));
}

TEST(Observer, HearsOfInnerOperationsOnlyWhereItWantsTo) {
  const auto fleet = switch_of(4);
  const Job job = collective_on(fleet, {.bytes = Bytes(megabyte)});
  Notes all(true);
  Notes own(false);
  simulate(fleet, {&job, 1}, {.network = "contention_free"}, &all);
  simulate(fleet, {&job, 1}, {.network = "contention_free"}, &own);
  EXPECT_GT(all.inner, 4U * 2 * 6);
  EXPECT_EQ(own.inner, 0U);
  EXPECT_EQ(own.said.size(), 8U);
}

TEST(Audience, TellsEachMemberWhatItWantsToHear) {
  const auto fleet = switch_of(4);
  std::vector<Job> jobs(2, collective_on(fleet, {.bytes = Bytes(megabyte)}));
  jobs[1].program = program({{{compute(1)}}, {}, {}, {}});
  Notes all(true);
  Notes second(false);
  Audience audience;
  audience.add(second, 1);
  EXPECT_FALSE(audience.wants_inner());
  audience.add(all);
  EXPECT_TRUE(audience.wants_inner());
  simulate(fleet, jobs, {.network = "contention_free"}, &audience);
  EXPECT_GT(all.inner, 0U);
  EXPECT_THAT(second.said, testing::ElementsAre("begun 0.0 0", "done 0.0 1000"));
}

TEST(Observer, ChangesNothing) {
  const auto fleet = switch_of(4);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomStream random(seed, "observed");
    const Job job = job_on(fleet, RandomProgramMaker(fleet, random).make(60));
    const EngineOptions options{.network = "contention_free", .eager = seed % 2 == 0};
    const Timeline alone = simulate(fleet, {&job, 1}, options);
    Notes notes(seed % 4 < 2);
    const Timeline watched = simulate(fleet, {&job, 1}, options, &notes);
    ASSERT_EQ(alone.events, watched.events);
    for (std::size_t rank = 0; rank < 4; ++rank) {
      ASSERT_EQ(alone.jobs[0].rank_end[rank].si(), watched.jobs[0].rank_end[rank].si()) << seed;
    }
  }
}

workloads::Op labelled(workloads::Op op, std::uint16_t phase) {
  op.label.phase = phase;
  return op;
}

TEST(BytesOfPhase, AreThoseOfTheJobsOwnOperations) {
  const auto fleet = switch_of(4);
  const Job collective = collective_on(fleet, {.bytes = Bytes(megabyte)});
  workloads::ProgramBuilder builder(4);
  const auto call = builder.add_collective(collective.program->collective(0));
  for (std::uint32_t i = 0; i < 4; ++i) {
    const workloads::RankId rank(i);
    const auto stream = builder.add_stream(rank, "stream");
    workloads::Op op;
    op.kind = workloads::OpKind::collective;
    op.collective = call;
    op.member = rank;
    builder.add(rank, stream, labelled(op, 2));
    builder.add(rank, stream, labelled(compute(0.001), 7));
    if (i == 0) builder.add(rank, stream, labelled(send_to(1, megabyte), 1));
    if (i == 1) builder.add(rank, stream, labelled(receive_from(0), 3));
  }
  const Job job = job_on(fleet, builder.build());
  const Timeline timeline = simulate(fleet, {&job, 1}, {.network = "contention_free"});
  const auto& bytes = timeline.jobs[0].bytes_of_phase;
  ASSERT_EQ(bytes.size(), 3U);  // what computes has none, and a message is its sender's
  EXPECT_DOUBLE_EQ(bytes[0].si(), 0);
  EXPECT_DOUBLE_EQ(bytes[1].si(), megabyte);
  EXPECT_DOUBLE_EQ(bytes[2].si(), 2 * 3 * megabyte);
}

TEST(BytesOfPhase, AddUpToAllMessages) {
  const auto fleet = switch_of(4);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomStream random(seed, "bytes");
    const std::vector<Job> jobs = {job_on(fleet, RandomProgramMaker(fleet, random).make(40)),
                                   job_on(fleet, RandomProgramMaker(fleet, random).make(40))};
    const Timeline timeline = simulate(fleet, jobs, {.network = "contention_free"});
    Bytes sum;
    for (const JobTimeline& job : timeline.jobs) {
      for (const Bytes bytes : job.bytes_of_phase) sum += bytes;
    }
    ASSERT_NEAR(sum.si(), timeline.message_bytes.si(), 1e-12 * timeline.message_bytes.si());
  }
}

}  // namespace
}  // namespace lockstep::sim
