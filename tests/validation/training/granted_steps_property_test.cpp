// Where everything is granted that the first-order model assumes, the simulated step is what it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/validation/training/steps.hpp"
#include "validation/form_pricing.hpp"
#include "workloads/plan/legality.hpp"

namespace lockstep::validation {
namespace {

class DrawnSteps {
 public:
  explicit DrawnSteps(std::uint32_t seed) : random_(seed) {}

  // A legal plan for which the form speaks, of a small model.
  workloads::TrainingSpec next() {
    for (;;) {
      workloads::TrainingSpec spec = draw();
      if (workloads::problems_of(spec.execution.plan, spec.duty()).empty()) return spec;
    }
  }

 private:
  std::uint32_t one_of(std::initializer_list<std::uint32_t> choices) {
    return *(choices.begin() + std::uniform_int_distribution<std::ptrdiff_t>(0, std::ssize(choices) - 1)(random_));
  }
  bool toss() { return one_of({0, 1}) == 1; }

  workloads::TrainingSpec draw() {
    workloads::TrainingSpec spec;
    workloads::ParallelPlan& plan = spec.execution.plan;
    plan.tensor = one_of({1, 1, 2});
    plan.context = one_of({1, 1, 1, 2});
    plan.data = one_of({1, 2, 3, 4});
    plan.pipeline = one_of({1, 1, 2, 3});
    plan.virtual_stages = plan.pipeline > 1 ? one_of({1, 1, 2}) : 1;
    plan.sequence_parallel = plan.tensor > 1 && toss();
    plan.zero = one_of({0, 1, 2, 3});
    workloads::TransformerModel model = small_model(std::uint64_t{plan.chunks()} * one_of({1, 2, 3}));
    if (toss()) {
      model.experts = workloads::Experts{.count = 4, .active = 2, .width = 512};
      std::fill(model.layers.begin(), model.layers.end(), workloads::LayerKind::experts);
      plan.expert = one_of({1, 2});
    }
    model.tied_embeddings = toss();
    spec.model = model;
    spec.execution.sequence_length = 256;
    const std::uint32_t rounds = one_of({1, 2, 3});
    const std::uint32_t microbatches = plan.virtual_stages > 1 ? plan.pipeline * rounds : one_of({1, 2, 3, 5});
    spec.global_batch = std::uint64_t{plan.data} * microbatches;
    spec.schedule = plan.virtual_stages > 1 ? "interleaved_1f1b" : toss() ? "1f1b" : "gpipe";
    spec.execution.recompute = toss() ? workloads::Recompute::full : workloads::Recompute::none;
    spec.execution.gradient_bytes = toss() ? 4 : 2;
    spec.overlap = {.gradients = toss(), .parameters = toss(), .tensor = toss()};
    if (plan.zero == 3 && plan.pipeline > 1) spec.overlap.parameters = false;
    spec.buckets = Bytes(1e6 * one_of({1, 4, 16, 1000}));
    spec.prefetch = one_of({0, 1, 2});
    return spec;
  }

  std::mt19937 random_;
};

// No simulation can make it hold what these ask for.
bool can_be_granted(const TrainingSituation& situation) {
  const auto& all = training_forms().front().assumptions;
  return std::none_of(all.begin(), all.end(), [&](const TrainingAssumption* one) {
    return one->grant == nullptr && one->violation(situation, training_forms().front());
  });
}

class GrantedSteps : public testing::TestWithParam<std::uint32_t> {};

constexpr int steps_a_time = 30;

topology::Fleet fleet_of(std::uint32_t seed) {
  return seed % 2 == 0 ? star_of(48, Bandwidth(2e12)) : nodes_of(12);
}

Seconds granted_time(const TrainingCase& subject, const TrainingSituation& situation, const TrainingForm& form) {
  const auto simulate = [](const TrainingCase& changed) { return simulated_time(changed, run); };
  return FormPricing(subject, situation, Seconds(0), simulate).granted_time(form);
}

TEST_P(GrantedSteps, TakeWhatTheFirstOrderModelSays) {
  const topology::Fleet fleet = fleet_of(GetParam());
  DrawnSteps drawn(GetParam());
  for (int i = 0; i < steps_a_time;) {
    const TrainingCase subject = step_of(fleet, drawn.next());
    const TrainingSituation situation(subject);
    ASSERT_TRUE(situation.first_order()) << workloads::as_json(subject.spec);
    if (!can_be_granted(situation)) continue;
    ++i;
    const Seconds granted = granted_time(subject, situation, training_forms().front());
    const Seconds expected = situation.first_order()->step;
    EXPECT_NEAR(granted.si(), expected.si(), 1e-9 * expected.si()) << workloads::as_json(subject.spec);
  }
}

// Forms that state their parts as times: what they compute and wait for in every round of the pipeline, and gradients.
TEST_P(GrantedSteps, HaveTheStatedPartsWithTheirBubble) {
  const topology::Fleet fleet = fleet_of(GetParam());
  DrawnSteps drawn(GetParam() + 100);
  for (int i = 0; i < steps_a_time; ++i) {
    const TrainingCase subject = step_of(fleet, drawn.next());
    const TrainingSituation situation(subject);
    const double rounds = subject.spec.execution.plan.virtual_stages * static_cast<double>(situation.microbatches());
    const double idle = (subject.spec.execution.plan.pipeline - 1) / rounds;
    for (const TrainingForm& form : training_forms().subspan(1)) {
      if (!form.predict(situation)) continue;
      const StepParts parts = form.parts(situation);
      const Seconds expected = (1 + idle) * (parts.compute + parts.tensor + parts.expert) + parts.gradients;
      EXPECT_NEAR(granted_time(subject, situation, form).si(), expected.si(), 1e-9 * expected.si())
          << form.id << " " << workloads::as_json(subject.spec);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(TenTimes, GrantedSteps, testing::Range(0U, 10U));

}  // namespace
}  // namespace lockstep::validation
