// The same collectives by plain SimGrid: an actor for every rank, mailboxes, and the platform that we export.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <simgrid/s4u.hpp>

#include "base/child_tasks.hpp"
#include "sim/isolated_simulation.hpp"
#include "tests/own_folder.hpp"
#include "tests/sim/collectives.hpp"
#include "tests/topology/fleets.hpp"
#include "topology/formats/simgrid/simgrid.hpp"

namespace lockstep::sim {
namespace {

namespace s4u = simgrid::s4u;

using topology::Fleet;
using workloads::CollectivePlan;
using workloads::CollectiveRequest;
using workloads::RankId;
using workloads::StreamId;

// What the stream of a rank does, in turn: it posts the sends and receives of an operation, and waits for all.
void act(const CollectivePlan& plan, RankId rank, StreamId stream) {
  const auto mailbox = [](RankId from, RankId to, workloads::Tag tag) {
    return s4u::Mailbox::by_name(std::to_string(from.value()) + ">" + std::to_string(to.value()) + "." +
                                 std::to_string(tag));
  };
  static int payload = 0;
  int* received = nullptr;
  workloads::Op op;
  for (std::uint64_t position = 0; position < plan.length(rank, stream); ++position) {
    op.clear();
    plan.fetch(rank, stream, position, op);
    std::vector<s4u::CommPtr> posted;
    posted.reserve(op.receives.size());
    for (const auto& receive : op.receives) {
      posted.push_back(mailbox(receive.peer, rank, receive.tag)->get_async<int>(&received));
    }
    for (const auto& send : op.sends) {
      posted.push_back(mailbox(rank, send.peer, send.tag)
                           ->put_async(&payload, static_cast<std::uint64_t>(std::llround(send.bytes.si()))));
    }
    s4u::Comm::wait_all(posted);
  }
}

double by_plain_simgrid(const Fleet& fleet, const CollectivePlan& plan) {
  const auto path = own_folder() / "platform.xml";
  const ChildTask task = [&] {
    std::ofstream platform(path);
    topology::export_simgrid_platform(fleet, platform);
    platform.close();
    std::vector<std::string> texts = {"plain",
                                      "--log=root.thres:critical",
                                      "--cfg=network/model:CM02",
                                      "--cfg=network/crosstraffic:0",
                                      "--cfg=network/TCP-gamma:0",
                                      "--cfg=network/latency-factor:1",
                                      "--cfg=network/bandwidth-factor:1",
                                      "--cfg=network/weight-S:0",
                                      "--cfg=surf/precision:1e-12"};
    std::vector<char*> arguments;
    arguments.reserve(texts.size() + 1);
    for (std::string& text : texts) arguments.push_back(text.data());
    int count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);
    s4u::Engine engine(&count, arguments.data());
    engine.load_platform(path.string());
    for (std::uint32_t rank = 0; rank < plan.rank_count(); ++rank) {
      s4u::Host* host = engine.host_by_name(fleet.vertex(fleet.devices()[rank]).name);
      for (std::uint32_t stream = 0; stream < plan.stream_count(RankId(rank)); ++stream) {
        s4u::Actor::create("rank", host, [&plan, rank, stream] { act(plan, RankId(rank), StreamId(stream)); });
      }
    }
    engine.run();
    const double end = s4u::Engine::get_clock();
    return std::string(reinterpret_cast<const char*>(&end), sizeof(end));
  };
  const auto answers = run_in_children({&task, 1}, 1);
  std::filesystem::remove(path);
  double end = 0;
  std::memcpy(&end, answers.front().bytes().data(), sizeof(end));
  return end;
}

void expect_agreement(const Fleet& fleet, const CollectiveRequest& request) {
  const std::vector<topology::VertexId> members(fleet.devices().begin(), fleet.devices().end());
  const auto plan = workloads::plan_collective(request, {fleet, members}, workloads::Fidelity::message);
  const Job job = collective_on(fleet, request);
  const double ours = simulate_isolated(fleet, {&job, 1}, {.network = "fluid"}).end.si();
  EXPECT_NEAR(ours, by_plain_simgrid(fleet, *plan), 1e-9 * ours)
      << request.algorithm << " " << to_text(request.operation) << " on " << fleet.name();
}

// Sizes are whole bytes for every rank here: plain SimGrid knows no others.
CollectiveRequest request(workloads::Operation operation, const std::string& algorithm) {
  return {.operation = operation, .algorithm = algorithm, .bytes = Bytes(16 * 15 * 1e4)};
}

// On one switch all ways are equally long, so that SimGrid's weighing of flows by latency makes no difference.
TEST(PlainSimGrid, AgreesOnCollectivesThroughASwitch) {
  using enum workloads::Operation;
  const Fleet fleet = topology::topology_of("switch", R"("devices":8)");
  for (const char* algorithm : {"ring", "recursive_doubling", "halving_doubling", "tree", "direct"}) {
    expect_agreement(fleet, request(all_reduce, algorithm));
  }
  expect_agreement(fleet, request(all_gather, "bruck"));
  expect_agreement(fleet, request(all_to_all, "pairwise"));
  expect_agreement(fleet, request(all_to_all, "direct"));
  expect_agreement(fleet, request(gather, "direct"));
}

TEST(PlainSimGrid, AgreesOnRingsOverOtherFleets) {
  using enum workloads::Operation;
  expect_agreement(topology::topology_of("torus", R"("dimensions":[3,4])"), request(all_reduce, "ring"));
  expect_agreement(topology::topology_of("ring", R"("devices":10)"), request(reduce_scatter, "ring"));
  expect_agreement(topology::topology_of("fat_tree", R"("radix":4)"), request(all_reduce, "ring"));
  expect_agreement(topology::topology_of("full_mesh", R"("devices":6)"), request(all_to_all, "direct"));
}

}  // namespace
}  // namespace lockstep::sim
