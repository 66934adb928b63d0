#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/catalog.hpp"
#include "sim/isolated_simulation.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/symmetry/folding.hpp"

// Scenarios, each simulated whole and folded, for tests.
namespace lockstep::sim {

// One scenario and its folding.
class FoldedRun {
 public:
  explicit FoldedRun(const Json& document)
      : scenario_(read_scenario(document, {.catalog = catalog()})),
        conditions_(scenario_.perturbations().conditions(scenario_.fleet(), scenario_.seed(), {})),
        jobs_(scenario_.jobs_of_steps(scenario_.simulated_steps())),
        folding_(subject()) {}

  Folding::Subject subject() const {
    return {.fleet = scenario_.fleet(), .jobs = jobs_, .options = scenario_.engine(), .conditions = conditions_.get()};
  }
  std::string text() const { return scenario_.as_run().dump(); }
  Folding& folding() { return folding_; }
  bool folds() const { return !folding_.failure(); }
  Simulation whole() const {
    return {.fleet = scenario_.fleet(), .jobs = jobs_, .options = scenario_.engine(), .conditions = conditions_.get()};
  }
  Simulation folded() {
    return {.fleet = folding_.fleet(),
            .jobs = folding_.jobs(),
            .options = scenario_.engine(),
            .conditions = folding_.conditions()};
  }

 private:
  static const Catalog& catalog() {
    static const Catalog bundled = Catalog::bundled();
    return bundled;
  }

  Scenario scenario_;
  std::unique_ptr<Conditions> conditions_;
  std::vector<Job> jobs_;
  Folding folding_;
};

template <class Number>
void expect_equal(const std::vector<Number>& folded, const std::vector<Number>& whole, const char* what) {
  ASSERT_EQ(folded.size(), whole.size()) << what;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_NEAR(folded[i].si(), whole[i].si(), 1e-9 * whole[i].si()) << what << ' ' << i;
  }
}

// Everything that a timeline says.
inline void expect_equal(const Timeline& folded, const Timeline& whole) {
  EXPECT_EQ(folded.events, whole.events);
  EXPECT_NEAR(folded.end.si(), whole.end.si(), 1e-9 * whole.end.si());
  EXPECT_NEAR(folded.message_bytes.si(), whole.message_bytes.si(), 1e-9 * whole.message_bytes.si());
  expect_equal(folded.link_bytes, whole.link_bytes, "bytes of link");
  expect_equal(folded.busy, whole.busy, "busy vertex");
  ASSERT_EQ(folded.jobs.size(), whole.jobs.size());
  for (std::size_t job = 0; job < whole.jobs.size(); ++job) {
    EXPECT_NEAR(folded.jobs[job].start.si(), whole.jobs[job].start.si(), 1e-9 * whole.jobs[job].start.si());
    EXPECT_NEAR(folded.jobs[job].end.si(), whole.jobs[job].end.si(), 1e-9 * whole.jobs[job].end.si());
    expect_equal(folded.jobs[job].rank_end, whole.jobs[job].rank_end, "end of rank");
    expect_equal(folded.jobs[job].bytes_of_phase, whole.jobs[job].bytes_of_phase, "bytes of phase");
  }
}

// Simulates all of them, whole and folded, and compares.
inline void expect_equal_runs(std::vector<std::unique_ptr<FoldedRun>>& runs) {
  std::vector<Simulation> simulations;
  for (const auto& run : runs) {
    simulations.push_back(run->whole());
    simulations.push_back(run->folded());
  }
  const auto results = simulate_isolated(simulations, 2);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    SCOPED_TRACE(runs[i]->text());
    expect_equal(runs[i]->folding().expanded(results[2 * i + 1].timeline()), results[2 * i].timeline());
  }
}

// How many classes there are, where folded and whole are equal.
inline std::size_t classes_of(const Json& document) {
  std::vector<std::unique_ptr<FoldedRun>> runs;
  runs.push_back(std::make_unique<FoldedRun>(document));
  expect_equal_runs(runs);
  return runs.front()->folding().classes();
}

}  // namespace lockstep::sim
