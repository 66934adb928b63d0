#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/own_folder.hpp"
#include "tests/sim/updates/updates.hpp"

// Small cases whose course one can follow by hand: workers that take 1 s, but for one that takes longer.
namespace lockstep::sim {
namespace {

Json with_straggler(Json workload, double factor) {
  workload["compute"] = "1 s";
  return run_updates(workload, {{"perturbations", {slow_device(0, factor)}}});
}

TEST(Protocols, SyncWaitsForTheSlowest) {
  const Json result = with_straggler({{"protocol", "sync"}, {"workers", 4}, {"updates", 10}}, 2.5);
  EXPECT_EQ(result["time_s"], 25.0);
  EXPECT_EQ(result["gradients"]["used"], 40);
  EXPECT_EQ(result["staleness"]["max"], 0);
  EXPECT_DOUBLE_EQ(result["worker_idle_fraction"].get<double>(), 1 - (2.5 + 3 * 1.0) / (4 * 2.5));
}

TEST(Protocols, KSyncEndsEachRoundWithTheFastestAndCancelsTheOthers) {
  const Json result = with_straggler({{"protocol", "k_sync"}, {"k", 3}, {"workers", 4}, {"updates", 10}}, 2.5);
  EXPECT_EQ(result["time_s"], 10.0);
  EXPECT_EQ(result["gradients"]["used"], 30);
  EXPECT_EQ(result["gradients"]["cancelled"], 10);
  EXPECT_EQ(result["events"], 30) << "what is cancelled never counts";
  EXPECT_EQ(result["staleness"]["max"], 0);
  EXPECT_EQ(result["worker_idle_fraction"], 0.0);
}

// The straggler's first computation would be done at 2.5 s, within the second round.
TEST(Protocols, CancelledComputationsComeToNothingWhenTheirTimeComes) {
  const Json workload = {{"protocol", "k_sync"}, {"k", 2}, {"workers", 3}, {"updates", 4}, {"timeout", "1 s"}};
  const Json result = with_straggler(workload, 2.5);
  EXPECT_EQ(result["time_s"], 8.0) << "each round waits 1 s after the second gradient, and 2.5 s would be too long";
  EXPECT_EQ(result["gradients"]["used"], 8);
}

TEST(Protocols, BoundedWaitingTakesWhoComesInTime) {
  Json workload = {{"protocol", "backup"}, {"backups", 1}, {"workers", 3}, {"updates", 4}, {"timeout", "1 s"}};
  const Json result = with_straggler(workload, 1.5);
  EXPECT_EQ(result["time_s"], 6.0) << "the round is over once all are there";
  EXPECT_EQ(result["gradients"]["used"], 12);
  EXPECT_EQ(result["gradients"]["cancelled"], 0);
}

TEST(Protocols, KBatchSyncTakesSeveralGradientsOfOneWorker) {
  const Json result = with_straggler({{"protocol", "k_batch_sync"}, {"k", 4}, {"workers", 3}, {"updates", 5}}, 10);
  EXPECT_EQ(result["time_s"], 10.0) << "two workers bring two gradients each";
  EXPECT_EQ(result["gradients"]["used"], 20);
  EXPECT_EQ(result["staleness"]["max"], 0);
}

TEST(Protocols, AsyncMakesEveryGradientAnUpdate) {
  const Json result = with_straggler({{"protocol", "async"}, {"workers", 2}, {"updates", 9}}, 2);
  EXPECT_EQ(result["time_s"], 6.0);
  // The fast worker: 0, then 0 and 1 in turns. The slow one: 2 each time but for the first, as two come before.
  EXPECT_EQ(result["staleness"]["max"], 2);
  EXPECT_EQ(result["worker_idle_fraction"], 0.0);
}

TEST(Protocols, KAsyncWaitsForGradientsOfDifferentWorkersAndCancelsNothing) {
  // Updates at 1 s and 2 s by two fast ones; at 2.5 s the slow one is the first of the next, which ends at 3 s.
  const Json result = with_straggler({{"protocol", "k_async"}, {"k", 2}, {"workers", 3}, {"updates", 3}}, 2.5);
  EXPECT_EQ(result["time_s"], 3.0);
  EXPECT_EQ(result["gradients"]["used"], 6);
  EXPECT_EQ(result["gradients"]["cancelled"], 0);
  EXPECT_EQ(result["staleness"]["histogram"], Json({5, 0, 1}));
}

TEST(Protocols, KBatchAsyncLetsNobodyWait) {
  const Json result = with_straggler({{"protocol", "k_batch_async"}, {"k", 3}, {"workers", 2}, {"updates", 3}}, 2);
  EXPECT_EQ(result["time_s"], 6.0) << "three gradients in each 2 s";
  EXPECT_EQ(result["gradients"]["used"], 9);
}

TEST(Protocols, StaleSynchronousRunsAheadUpToItsBound) {
  Json workload = {{"protocol", "ssp"}, {"staleness", 3}, {"workers", 2}, {"updates", 4}};
  EXPECT_EQ(with_straggler(workload, 100)["time_s"], 4.0) << "three ahead, and one more that is begun while it is";
  workload["updates"] = 5;
  EXPECT_EQ(with_straggler(workload, 100)["time_s"], 100.0);
  workload["updates"] = 6;
  EXPECT_EQ(with_straggler(workload, 100)["time_s"], 101.0);
}

TEST(Protocols, LocalSgdMeetsAfterItsPeriod) {
  const Json result = with_straggler({{"protocol", "local_sgd"}, {"period", 4}, {"workers", 3}, {"updates", 5}}, 2);
  EXPECT_EQ(result["time_s"], 40.0);
  EXPECT_EQ(result["gradients"]["used"], 60);
  EXPECT_EQ(result["gradients_per_s"], 1.5);
}

TEST(Protocols, ServerTakesGradientsOneAfterTheOther) {
  Json workload = {{"protocol", "sync"}, {"workers", 4}, {"updates", 3}, {"compute", "1 s"}};
  workload["server"] = {{"service", "250 ms"}};
  const Json result = run_updates(workload);
  EXPECT_EQ(result["time_s"], 6.0);
  EXPECT_EQ(result["server_utilization"], 0.5);
}

// Both gradients come at 1 s. The first is served until 3 s, and the round ends at 3.5 s, while the other is served
// until 5 s, for nothing; then the next two, which came at 4.5 s.
TEST(Protocols, GradientThatIsServedWhenItsRoundEndsComesToNothing) {
  Json workload = {{"protocol", "k_sync"}, {"k", 1}, {"timeout", "500 ms"}, {"workers", 2}, {"updates", 2}};
  workload["compute"] = "1 s";
  workload["server"] = {{"service", "2 s"}};
  const Json result = run_updates(workload);
  EXPECT_EQ(result["time_s"], 7.5);
  EXPECT_EQ(result["gradients"]["used"], 2);
  EXPECT_EQ(result["gradients"]["cancelled"], 2);
}

TEST(Protocols, SpeedsChangeUnderWay) {
  Json slow = slow_device(0, 2);
  slow["from"] = "500 ms";
  slow["until"] = "1 s";
  const Json result = run_updates({{"protocol", "sync"}, {"workers", 2}, {"updates", 2}, {"compute", "1 s"}},
                                  {{"perturbations", {slow}}});
  EXPECT_EQ(result["time_s"], 2.25);
}

TEST(Protocols, WarmUpIsLeftOutOfRates) {
  Json slow = slow_device(0, 3);
  slow["until"] = "12 s";
  Json workload = {{"protocol", "k_sync"}, {"k", 2}, {"workers", 2}, {"updates", 10}, {"warm_up", 4}};
  workload["compute"] = "1 s";
  const Json result = run_updates(workload, {{"perturbations", {slow}}});
  EXPECT_EQ(result["time_s"], 18.0);
  EXPECT_EQ(result["updates_per_s"], 1.0);
  EXPECT_EQ(result["gradients"]["used"], 12);
  EXPECT_EQ(result["worker_idle_fraction"], 0.0);
}

// Of 3 workers with k = 2, one is cancelled in each update, the last one too.
TEST(Protocols, CancelledGradientsBelongToTheirUpdate) {
  Json workload = {{"protocol", "k_sync"}, {"k", 2}, {"workers", 3}, {"updates", 10}, {"warm_up", 4}};
  EXPECT_EQ(with_straggler(workload, 2)["gradients"]["cancelled"], 6);
}

// Device 0 does half of its first gradient, and no more.
Json device_that_stops() {
  const std::string path = own_file("device_that_stops.txt", "0.5 0\n");
  return {{"perturbations", {{{"kind", "trace"}, {"file", path}, {"devices", {0}}}}}};
}

TEST(Protocols, OthersGoOnWithoutADeviceThatHasStopped) {
  const Json workload = {{"protocol", "k_sync"}, {"k", 2}, {"workers", 3}, {"updates", 4}, {"compute", "1 s"}};
  EXPECT_EQ(run_updates(workload, device_that_stops())["time_s"], 4.0);
}

TEST(Protocols, NothingGoesOnWhereAllWaitForADeviceThatHasStopped) {
  const Json workload = {{"protocol", "ssp"}, {"staleness", 1}, {"workers", 2}, {"updates", 4}, {"compute", "1 s"}};
  try {
    run_updates(workload, device_that_stops());
    FAIL() << "there should be no answer";
  } catch (const SimulationError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("after 2 of 4 updates"));
  }
}

}  // namespace
}  // namespace lockstep::sim
