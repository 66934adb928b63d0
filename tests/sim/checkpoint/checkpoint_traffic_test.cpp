#include <gtest/gtest.h>

#include <algorithm>

#include "sim/checkpoint_job.hpp"
#include "sim/isolated_simulation.hpp"
#include "tests/sim/programs.hpp"
#include "tests/topology/fleets.hpp"

namespace lockstep::sim {
namespace {

using topology::Fleet;
using workloads::CheckpointDirection;
using workloads::CheckpointLayout;
using workloads::CheckpointLoad;
using workloads::CheckpointTraffic;
using workloads::even_checkpoint;

std::vector<topology::VertexId> devices_of(const Fleet& fleet) {
  return {fleet.devices().begin(), fleet.devices().end()};
}

Timeline run_checkpoint(const Fleet& fleet, const CheckpointLoad& load, const CheckpointTraffic& traffic,
                        const std::string& network = "fluid") {
  const std::vector<Job> jobs = {checkpoint_job(load, fleet, devices_of(fleet), traffic)};
  return simulate_isolated(fleet, jobs, {.network = network});
}

// Four leaves of 4 devices each, with a cable to each of `spines` spines.
Fleet leaf_spine(const std::string& storage, int spines = 4) {
  return topology::fleet_from(R"({"topology":"fat_tree","down":[4,4],"up":[)" + std::to_string(spines) +
                              R"(],"link":{"bandwidth":"50 GB/s","latency":"1 us"},"storage":)" + storage + "}");
}

// Of all channels, the longest that one takes for what crosses it.
Seconds busiest_channel(const Fleet& fleet, const Timeline& timeline) {
  std::vector<Bytes> carried(fleet.channels().size());
  for (std::size_t link = 0; link < fleet.links().size(); ++link) {
    carried[fleet.links()[link].channel.value()] += timeline.link_bytes[link];
  }
  Seconds longest;
  for (std::size_t c = 0; c < carried.size(); ++c)
    longest = std::max(longest, carried[c] / fleet.channels()[c].bandwidth);
  return longest;
}

constexpr double route_latency = 1e-6 + 1e-6 + 5e-6;  // device, leaf, spine, server

TEST(CheckpointTraffic, TakesWhatTheServersLinksTake) {
  const Fleet fleet = leaf_spine(R"({"read":"40 GB/s","write":"20 GB/s","latency":"5 us","servers":4})");
  const CheckpointLoad load = even_checkpoint(Bytes(160e9), 16);
  EXPECT_NEAR(run_checkpoint(fleet, load, {}).end.si(), 160.0 / 20 + route_latency, 1e-8);
  EXPECT_NEAR(run_checkpoint(fleet, load, {.direction = CheckpointDirection::load}).end.si(),
              160.0 / 40 + route_latency, 1e-8);
}

TEST(CheckpointTraffic, TakesWhatTheDevicesLinksTakeWhereTheStorageIsFaster) {
  const Fleet fleet = leaf_spine(R"({"bandwidth":"10 TB/s","latency":"5 us","servers":4})");
  const CheckpointLoad load = even_checkpoint(Bytes(160e9), 16);
  EXPECT_NEAR(run_checkpoint(fleet, load, {}).end.si(), 10.0 / 50 + route_latency, 1e-9);
}

// 10 GB of each of 4 devices, over 4 uplinks of 50 GB/s or over 2.
TEST(CheckpointTraffic, IsHeldUpByThinUplinks) {
  const std::string fast = R"({"bandwidth":"10 TB/s","latency":"5 us","servers":4})";
  const CheckpointLoad load = even_checkpoint(Bytes(160e9), 16);
  for (const CheckpointDirection direction : {CheckpointDirection::save, CheckpointDirection::load}) {
    EXPECT_NEAR(run_checkpoint(leaf_spine(fast, 4), load, {.direction = direction}).end.si(), 0.2 + route_latency,
                1e-9);
    EXPECT_NEAR(run_checkpoint(leaf_spine(fast, 2), load, {.direction = direction}).end.si(), 0.4 + route_latency,
                1e-9);
  }
}

// What every link carries is known beforehand, so no schedule ends earlier; symmetric ones end then.
TEST(CheckpointTraffic, TakesAsLongAsItsBusiestLink) {
  for (const char* servers : {"1", "2", "4", "8"}) {
    const Fleet fleet =
        leaf_spine(R"({"bandwidth":"300 GB/s","latency":"5 us","servers":)" + std::string(servers) + "}");
    for (const CheckpointDirection direction : {CheckpointDirection::save, CheckpointDirection::load}) {
      for (const CheckpointLayout layout : {CheckpointLayout::striped, CheckpointLayout::round_robin}) {
        const Timeline timeline =
            run_checkpoint(fleet, even_checkpoint(Bytes(64e9), 16), {.direction = direction, .layout = layout});
        const double bound = busiest_channel(fleet, timeline).si();
        SCOPED_TRACE(std::string(servers) + " servers, " + to_text(direction) + ", " + to_text(layout));
        EXPECT_NEAR(timeline.end.si(), bound + route_latency, 1e-9 * bound);
      }
    }
  }
}

TEST(CheckpointTraffic, ToPeersTakesOneMessageOfEachDevice) {
  const Fleet fleet = topology::fleet_from(
      R"({"topology":"rail_optimized","devices":16,"devices_per_node":4,"link":{"bandwidth":"50 GB/s","latency":"1 us"},)"
      R"("nic_link":{"bandwidth":"64 GB/s","latency":"0 us"}})");
  const CheckpointLoad load = even_checkpoint(Bytes(160e9), 16);
  for (const char* network : {"fluid", "ports", "contention_free"}) {
    const Timeline timeline = run_checkpoint(fleet, load, {.direction = CheckpointDirection::peers}, network);
    EXPECT_NEAR(timeline.end.si(), 0.2 + 2e-6, 1e-9) << network;
  }
}

TEST(CheckpointTraffic, BeginsWhenTheHostHasItsCopy) {
  const Fleet fleet = leaf_spine(R"({"bandwidth":"20 GB/s","latency":"5 us","servers":4})");
  const CheckpointLoad load = even_checkpoint(Bytes(160e9), 16);
  EXPECT_NEAR(run_checkpoint(fleet, load, {.snapshot = Bandwidth(25e9)}).end.si(),
              10.0 / 25 + 160.0 / 20 + route_latency, 1e-8);
}

// An asynchronous write shares the device's link with a step that sends as much: both take twice as long.
TEST(CheckpointTraffic, ContendsWithTheStepBesideIt) {
  const Fleet fleet =
      topology::fleet_from(R"({"topology":"switch","devices":2,"link":{"bandwidth":"10 GB/s","latency":"0 us"},)"
                           R"("storage":{"bandwidth":"1 TB/s"}})");
  const Job step = job_on(fleet, program({{{send_to(1, 10e9)}}, {{receive_from(0)}}}));
  const CheckpointLoad load{.written = {Bytes(10e9), Bytes(0)}, .loaded = {}};
  const std::vector<Job> jobs = {step, checkpoint_job(load, fleet, devices_of(fleet))};
  const Timeline timeline = simulate_isolated(fleet, jobs, {});
  EXPECT_NEAR(timeline.jobs[0].end.si(), 2.0, 1e-9);
  EXPECT_NEAR(timeline.jobs[1].end.si(), 2.0, 1e-9);
  const std::vector<Job> alone = {checkpoint_job(load, fleet, devices_of(fleet))};
  EXPECT_NEAR(simulate_isolated(fleet, alone, {}).end.si(), 1.0, 1e-9);
}

// Steps begin anew when the checkpoint, agents and all, has ended.
TEST(CheckpointTraffic, CanBeFollowed) {
  const Fleet fleet = leaf_spine(R"({"bandwidth":"20 GB/s","latency":"5 us","servers":4})");
  const Job job = checkpoint_job(even_checkpoint(Bytes(16e9), 16), fleet, devices_of(fleet));
  std::vector<Job> jobs = {job, job};
  jobs.back().follows = 0;
  const Timeline timeline = simulate_isolated(fleet, jobs, {});
  EXPECT_NEAR(timeline.jobs[1].end.si(), 2 * (16.0 / 20 + route_latency), 1e-8);
}

}  // namespace
}  // namespace lockstep::sim
