#include <gtest/gtest.h>

#include <sstream>

#include "base/error.hpp"
#include "base/random_stream.hpp"
#include "sim/simulate.hpp"
#include "tests/sim/programs.hpp"
#include "topology/fleet_builder.hpp"
#include "workloads/collectives/collective_workload.hpp"
#include "workloads/step_program/json_lines.hpp"

// What is written and read again runs as before.
namespace lockstep::sim {
namespace {

using namespace literals;
using workloads::CollectiveLines;
using workloads::CollectiveRequest;
using workloads::Op;
using workloads::OpKind;
using workloads::ProgramBuilder;
using workloads::RankId;
using workloads::StepProgram;
using workloads::StreamId;
using Program = std::shared_ptr<const StepProgram>;

topology::Fleet star(std::uint32_t devices) {
  topology::FleetBuilder builder("star");
  const auto model = builder.add_device_model(
      {.name = "d", .compute = 100.0_TFLOP_per_s, .memory = {}, .memory_bandwidth = 2000.0_GB_per_s});
  const auto hub = builder.add_switch("hub");
  for (std::uint32_t i = 0; i < devices; ++i) {
    builder.add_cable(builder.add_device("d" + std::to_string(i), model), hub,
                      {.bandwidth = 50.0_GB_per_s, .latency = 1.0_us});
  }
  return builder.build();
}

std::string written(const StepProgram& program, CollectiveLines collectives = CollectiveLines::calls) {
  std::ostringstream out;
  write_program(program, out, collectives);
  return out.str();
}

Program read_back(const std::string& text, const topology::Fleet& fleet,
                  workloads::Fidelity fidelity = workloads::Fidelity::message) {
  std::istringstream in(text);
  return workloads::read_program(in, "p.jsonl", {.fleet = fleet, .devices = fleet.devices(), .fidelity = fidelity});
}

std::vector<double> ends_of(const topology::Fleet& fleet, const Program& program, const EngineOptions& options) {
  const Job job = job_on(fleet, program);
  const Timeline timeline = simulate(fleet, {&job, 1}, options);
  std::vector<double> ends;
  ends.reserve(timeline.jobs[0].rank_end.size());
  for (const Seconds end : timeline.jobs[0].rank_end) ends.push_back(end.si());
  return ends;
}

void expect_same_run(const topology::Fleet& fleet, const Program& a, const Program& b) {
  for (const char* network : {"contention_free", "ports"}) {
    for (const bool eager : {false, true}) {
      const EngineOptions options{.network = network, .eager = eager};
      EXPECT_EQ(ends_of(fleet, a, options), ends_of(fleet, b, options)) << network << eager;
    }
  }
}

// Programs of exchanges, computations and collectives on several streams. Operations wait for earlier ones only, so
// that all of them run.
class RandomProgram {
 public:
  RandomProgram(const topology::Fleet& fleet, std::uint64_t seed, bool segments)
      : fleet_(fleet), random_(seed, "program"), segments_(segments), builder_(ranks()) {
    for (std::uint32_t rank = 0; rank < ranks(); ++rank) {
      lengths_.emplace_back();
      for (std::uint64_t i = 0; i <= random_.below(3); ++i) {
        builder_.add_stream(RankId(rank), i == 2 ? "s 0" : "s " + std::to_string(i));
        lengths_.back().push_back(0);
      }
    }
  }

  Program result() {
    for (std::uint64_t i = 0; i <= random_.below(40); ++i) add_something();
    return builder_.build();
  }

 private:
  std::uint32_t ranks() const { return static_cast<std::uint32_t>(fleet_.device_count()); }
  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_.below(end)); }

  void add(std::uint32_t rank, Op op) {
    auto& lengths = lengths_[rank];
    const std::uint32_t stream = below(static_cast<std::uint32_t>(lengths.size()));
    const std::uint32_t other = below(static_cast<std::uint32_t>(lengths.size()));
    if (lengths[other] > 0 && random_.below(2) == 0)
      op.waits.push_back({StreamId(other), random_.below(lengths[other])});
    if (random_.below(2) == 0) op.label.phase = builder_.phase("F" + std::to_string(below(5)) + "\"ü");
    builder_.add(RankId(rank), StreamId(stream), op);
    ++lengths[stream];
  }

  void add_something() {
    Op op;
    switch (random_.below(5)) {
      case 0:
        op.kind = OpKind::compute;
        if (random_.below(2) == 0) op.work.nominal = Seconds(random_.uniform() * 1e-5);
        if (random_.below(2) == 0) op.work.flops = Flops(random_.uniform() * 1e9);
        if (random_.below(2) == 0) op.work.memory_traffic = Bytes(random_.uniform() * 1e7);
        return add(below(ranks()), op);
      case 1:
        op.kind = OpKind::hold;
        op.until = Seconds(random_.uniform() * 1e-4);
        return add(below(ranks()), op);
      case 2:
        return add_collective();
      default:
        return add_shift();
    }
  }

  // Everybody sends to somebody some ranks further on.
  void add_shift() {
    const std::uint32_t shift = 1 + below(ranks() - 1);
    const workloads::Tag tag = next_tag_++;
    const auto messages = 1 + below(3);
    const bool apart = random_.below(3) == 0;
    for (std::uint32_t rank = 0; rank < ranks(); ++rank) {
      Op op;
      op.receives.push_back({.peer = RankId((rank + ranks() - shift) % ranks()), .tag = tag});
      op.reduce = Bytes(apart ? 0 : 1e3 * below(3));
      const workloads::Send send{.peer = RankId((rank + shift) % ranks()),
                                 .tag = tag,
                                 .bytes = Bytes(random_.uniform() * 1e6),
                                 .messages = messages};
      if (!apart) op.sends.push_back(send);
      add(rank, op);
      if (apart) {
        Op sending;
        sending.sends.push_back(send);
        // On a stream of its own: behind the receive it would wait for ever, as everybody does.
        const StreamId stream = builder_.add_stream(RankId(rank), "sends");
        builder_.add(RankId(rank), stream, sending);
        lengths_[rank].push_back(1);
      }
    }
  }

  void add_collective() {
    std::vector<RankId> group;
    for (std::uint32_t rank = 0; rank < ranks(); ++rank) {
      if (random_.below(3) > 0)
        group.insert(group.begin() + below(static_cast<std::uint32_t>(group.size()) + 1), RankId(rank));
    }
    if (group.size() < 2) return;
    std::vector<topology::VertexId> vertices;
    vertices.reserve(group.size());
    for (const RankId rank : group) vertices.push_back(fleet_.devices()[rank.value()]);
    const CollectiveRequest request{
        .bytes = Bytes(1e3 * (1 + below(1000))), .segments = segments_ ? 1 + below(3) : 1, .channels = 1 + below(2)};
    const std::uint64_t call =
        builder_.add_collective({.plan = plan_collective(request, {fleet_, vertices}, workloads::Fidelity::message),
                                 .members = std::make_shared<std::vector<RankId>>(group),
                                 .request = std::make_shared<CollectiveRequest>(request)});
    for (std::uint32_t member = 0; member < group.size(); ++member) {
      Op op;
      op.kind = OpKind::collective;
      op.collective = call;
      op.member = RankId(member);
      add(group[member].value(), op);
    }
  }

  const topology::Fleet& fleet_;
  RandomStream random_;
  bool segments_;
  ProgramBuilder builder_;
  workloads::Tag next_tag_ = 0;  // streams that share a tag could take each other's messages, and wait for ever
  std::vector<std::vector<std::uint64_t>> lengths_;
};

TEST(ProgramLines, RunTheSameAfterTheyAreReadAndAreWrittenTheSame) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const topology::Fleet fleet = star(2 + static_cast<std::uint32_t>(seed % 5));
    const Program program = RandomProgram(fleet, seed, true).result();
    const std::string text = written(*program);
    const Program read = read_back(text, fleet);
    EXPECT_EQ(written(*read), text) << seed;
    expect_same_run(fleet, program, read);
    if (HasFailure()) FAIL() << seed << "\n" << text;
  }
}

TEST(ProgramLines, HoldTheMessagesOfCollectivesToo) {
  const EngineOptions options{.network = "contention_free"};
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const topology::Fleet fleet = star(2 + static_cast<std::uint32_t>(seed % 5));
    const Program program = RandomProgram(fleet, seed, false).result();
    const std::string text = written(*program, CollectiveLines::messages);
    EXPECT_EQ(text.find("collective"), std::string::npos);
    const Program read = read_back(text, fleet);
    EXPECT_EQ(written(*read), text) << seed;
    EXPECT_EQ(ends_of(fleet, program, options), ends_of(fleet, read, options)) << seed;
    if (HasFailure()) FAIL() << seed << "\n" << text;
  }
}

TEST(ProgramLines, HoldPlansThatReceiveAhead) {
  const topology::Fleet fleet = star(5);
  for (const std::uint32_t segments : {1U, 4U}) {
    const Program plan = plan_collective({.bytes = 1.0_MB, .segments = segments, .channels = 2},
                                         {fleet, fleet.devices()}, workloads::Fidelity::message);
    const std::string text = written(*plan);
    EXPECT_EQ(text.find("\"order\":\"ahead\"") != std::string::npos, segments > 1);
    const Program read = read_back(text, fleet);
    EXPECT_EQ(written(*read), text);
    expect_same_run(fleet, plan, read);
  }
}

TEST(ProgramLines, HoldTheCollectiveOfAScenario) {
  const topology::Fleet fleet = star(4);
  workloads::CollectiveWorkload workload{.request = {.bytes = 1.0_MB, .segments = 3},
                                         .messages = {},
                                         .ranks = {0, 1, 2, 3},
                                         .arrivals = {0.0_s, 1.0_us, 50.0_us, 3.0_us},
                                         .reduction_rate = {},
                                         .message_overhead = {}};
  for (const auto fidelity : {workloads::Fidelity::message, workloads::Fidelity::flow}) {
    const Program program = program_of(workload, {fleet, fleet.devices()}, fidelity);
    expect_same_run(fleet, program, read_back(written(*program), fleet, fidelity));
  }
}

TEST(ProgramLines, RefuseToHoldWhatTheyCannot) {
  const topology::Fleet fleet = star(3);
  const auto problem = [](const StepProgram& program, CollectiveLines collectives) -> std::string {
    try {
      written(program, collectives);
    } catch (const InputError& error) {
      return error.text().problem + "; " + error.text().suggestion;
    }
    return "none";
  };
  ProgramBuilder builder(3);
  const auto members = std::make_shared<std::vector<RankId>>(std::vector{RankId(0), RankId(1), RankId(2)});
  const auto plan =
      plan_collective({.bytes = 1.0_MB, .segments = 4}, {fleet, fleet.devices()}, workloads::Fidelity::message);
  const std::uint64_t call = builder.add_collective({.plan = plan, .members = members});
  for (std::uint32_t rank = 0; rank < 3; ++rank) {
    Op op;
    op.kind = OpKind::collective;
    op.collective = call;
    op.member = RankId(rank);
    builder.add(RankId(rank), builder.add_stream(RankId(rank), "s"), op);
  }
  const Program program = builder.build();
  EXPECT_EQ(problem(*program, CollectiveLines::calls),
            "it calls collectives that are no algorithm's, but its own; write them as messages");
  EXPECT_EQ(problem(*program, CollectiveLines::messages),
            "one of its collectives receives ahead, from when it is called; write its collectives as calls");
}

}  // namespace
}  // namespace lockstep::sim
