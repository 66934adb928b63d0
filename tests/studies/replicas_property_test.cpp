#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "studies/replica_results.hpp"
#include "tests/studies/scenarios.hpp"

namespace lockstep::studies {
namespace {

using testing::jitter;
using testing::pipeline;
using testing::run;

std::string bytes_of(const ReplicaRuns& runs) {
  return results_of(runs).dump() + csv_of(runs);
}

TEST(ReplicasProperty, AreTheSameBytesForAnyNumberOfProcesses) {
  for (const char* network : {"contention_free", "ports", "fluid"}) {
    const Json document = pipeline({jitter,
                                    {{"kind", "link_jitter"},
                                     {"every", "5 ms"},
                                     {"factor", {{"distribution", "uniform"}, {"low", 1}, {"high", 4}}}}},
                                   network);
    const std::string alone = bytes_of(run(document, {.replicas = 23, .jobs = 1}));
    for (const unsigned jobs : {2U, 5U}) {
      EXPECT_EQ(bytes_of(run(document, {.replicas = 23, .jobs = jobs})), alone) << network << jobs;
    }
  }
}

TEST(ReplicasProperty, EachIsTheSameHoweverManyThereAre) {
  const ReplicaRuns few = run(pipeline({jitter}), {.replicas = 10, .jobs = 2});
  const ReplicaRuns many = run(pipeline({jitter}), {.replicas = 100, .jobs = 3});
  for (std::size_t replica = 0; replica < few.rows.size(); ++replica) {
    EXPECT_EQ(few.rows[replica].values, many.rows[replica].values);
  }
  EXPECT_EQ(few.first->dump(), many.first->dump());
}

double correlation(const std::vector<double>& one, const std::vector<double>& other) {
  const Summary mine = summary_of(one);
  const Summary others = summary_of(other);
  double products = 0;
  for (std::size_t i = 0; i < one.size(); ++i) products += (one[i] - mine.mean) * (other[i] - others.mean);
  return products / (static_cast<double>(one.size() - 1) * *mine.stddev * *others.stddev);
}

// Four standard errors of the correlation of 400 independent pairs are 0.2.
TEST(ReplicasProperty, SeedsAndReplicasDrawIndependently) {
  std::vector<std::vector<double>> of_seed;
  std::set<double> different;
  for (const int seed : {0, 1, 2}) {
    Json document = pipeline({jitter});
    document["run"]["seed"] = seed;
    of_seed.push_back(run(document, {.replicas = 400, .jobs = 2}).sample("time_s"));
    different.insert(of_seed.back().begin(), of_seed.back().end());
  }
  EXPECT_EQ(different.size(), 1200U);
  EXPECT_LT(std::abs(correlation(of_seed[0], of_seed[1])), 0.2);
  EXPECT_LT(std::abs(correlation(of_seed[1], of_seed[2])), 0.2);
  const std::vector<double>& times = of_seed[0];
  EXPECT_LT(std::abs(correlation({times.begin(), times.end() - 1}, {times.begin() + 1, times.end()})), 0.2);
}

TEST(ReplicasProperty, EndWhenTheMeanIsKnownWellEnough) {
  const Json document = pipeline({jitter});
  const ReplicaRuns all = run(document, {.replicas = 200, .jobs = 2});
  for (const double precision : {0.02, 0.01}) {
    std::string before;
    for (const unsigned jobs : {1U, 2U, 5U}) {
      const ReplicaRuns runs = run(document, {.replicas = 200, .precision = precision, .jobs = jobs});
      ASSERT_TRUE(runs.is_precise);
      ASSERT_LT(runs.rows.size(), 200U);
      EXPECT_EQ(runs.rows.size() % ReplicaPlan::batch, 0U);
      EXPECT_TRUE(before.empty() || bytes_of(runs) == before);
      before = bytes_of(runs);
      // As late as it has to be, and no later.
      const std::vector<double> sample = runs.sample("time_s");
      RunningMean mean;
      for (std::size_t i = 0; i < sample.size(); ++i) {
        EXPECT_EQ(sample[i], all.sample("time_s")[i]);
        EXPECT_TRUE(i == 0 || i % ReplicaPlan::batch != 0 || *mean.precision() > precision) << i;
        mean.add(sample[i]);
      }
      EXPECT_LE(*mean.precision(), precision);
    }
  }
  // Steps of a campaign may all be the same; what its failures leave of the time is not.
  Json campaign = pipeline({{{"kind", "failures"},
                             {"mtbf", "3 h"},
                             {"restart", "10 min"},
                             {"checkpoint", {{"interval", "30 min"}, {"write", "60 s"}}}}});
  campaign["run"]["steps"] = 1'000'000;
  const ReplicaRuns failing = run(campaign, {.replicas = 500, .precision = 0.01, .jobs = 2});
  EXPECT_TRUE(failing.is_precise);
  EXPECT_GT(failing.rows.size(), ReplicaPlan::batch);
  RunningMean goodput;
  for (const double value : failing.sample("campaign.goodput")) goodput.add(value);
  EXPECT_LE(*goodput.precision(), 0.01);
  const ReplicaRuns short_of = run(document, {.replicas = 20, .precision = 1e-6});
  EXPECT_FALSE(short_of.is_precise);
  EXPECT_EQ(short_of.rows.size(), 20U);
  EXPECT_EQ(results_of(short_of)["replicas"]["precision"]["reached"], false);
  EXPECT_EQ(warnings_of(short_of).size(), 1U);
}

}  // namespace
}  // namespace lockstep::studies
