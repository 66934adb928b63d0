#include <gtest/gtest.h>

#include "tests/sim/updates/updates.hpp"

// Gradients and weights on their way through a fleet, in each network. A process simulates on fluid once.
namespace lockstep::sim {
namespace {

class UpdatesNetworks : public testing::TestWithParam<std::string> {
 protected:
  // Four workers and a server, on links over which a message takes 1 s beside 10 ms of latency.
  static Json run(Json workload, const Json& perturbations = Json::array()) {
    const Json fleet = {{"topology", "star"}, {"devices", 5}, {"link", {{"bandwidth", "1 GB/s"}, {"latency", "5 ms"}}}};
    workload["payload"] = "1 GB";
    workload["server"] = {{"at", "d4"}};
    return run_updates(workload,
                       {{"fleet", fleet}, {"perturbations", perturbations}, {"engine", {{"network", GetParam()}}}});
  }
};

// One worker has the links for itself.
TEST_P(UpdatesNetworks, CycleIsComputePushAndPull) {
  const Json result = run({{"protocol", "async"}, {"workers", 1}, {"compute", "2 s"}, {"updates", 4}});
  EXPECT_NEAR(result["time_s"].get<double>(), 4 * (2 + 1.01) + 3 * 1.01, 1e-9);
  EXPECT_EQ(result["network"]["bytes_total"], 7e9) << "nobody pulls what comes last";
  EXPECT_EQ(result["staleness"]["max"], 0);
  EXPECT_EQ(result["events"], 4 + 4 + 3);
}

// The slow worker is cancelled while it computes, twice; what it began would be done at 4 s and at 7.02 s.
TEST_P(UpdatesNetworks, CancelledComputationsNeverCount) {
  const Json result = run({{"protocol", "k_sync"}, {"k", 1}, {"workers", 2}, {"compute", "1 s"}, {"updates", 2}},
                          Json::array({slow_device(1, 4)}));
  // The pulls of both workers share the server's link, or take turns.
  const double pull = GetParam() == "fluid" ? 2.01 : 1.01;
  EXPECT_NEAR(result["time_s"].get<double>(), 2.01 + pull + 2.01, 1e-9);
  EXPECT_EQ(result["gradients"]["used"], 2);
  EXPECT_EQ(result["gradients"]["cancelled"], 2);
  EXPECT_EQ(result["network"]["bytes_total"], 4e9);
}

// The second gradient is on its way when the first ends the round: it arrives, and is dropped.
TEST_P(UpdatesNetworks, MessagesOfCancelledWorkersAreDroppedWhereTheyArrive) {
  const Json result = run({{"protocol", "k_sync"}, {"k", 1}, {"workers", 2}, {"compute", "1 s"}, {"updates", 2}},
                          Json::array({slow_device(1, 1.5)}));
  EXPECT_EQ(result["gradients"]["used"], 2);
  EXPECT_EQ(result["gradients"]["cancelled"], 2);
  EXPECT_EQ(result["staleness"]["max"], 0) << "a gradient of old weights must not count";
}

// Four messages to the server take four times as long, but where nothing is shared.
TEST_P(UpdatesNetworks, ServersLinkIsShared) {
  const Json result = run({{"protocol", "sync"}, {"workers", 4}, {"compute", "1 s"}, {"updates", 1}});
  const double push = GetParam() == "contention_free" ? 1.01 : GetParam() == "fluid" ? 4.01 : 4.04;
  EXPECT_NEAR(result["time_s"].get<double>(), 1 + push, 1e-9);
}

// A round takes 3.02 s, and the second worker's weights 10 s: they are always too late, and it never computes again.
TEST(UpdatesOfSlowLinks, WeightsOfEarlierRoundsAreDroppedWhereTheyArrive) {
  const Json slow = {{"from", "s0"}, {"to", "d1"}, {"bandwidth", "0.1 GB/s"}};
  const Json fleet = {{"topology", "star"},
                      {"devices", 3},
                      {"link", {{"bandwidth", "1 GB/s"}, {"latency", "5 ms"}}},
                      {"overrides", Json::array({slow})}};
  const Json workload = {{"protocol", "k_sync"},     {"k", 1},      {"compute", "1 s"}, {"payload", "1 GB"},
                         {"server", {{"at", "d2"}}}, {"updates", 6}};
  const Json result = run_updates(workload, {{"fleet", fleet}});
  EXPECT_NEAR(result["time_s"].get<double>(), 2.01 + 5 * 3.02, 1e-9);
  EXPECT_EQ(result["gradients"]["cancelled"], 1) << "what it computed at first";
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}
INSTANTIATE_TEST_SUITE_P(Networks, UpdatesNetworks, testing::Values("fluid", "ports", "contention_free"), name_of);

}  // namespace
}  // namespace lockstep::sim
