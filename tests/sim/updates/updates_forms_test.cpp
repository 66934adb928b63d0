#include <gtest/gtest.h>

#include <cmath>

#include "tests/sim/updates/updates.hpp"

// Is the model right? Closed forms of synchronous and asynchronous updates, S of stragglers and A of asynchrony: some
// exactly, others in the mean, where 16 replicas have to come within four standard errors of the figure.
namespace lockstep::sim {
namespace {

const Json exponential = {{"distribution", "exponential"}, {"mean", "1 s"}};

Json exponential_of(const char* mean) {
  return {{"distribution", "exponential"}, {"mean", mean}};
}

struct Form {
  const char* name;
  Json workload;
  const char* result;
  double expected;
  Json perturbations = Json::array();
};

std::ostream& operator<<(std::ostream& out, const Form& form) {
  return out << form.name;
}

double value_of(const Form& form, std::uint64_t replica) {
  const Json result = run_updates(form.workload, {{"perturbations", form.perturbations}}, replica);
  if (form.result == std::string("staleness")) return result["staleness"]["mean"].get<double>();
  return form.result == std::string("s_per_update") ? 1 / result["updates_per_s"].get<double>()
                                                    : result[form.result].get<double>();
}

class SampledForm : public testing::TestWithParam<Form> {};

TEST_P(SampledForm, HoldsInTheMean) {
  constexpr int replicas = 16;
  const Form& form = GetParam();
  double sum = 0;
  double squares = 0;
  for (int replica = 0; replica < replicas; ++replica) {
    const double value = value_of(form, static_cast<std::uint64_t>(replica));
    sum += value;
    squares += value * value;
  }
  const double mean = sum / replicas;
  const double variance = std::max(0.0, squares / replicas - mean * mean) * replicas / (replicas - 1);
  const double error = std::sqrt(variance / replicas);
  EXPECT_LE(std::abs(mean - form.expected), 4 * error) << mean << " +- " << error << " against " << form.expected;
  EXPECT_LT(error, 0.01 * form.expected) << "a mean that is not known well proves nothing";
}

// So many updates for each replica.
Json workload(const Json& more, int updates = 2000) {
  Json json = {{"compute", exponential}, {"updates", updates}};
  json.update(more);
  return json;
}

Json transient_stragglers(double probability, double factor) {
  return {{{"kind", "compute_jitter"},
           {"factor", {{"distribution", "bernoulli"}, {"probability", probability}, {"value", factor}}}}};
}

std::vector<Form> forms() {
  const Json normal = {{"distribution", "normal"}, {"mean", "1 s"}, {"stddev", "50 ms"}};
  const Json lognormal = {{"distribution", "lognormal"}, {"mu", 0}, {"sigma", 0.25}};
  const Json uniform = {{"distribution", "uniform"}, {"low", "0.9 s"}, {"high", "1.1 s"}};
  const Json shifted = {{"distribution", "shifted_exponential"}, {"shift", "1 s"}, {"mean", "100 ms"}};
  const Json pareto = {{"distribution", "pareto"}, {"scale", "1 s"}, {"shape", 4}};
  const Json heavy = {{"distribution", "pareto"}, {"scale", "1 s"}, {"shape", 3}};
  const Json served = {{"service", exponential_of("100 ms")}};
  const auto sync = [](int workers, const Json& compute) {
    return workload({{"protocol", "sync"}, {"workers", workers}, {"compute", compute}});
  };
  const auto eight = [](const char* protocol) {
    return workload({{"protocol", protocol}, {"workers", 8}, {"k", 4}}, 4000);
  };
  const auto async = [](int workers, const Json& compute) {
    return workload({{"protocol", "async"}, {"workers", workers}, {"compute", compute}, {"warm_up", 500}}, 20000);
  };
  Json served_exponential = async(8, exponential);
  Json served_constant = async(8, "1 s");
  served_exponential["server"] = served;
  served_constant["server"] = served;
  return {
      {"S01_four", sync(4, exponential), "s_per_update", 2.083333333333333},
      {"S01_sixty_four", sync(64, exponential_of("100 ms")), "s_per_update", 0.47438909037057675},
      {"S02", sync(8, shifted), "s_per_update", 1.2717857142857143},
      {"S03", sync(8, uniform), "s_per_update", 1.077777777777778},
      {"S04", sync(8, normal), "s_per_update", 1.071180015302264},
      {"S05", sync(8, pareto), "s_per_update", 2.0849244393940625},
      {"S05_some", workload({{"protocol", "k_sync"}, {"k", 30}, {"workers", 32}, {"compute", heavy}}), "s_per_update",
       2.3966573139371348},
      {"S07", sync(8, lognormal), "s_per_update", 1.444529189801469},
      {"S08", sync(64, "1 s"), "s_per_update", 1.9624758607888841, transient_stragglers(0.05, 2)},
      {"S09", workload({{"protocol", "k_sync"}, {"k", 6}, {"workers", 8}}), "s_per_update", 1.2178571428571425},
      {"S09_backup", workload({{"protocol", "backup"}, {"backups", 2}, {"workers", 8}}), "s_per_update",
       1.2178571428571425},
      {"S10", workload({{"protocol", "k_sync"}, {"k", 60}, {"workers", 64}, {"compute", "1 s"}}), "s_per_update",
       1.215642956391303, transient_stragglers(0.05, 2)},
      {"S11_sync", workload({{"protocol", "sync"}, {"workers", 8}}, 4000), "gradients_per_s", 2.9434954007884366},
      {"S11_k_sync", eight("k_sync"), "gradients_per_s", 6.303939962476548},
      {"S11_k_batch_sync", eight("k_batch_sync"), "gradients_per_s", 8},
      {"S11_k_async", eight("k_async"), "gradients_per_s", 6.303939962476548},
      {"S11_k_batch_async", eight("k_batch_async"), "gradients_per_s", 8},
      {"S11_async", async(8, exponential), "gradients_per_s", 8},
      {"S11_async_uniform", async(8, uniform), "gradients_per_s", 8},
      {"S17_one", workload({{"protocol", "local_sgd"}, {"period", 1}, {"workers", 8}}), "s_per_update",
       2.7178571428571447},
      {"S17_five",
       workload({{"protocol", "local_sgd"}, {"period", 5}, {"workers", 4}, {"compute", exponential_of("2 s")}}),
       "s_per_update", 14.855120776566082},
      {"A01", served_exponential, "updates_per_s", 6.616815671126335},
      {"A01_any_law", served_constant, "updates_per_s", 6.616815671126335},
      {"A03_served", served_exponential, "staleness", 7},
      {"A04_lockstep", workload({{"protocol", "ssp"}, {"staleness", 0}, {"workers", 2}}, 20000), "updates_per_s",
       1.3333333333333333},
      {"A04",
       workload({{"protocol", "ssp"}, {"staleness", 3}, {"workers", 2}, {"compute", exponential_of("500 ms")}}, 20000),
       "updates_per_s", 3.5555555555555554},
  };
}

std::string name_of(const testing::TestParamInfo<Form>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Updates, SampledForm, testing::ValuesIn(forms()), name_of);

// A share of the workers slower by a factor for good, over 200 s or 2 s * s: exact to the last digit.
TEST(UpdatesForms, S12PersistentStragglers) {
  struct Case {
    int workers;
    double fraction;
    double factor;
    double sync;
    double async;
  };
  for (const Case& one : {Case{100, 0.05, 2, 50, 97.5}, Case{8, 0.25, 2, 4, 7}, Case{40, 0.05, 1.25, 32, 39.6}}) {
    const Json slow = {
        {"perturbations", {{{"kind", "slow_devices"}, {"fraction", one.fraction}, {"factor", one.factor}}}}};
    // As many as there are in 200 s, in which all of them come to an end together.
    const auto updates = static_cast<int>(std::lround(200 * one.async));
    Json workload = {{"protocol", "async"}, {"workers", one.workers}, {"compute", "1 s"}, {"updates", updates}};
    const double async = run_updates(workload, slow)["gradients_per_s"].get<double>();
    workload["protocol"] = "sync";
    workload["updates"] = 200;
    const double sync = run_updates(workload, slow)["gradients_per_s"].get<double>();
    EXPECT_NEAR(async, one.async, 1e-9 * one.async);
    EXPECT_NEAR(sync, one.sync, 1e-9 * one.sync);
    EXPECT_NEAR(async / sync, one.factor * (1 - one.fraction) + one.fraction, 1e-9);
  }
}

// Bounds of staleness do not help against a straggler that stays one. Measured over whole seconds after the first.
TEST(UpdatesForms, A05StaleSynchronousRunsAtTheSlowestsPace) {
  for (const int staleness : {0, 1, 3, 10}) {
    const Json workload = {{"protocol", "ssp"}, {"staleness", staleness}, {"workers", 4},
                           {"compute", "1 s"},  {"warm_up", 400},         {"updates", 800}};
    const double rate = run_updates(workload, {{"perturbations", {slow_device(3, 2)}}})["updates_per_s"].get<double>();
    EXPECT_NEAR(rate, 4 * 0.5, 1e-9) << staleness;
  }
}

TEST(UpdatesForms, A05OfThreeSpeeds) {
  const Json workload = {{"protocol", "ssp"}, {"staleness", 2}, {"workers", 3},
                         {"compute", "1 s"},  {"warm_up", 300}, {"updates", 900}};
  const Json speeds = {{"perturbations", {slow_device(0, 1.0 / 3), slow_device(1, 0.5)}}};
  EXPECT_NEAR(run_updates(workload, speeds)["updates_per_s"].get<double>(), 3.0, 0.002 * 3);
}

TEST(UpdatesForms, A02ConstantTimesThroughOneServer) {
  struct Case {
    int workers;
    const char* compute;
    const char* service;
    double rate;
  };
  for (const Case& one : {Case{8, "1 s", "100 ms", 7.2727272727272725}, Case{4, "1 s", "500 ms", 2.0},
                          Case{3, "250 ms", "125 ms", 8.0}}) {
    const Json workload = {{"protocol", "async"},    {"workers", one.workers},
                           {"compute", one.compute}, {"server", {{"service", one.service}}},
                           {"warm_up", 240},         {"updates", 2400}};
    EXPECT_NEAR(run_updates(workload)["updates_per_s"].get<double>(), one.rate, 1e-9 * one.rate);
  }
}

// A counting identity, but for the first gradients and the last.
TEST(UpdatesForms, A03MeanStalenessIsTheNumberOfTheOthers) {
  const Json uniform = {{"distribution", "uniform"}, {"low", "0 s"}, {"high", "1 s"}};
  const Json workload = {{"protocol", "async"}, {"workers", 16}, {"compute", uniform}, {"updates", 100000}};
  EXPECT_NEAR(run_updates(workload)["staleness"]["mean"].get<double>(), 15, 16.0 * 16.0 / 100000);
}

// Of exponential times: geometric, P(k) = (1/n) (1 - 1/n)^k. Four standard errors of each share.
TEST(UpdatesForms, A03StalenessOfExponentialTimesIsGeometric) {
  const int updates = 200000;
  const Json result = run_updates({{"protocol", "async"},
                                   {"workers", 8},
                                   {"compute", exponential},
                                   {"warm_up", 1000},
                                   {"updates", updates + 1000}});
  const Json& histogram = result["staleness"]["histogram"];
  ASSERT_EQ(result["staleness"]["bin_width"], 1);
  for (std::size_t k = 0; k < 20; ++k) {
    const double share = 1.0 / 8 * std::pow(1 - 1.0 / 8, static_cast<double>(k));
    EXPECT_NEAR(histogram[k].get<double>() / updates, share, 4 * std::sqrt(share * (1 - share) / updates)) << k;
  }
}

// All push, then all pull, through the links of the server.
TEST(UpdatesForms, A17PushAndPullOverTheServersLinks) {
  const Json link = {{"bandwidth", "25 GB/s"}, {"latency", "5 us"}};
  Json fleet = {{"topology", "star"}, {"devices", 17}, {"link", link}, {"overrides", Json::array()}};
  for (const auto& [from, to] : {std::pair("d16", "s0"), std::pair("s0", "d16")}) {
    fleet["overrides"].push_back({{"from", from}, {"to", to}, {"bandwidth", "100 GB/s"}});
  }
  const Json workload = {{"protocol", "sync"},        {"compute", "0 s"}, {"payload", "10 MB"},
                         {"server", {{"at", "d16"}}}, {"warm_up", 1},     {"updates", 5}};
  const Json result = run_updates(workload, {{"fleet", fleet}, {"engine", {{"network", "fluid"}}}});
  EXPECT_NEAR(1 / result["updates_per_s"].get<double>(), 0.0032199999999999998, 1e-9 * 0.00322);
}

}  // namespace
}  // namespace lockstep::sim
