// The forms of stragglers against a small simulation of workers and protocols: where a form applies, its expectation is
// within four standard errors of the mean.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <queue>

#include "base/random_stream.hpp"
#include "tests/validation/order_statistics/laws.hpp"
#include "validation/statistics/straggler_situation.hpp"

namespace lockstep::validation {
namespace {

SampledMean mean_of(const std::vector<double>& samples) {
  double mean = 0, squares = 0;
  const auto count = static_cast<double>(samples.size());
  for (const double sample : samples) mean += sample / count;
  for (const double sample : samples) squares += (sample - mean) * (sample - mean);
  return {.mean = Seconds(mean), .stddev = Seconds(std::sqrt(squares / (count - 1))), .count = samples.size()};
}

struct Law {
  const char* name;
  Json parameters;
  Distribution distribution() const { return law_of(name, parameters); }
};

const std::vector<Law>& laws() {
  static const std::vector<Law> all = {{"exponential", {{"mean", 1.5}}},
                                       {"shifted_exponential", {{"shift", 1}, {"mean", 0.5}}},
                                       {"uniform", {{"low", 1}, {"high", 3}}},
                                       {"normal", {{"mean", 1}, {"stddev", 0.4}}},
                                       {"lognormal", {{"median", 1}, {"sigma", 0.5}}},
                                       {"pareto", {{"scale", 1}, {"shape", 5}}},
                                       {"weibull", {{"scale", 1}, {"shape", 0.9}}},
                                       {"bernoulli", {{"probability", 0.05}, {"value", 3}}},
                                       {"empirical", {{"values", {1, 1.1, 2}}}}};
  return all;
}

// Steps that wait for the k fastest, a local step or several.
SampledMean waited(const StragglerSituation& at, std::size_t steps) {
  RandomStream stream(3, "steps");
  std::vector<double> times, workers(at.rank.n);
  for (std::size_t step = 0; step < steps; ++step) {
    for (double& worker : workers) {
      worker = 0;
      for (std::uint64_t i = 0; i < at.draws_per_update; ++i) worker += at.factor.sample(stream);
    }
    std::nth_element(workers.begin(), workers.begin() + (at.rank.k - 1), workers.end());
    const double draws = static_cast<double>(at.draws_per_update);
    times.push_back(at.compute.si() / draws * workers[at.rank.k - 1] + at.exchange.si());
  }
  return mean_of(times);
}

// Runs in which nobody cancels anybody: an update for `gradients` of any workers.
SampledMean unwaited(const StragglerSituation& at, std::uint32_t gradients, std::size_t runs) {
  std::vector<double> times;
  for (std::size_t run = 0; run < runs; ++run) {
    RandomStream stream(4, "runs", {run});
    std::priority_queue<double, std::vector<double>, std::greater<>> ends;
    const auto next = [&] { return at.compute.si() * at.factor.sample(stream); };
    for (std::uint32_t worker = 0; worker < at.rank.n; ++worker) ends.push(next());
    double now = 0;
    for (std::uint64_t done = 0; done < *at.updates * gradients; ++done) {
      now = ends.top();
      ends.pop();
      ends.push(now + next());
    }
    times.push_back(now / static_cast<double>(*at.updates));
  }
  return mean_of(times);
}

StragglerSituation situation(const Law& law, const OrderRank& rank, WaitingProtocol protocol) {
  return {.rank = rank,
          .protocol = protocol,
          .compute = Seconds(2),
          .factor = law.distribution(),
          .law = law.name,
          .exchange =
              protocol == WaitingProtocol::sync || protocol == WaitingProtocol::k_sync ? Seconds(0.25) : Seconds(0)};
}

FormCheck only_check(const StragglerSituation& at, const SampledMean& sample) {
  const std::vector<FormCheck> checks = check_stragglers(at, sample);
  EXPECT_EQ(checks.size(), 1U);
  return checks.at(0);
}

void expect_holds(const FormCheck& check) {
  EXPECT_TRUE(check.applies) << check.form.title
                             << (check.applies ? "" : ": " + check.broken_assumptions.front().explanation);
  EXPECT_TRUE(check.holds) << check.form.title << ": " << check.prediction.time.si() << " but sampled "
                           << check.sampled->mean.si() << " ± " << check.sampled->standard_error().si();
}

TEST(StragglerForms, StepsThatWaitTakeWhatOrderStatisticsSay) {
  for (const Law& law : laws()) {
    for (const auto& [rank, protocol] :
         {std::pair(OrderRank{16, 16}, WaitingProtocol::sync), {OrderRank{12, 16}, WaitingProtocol::k_sync}}) {
      const StragglerSituation at = situation(law, rank, protocol);
      const FormCheck check = only_check(at, waited(at, 5000));
      EXPECT_EQ(check.form.kind, FormKind::statistical);
      EXPECT_LT(check.tolerance, 0.05);
      expect_holds(check);
    }
  }
}

TEST(StragglerForms, UpdatesThatWaitForNobodyTakeTheMean) {
  for (const Law& law : {laws()[0], laws()[1], laws()[4], laws()[7]}) {
    StragglerSituation at = situation(law, {.k = 2, .n = 4}, WaitingProtocol::async);
    at.updates = 20'000;
    expect_holds(only_check(at, unwaited(at, 1, 30)));
    at.protocol = WaitingProtocol::k_batch_async;
    expect_holds(only_check(at, unwaited(at, 2, 30)));
  }
}

TEST(StragglerForms, LocalStepsTakeTheSlowestSum) {
  StragglerSituation at = situation(laws().front(), {.k = 8, .n = 8}, WaitingProtocol::sync);
  at.local_steps = at.draws_per_update = 10;
  const FormCheck check = only_check(at, waited(at, 5000));
  EXPECT_EQ(check.form.id, "S17");
  expect_holds(check);
}

// A form whose law is not the one that was sampled is found out, by the same rule.
TEST(StragglerForms, AnotherLawIsFoundOut) {
  StragglerSituation at = situation(laws()[2], {.k = 16, .n = 16}, WaitingProtocol::sync);
  const SampledMean sample = waited(at, 5000);
  at.factor = law_of("uniform", {{"low", 1}, {"high", 3.1}});
  EXPECT_FALSE(only_check(at, sample).holds);
}

std::string broken(const StragglerSituation& at, const SampledMean& sample = {Seconds(1), Seconds(1), 1000}) {
  std::string names;
  for (const BrokenAssumption& one : only_check(at, sample).broken_assumptions) {
    names += one.assumption + ": " + one.explanation + "\n";
  }
  return names;
}

TEST(StragglerForms, SayWhatDoesNotHoldHere) {
  StragglerSituation at = situation(laws()[4], {.k = 8, .n = 8}, WaitingProtocol::sync);
  at.draws_per_update = 96;
  EXPECT_EQ(broken(at),
            "one_draw_a_step: a worker's time between two updates is a sum of 96 draws, whose law is another and "
            "narrower\n");
  at.each = DrawnEach::run;
  EXPECT_EQ(broken(at), "");
  at.unequal_workers = "stage 0 computes 1 ms more";
  at.other_perturbations = "there are stalls besides";
  EXPECT_EQ(broken(at), "alike_workers: stage 0 computes 1 ms more\nnothing_else_random: there are stalls besides\n");
  StragglerSituation free = situation(laws()[4], {.k = 8, .n = 8}, WaitingProtocol::async);
  free.exchange = Seconds(0.001);
  free.correlation = 0.9;
  free.updates = 1000;
  EXPECT_EQ(
      broken(free),
      "independent_steps: a worker's factors are correlated by 0.9 from one computation to the next, and slow ones "
      "follow slow ones\nfree_exchange: exchanging gradients and weights takes 1 ms an update\n"
      "long_run: workers that begin all at once are some 3 updates away from their long run, of 1000\n");
  StragglerSituation heavy =
      situation({"pareto", {{"scale", 1}, {"shape", 1.5}}}, {.k = 8, .n = 8}, WaitingProtocol::sync);
  EXPECT_EQ(broken(heavy),
            "finite_variance: the pareto law has no variance in this tail, so that means of samples do not settle\n");
  EXPECT_EQ(broken(situation(laws()[4], {.k = 8, .n = 8}, WaitingProtocol::sync), {Seconds(1), Seconds(1), 5}),
            "enough_samples: 5 samples tell too little of its own spread; it takes 30\n");
}

TEST(StragglerForms, ASumOfDrawsIsShorterAndCostsTheDifference) {
  StragglerSituation at = situation(laws()[0], {.k = 8, .n = 8}, WaitingProtocol::sync);
  at.draws_per_update = 20;
  const FormCheck check = only_check(at, waited(at, 2000));
  EXPECT_FALSE(check.applies);
  EXPECT_FALSE(check.holds);
  EXPECT_LT(check.broken_assumptions.front().cost, Seconds(-1));
  EXPECT_EQ(check.broken_assumptions.front().basis, BrokenAssumption::Basis::remainder);
}

TEST(StragglerForms, PersistentStragglersSetThePace) {
  StragglerSituation at{.rank = {.k = 100, .n = 100}, .compute = Seconds(1), .exchange = Seconds(0.5)};
  at.persistent = PersistentStragglers{.fraction = 0.05, .factor = 2};
  const SampledMean exactly{Seconds(2.5), Seconds(0), 30};
  const FormCheck step = only_check(at, exactly);
  expect_holds(step);
  EXPECT_EQ(step.tolerance, exact_tolerance);
  EXPECT_FALSE(only_check(at, {Seconds(2.5 + 1e-6), Seconds(0), 30}).holds);
  at.persistent->fraction = 0.055;
  EXPECT_EQ(broken(at, exactly), "whole_stragglers: 0.055 of 100 workers are 5.5, no whole number\n");
  at = {.rank = {.k = 1, .n = 100}, .protocol = WaitingProtocol::async, .compute = Seconds(1)};
  at.persistent = PersistentStragglers{.fraction = 0.05, .factor = 2};
  expect_holds(only_check(at, {Seconds(1 / 97.5), Seconds(0), 30}));
}

// A pipeline's random step takes at least what it takes with means; samples below by more than their spread are off.
TEST(StragglerForms, RandomTimesTakeAtLeastTheirMeans) {
  StragglerSituation at = situation(laws()[2], {.k = 4, .n = 4}, WaitingProtocol::k_async);
  at.step_of_means = Seconds(10);
  const auto bound = [&](double mean) {
    for (const FormCheck& check : check_stragglers(at, {Seconds(mean), Seconds(1), 100})) {
      if (check.form.id == "S15") return check.holds;
    }
    return false;
  };
  EXPECT_TRUE(bound(12));
  EXPECT_TRUE(bound(9.61));
  EXPECT_FALSE(bound(9.59));
}

}  // namespace
}  // namespace lockstep::validation
