// SMPI is an MPI on SimGrid by other people: its own collective algorithms run on the platform that we export.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "sim/isolated_simulation.hpp"
#include "tests/own_folder.hpp"
#include "tests/sim/collectives.hpp"
#include "tests/topology/fleets.hpp"
#include "topology/formats/simgrid/simgrid.hpp"

namespace lockstep::sim {
namespace {

namespace fs = std::filesystem;

// Without what SMPI adds for the processors, the protocols and the sizes of real MPIs.
constexpr const char* plain =
    " --cfg=network/model:CM02 --cfg=network/crosstraffic:0 --cfg=network/TCP-gamma:0 --cfg=network/weight-S:0"
    " --cfg=network/latency-factor:1 --cfg=network/bandwidth-factor:1 --cfg=smpi/simulate-computation:no"
    " --cfg=smpi/async-small-thresh:0 --cfg=smpi/send-is-detached-thresh:0 --cfg=smpi/os:0:0:0:0:0"
    " --cfg=smpi/or:0:0:0:0:0 --cfg=smpi/ois:0:0:0:0:0 --cfg=smpi/init:0 --cfg=smpi/wtime:0 --cfg=smpi/test:0"
    " --cfg=smpi/iprobe:0 --log=root.thres:critical ";

struct Pair {
  const char* ours;
  const char* smpi;
  int ranks;
};
void PrintTo(const Pair& pair, std::ostream* out) {
  *out << pair.ours << " as " << pair.smpi << " on " << pair.ranks;
}

class SmpiAllReduce : public testing::TestWithParam<Pair> {
 protected:
  double by_smpi(const topology::Fleet& fleet, int doubles) const {
    std::ofstream platform(folder_ / "platform.xml");
    topology::export_simgrid_platform(fleet, platform);
    platform.close();
    std::ofstream hosts(folder_ / "hosts");
    for (const topology::VertexId device : fleet.devices()) hosts << fleet.vertex(device).name << "\n";
    hosts.close();
    const std::string command = "cd " + folder_.string() + " && " LOCKSTEP_SMPIRUN " -np " +
                                std::to_string(fleet.device_count()) + " -hostfile hosts -platform platform.xml" +
                                plain + "--cfg=smpi/allreduce:" + GetParam().smpi + " " LOCKSTEP_SMPI_ALL_REDUCE " " +
                                std::to_string(doubles);
    FILE* output = popen(command.c_str(), "r");
    double seconds = 0;
    EXPECT_EQ(std::fscanf(output, "%lg", &seconds), 1) << command;
    EXPECT_EQ(pclose(output), 0) << command;
    return seconds;
  }

 private:
  const fs::path& folder_ = own_folder();
};

TEST_P(SmpiAllReduce, TakesAsLongAsOurs) {
  const topology::Fleet fleet = topology::topology_of("switch", "\"devices\":" + std::to_string(GetParam().ranks));
  constexpr int doubles = 600'000;
  const Job job = collective_on(fleet, {.algorithm = GetParam().ours, .bytes = Bytes(8.0 * doubles)});
  const double ours = simulate_isolated(fleet, {&job, 1}, {.network = "fluid"}).end.si();
  // SMPI sends a few bytes of protocol and rounds shares to whole elements; 2 % would do.
  EXPECT_NEAR(by_smpi(fleet, doubles), ours, 1e-4 * ours);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, SmpiAllReduce,
                         testing::Values(Pair{"ring", "lr", 6}, Pair{"ring", "lr", 16},
                                         Pair{"recursive_doubling", "rdb", 8}, Pair{"recursive_doubling", "rdb", 16},
                                         Pair{"halving_doubling", "rab", 8}, Pair{"halving_doubling", "rab", 16}),
                         [](const auto& test) {
                           return std::string(test.param.ours) + "_" + std::to_string(test.param.ranks);
                         });

}  // namespace
}  // namespace lockstep::sim
