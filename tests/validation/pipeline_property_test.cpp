// Random pipelines: wherever a closed form says that it applies, the simulation agrees, and the recurrence always does.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/random_stream.hpp"
#include "tests/validation/pipelines.hpp"
#include "validation/closed_forms/pipeline_form.hpp"
#include "validation/closed_forms/queues.hpp"
#include "workloads/schedules/recurrence.hpp"

namespace lockstep::validation {
namespace {

constexpr std::uint64_t draws = 20;
constexpr std::uint64_t cases_each = 250;

// Draws what forms tell apart, each of them half of the time at most.
class RandomPipelines {
 public:
  explicit RandomPipelines(std::uint64_t seed) : random_(seed, "pipelines", {}) {}

  PipelineCase draw() {
    const auto& known = workloads::schedules()[random_.below(workloads::schedules().size())];
    const std::string name(known.name);
    PipelineCase subject = pipeline_of(name, draw_shape(name), draw_shares());
    if (name.starts_with("dualpipe") && is_likely(0.5)) overlap(subject);
    if (is_likely(0.3)) slow_down(subject, draw_stage(subject), between(1, 3));
    if (is_likely(0.15)) slow_down(subject, draw_stage(subject), between(0.3, 3));
    if (is_likely(0.2)) vary_microbatches(subject);
    if (is_likely(0.3)) subject.times.occupies = workloads::TransferOccupies::sender;
    if (is_likely(0.5)) subject.engine.network = "ports";
    return subject;
  }

 private:
  double between(double low, double high) { return low + (high - low) * random_.uniform(); }
  bool is_likely(double chance) { return random_.uniform() < chance; }
  std::uint32_t count(std::uint32_t most) { return 1 + static_cast<std::uint32_t>(random_.below(most)); }
  std::uint32_t draw_stage(const PipelineCase& subject) {
    return static_cast<std::uint32_t>(random_.below(subject.schedule->devices()));
  }

  workloads::ScheduleShape draw_shape(const std::string& name) {
    workloads::ScheduleShape shape{.stages = count(8), .microbatches = count(24)};
    shape.virtual_stages = workloads::usual_virtual_stages(name);
    const bool loops = name == "interleaved_1f1b" || name == "breadth_first";
    if (loops) shape.virtual_stages = count(4);
    if (name == "interleaved_1f1b" || is_likely(0.3)) shape.microbatches = shape.stages * count(3);
    if (name == "dualpipe" || name == "chimera") {
      shape.stages += shape.stages % 2;
      shape.microbatches += shape.microbatches % 2;
    }
    if (name.starts_with("dualpipe")) shape.microbatches = std::max(shape.microbatches, 2 * shape.stages);
    return shape;
  }

  Shares draw_shares() {
    Shares shares{.forward = between(0.1, 2), .input_gradient = between(0.1, 2), .weight_gradient = between(0.1, 2)};
    if (is_likely(0.4)) shares.input_gradient = shares.weight_gradient = shares.forward;
    if (is_likely(0.4)) shares.weight_gradient = shares.input_gradient * random_.uniform();
    if (is_likely(0.5)) shares.transfer = is_likely(0.7) ? between(0, 0.1) : between(0, 3);
    return shares;
  }

  void overlap(PipelineCase& subject) {
    const Seconds least = std::max(subject.times.forward.at(0, 0), subject.times.backward.at(0, 0));
    const Seconds most = subject.times.forward.at(0, 0) + subject.times.backward.at(0, 0);
    subject.times.overlapped = workloads::TimeTable(least + (most - least) * random_.uniform());
  }

  // A backward stays the sum of its halves.
  void vary_microbatches(PipelineCase& subject) {
    const std::uint64_t seed = random_.below(1'000'000);
    change_times(subject, [&](const workloads::TimeTable& table, std::uint32_t chunk, std::uint32_t m) {
      return table.at(chunk, m) * (0.5 + RandomStream(seed, "microbatches", {chunk, m}).uniform());
    });
  }

  RandomStream random_;
};

std::string described(const PipelineCase& subject) {
  return subject.name + ", " + std::to_string(subject.schedule->devices()) + " devices, " +
         std::to_string(subject.schedule->microbatches) + " microbatches";
}

void expect_agreement(const PipelineCase& subject, const CrossCheck& checked) {
  EXPECT_TRUE(find_form(checked, "recurrence")->applies) << described(subject);
  EXPECT_GE(checked.simulated, checked.most_bound() * (1 - 1e-9)) << described(subject);
  for (const FormCheck& check : checked.forms) {
    EXPECT_TRUE(check.holds || !check.applies)
        << check.form.id << " says " << check.prediction.time.si() << " s, the simulation " << checked.simulated.si()
        << " s (" << check.relative_difference << "): " << described(subject);
    if (check.form.kind == FormKind::bound || check.broken_assumptions.size() != 1) continue;
    const BrokenAssumption& broken = check.broken_assumptions.front();
    EXPECT_NEAR((checked.simulated - broken.cost).si(), check.prediction.time.si(), 1e-9 * checked.simulated.si())
        << check.form.id << ", " << broken.assumption << ": " << described(subject);
  }
}

class PipelineProperty : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(PipelineProperty, FormsThatApplyHoldAndASingleBrokenAssumptionExplainsTheDifference) {
  for (std::uint64_t i = 0; i < cases_each; ++i) {
    const PipelineCase subject = RandomPipelines(GetParam() * cases_each + i).draw();
    expect_agreement(subject, cross_check(subject, run));
  }
}

INSTANTIATE_TEST_SUITE_P(Draws, PipelineProperty, ::testing::Range<std::uint64_t>(0, draws));

// Messages that never meet take a fixed time, and the recurrence says so exactly.
TEST(PipelinesOnAFleet, AgreeWithTheRecurrenceWhereNoMessagesMeet) {
  const topology::Fleet fleet =
      topology::fleet_from(R"({"topology":"switch","devices":8,"link":{"bandwidth":"10 GB/s","latency":"1 ms"}})");
  int applied = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    PipelineCase subject = RandomPipelines(seed).draw();
    if (subject.schedule->devices() > fleet.device_count()) continue;
    subject.fleet = &fleet;
    subject.members.assign(fleet.devices().begin(), fleet.devices().begin() + subject.schedule->devices());
    subject.message = Bytes(seed % 2 == 0 ? 1e7 : 1e9);
    subject.times.occupies = workloads::TransferOccupies::nobody;
    subject.engine.network = seed % 8 == 0 ? "fluid" : subject.engine.network;
    const CrossCheck checked = cross_check(subject, run);
    EXPECT_TRUE(checked.agrees()) << described(subject) << " on " << subject.engine.network;
    EXPECT_GE(checked.simulated, checked.most_bound() * (1 - 1e-9)) << described(subject);
    applied += find_form(checked, "recurrence")->applies ? 1 : 0;
  }
  EXPECT_GT(applied, 150);
}

// Otherwise the agreement above would say little.
TEST(PipelineCoverage, EveryFormAppliesToSomeOfTheDraws) {
  std::set<std::string> applied;
  for (std::uint64_t seed = 0; seed < draws * cases_each; ++seed) {
    const PipelineCase subject = RandomPipelines(seed).draw();
    const PipelineSituation situation(subject);
    for (const PipelineForm& form : pipeline_forms()) {
      if (!speaks_of(form, situation) || !form.predict(situation)) continue;
      const auto holds = [&](const PipelineAssumption* assumption) { return !assumption->violation(situation, form); };
      if (std::ranges::all_of(form.assumptions, holds)) applied.emplace(form.title);
    }
  }
  for (const PipelineForm& form : pipeline_forms()) {
    EXPECT_TRUE(form.predict == nullptr || applied.count(std::string(form.title)) == 1) << form.id << " " << form.title;
  }
}

// S15, with an average of 400 runs; the backward takes no time.
TEST(ExponentialForwards, TakeOnAverageWhatTheBracketSays) {
  for (const auto& [stages, microbatches] : {std::pair(4U, 8U), std::pair(2U, 3U), std::pair(4U, 100U)}) {
    PipelineCase subject = pipeline_of("gpipe", {stages, microbatches}, {0, 0, 0, 0});
    Seconds sum;
    for (std::uint64_t run_number = 0; run_number < 400; ++run_number) {
      RandomStream random(run_number, "exponential", {stages, microbatches});
      std::vector<Seconds> times;
      for (std::uint32_t i = 0; i < stages * microbatches; ++i) times.emplace_back(-std::log1p(-random.uniform()));
      subject.times.forward = workloads::TimeTable(std::move(times), microbatches);
      sum += *workloads::Recurrence().evaluate(*subject.schedule, subject.times);
    }
    const Bracket bracket = exponential_forward_phase(stages, microbatches, Seconds(1));
    EXPECT_GT(sum / 400, bracket.lower);
    EXPECT_LT(sum / 400, bracket.upper);
  }
}

}  // namespace
}  // namespace lockstep::validation
