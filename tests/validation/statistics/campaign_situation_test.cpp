// Campaigns held against R04.
#include "validation/statistics/campaign_situation.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/sim/campaign/campaigns.hpp"
#include "tests/validation/order_statistics/laws.hpp"

namespace lockstep::validation {
namespace {

sim::FailureCause cause(const char* name, double mean, double detect, double restart) {
  sim::FailureCause one{.name = name, .lifetime = law_of("exponential", {{"mean", mean}})};
  one.detect = Distribution::constant(detect);
  one.restart = Distribution::constant(restart);
  return one;
}

constexpr double steps = 200;
constexpr Seconds step(5), write(10), load(7);

SampledMean sampled(const sim::CampaignSpec& spec, const sim::CampaignGround& ground) {
  constexpr std::uint64_t count = 400;
  double sum = 0, squares = 0;
  for (std::uint64_t replica = 0; replica < count; ++replica) {
    sim::StatedSteps times(step, write, load);
    const sim::CampaignRecord record =
        run_campaign(spec, ground, {.steps = steps}, times, {.seed = 6, .replica = replica});
    sum += record.time.total().si() / count;
    squares += record.time.total().si() * record.time.total().si() / count;
  }
  return {
      .mean = Seconds(sum), .stddev = Seconds(std::sqrt((squares - sum * sum) * count / (count - 1))), .count = count};
}

FormCheck checked(const sim::CampaignSpec& spec, const sim::CampaignGround& ground, const SampledMean& sample) {
  const ReliabilitySituation at = campaign_situation(
      spec, ground, {.steps = steps, .step = step, .write = write, .load = load, .interval = spec.checkpoint->stated});
  const auto checks = check_reliability(at, sample);
  EXPECT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks.at(0).form.id, "R04");
  return checks.at(0);
}

void expect_holds(const FormCheck& check) {
  EXPECT_TRUE(check.applies) << check.broken_assumptions.front().explanation;
  EXPECT_TRUE(check.holds) << check.prediction.time.si() << " but sampled " << check.sampled->mean.si() << " ± "
                           << check.sampled->standard_error().si();
}

TEST(CampaignSituation, CampaignsOfOneCauseTakeWhatR04Says) {
  for (const bool may_fail : {true, false}) {
    sim::CampaignSpec spec{.causes = {cause("node", 300, 20, 40)}, .checkpoint = sim::every(Seconds(102))};
    spec.causes.front().restart_can_fail = may_fail;
    expect_holds(checked(spec, sim::one_node(), sampled(spec, sim::one_node())));
  }
}

// Of a rate that adds up over nodes and causes.
TEST(CampaignSituation, CausesAndNodesAddUp) {
  sim::CampaignSpec spec{.causes = {cause("job", 900, 5, 10), cause("node", 4000, 20, 60)},
                         .checkpoint = sim::every(Seconds(100))};
  spec.causes.back().scope = sim::FailureScope::node;
  for (sim::FailureCause& one : spec.causes) one.restart_can_fail = false;
  const sim::CampaignGround ground = sim::nodes(8);
  expect_holds(checked(spec, ground, sampled(spec, ground)));
}

TEST(CampaignSituation, SaysWhatIsOtherwise) {
  sim::CampaignSpec spec{.causes = {cause("node", 300, 20, 40), cause("link", 300, 20, 50)},
                         .checkpoint = sim::every(Seconds(105))};
  spec.causes.front().lifetime = law_of("weibull", {{"mean", 300}, {"shape", 0.7}});
  spec.checkpoint->is_asynchronous = true;
  spec.least_replicas = 1;
  const FormCheck check = checked(spec, sim::one_node(), {Seconds(2000), Seconds(100), 100});
  std::string broken;
  for (const BrokenAssumption& one : check.broken_assumptions) broken += one.assumption + ": " + one.explanation + "\n";
  EXPECT_EQ(broken,
            "exponential_lives: times to failure are not exponential, so that what a part has behind it counts\n"
            "blocking_writes: writes take 10 s beside the steps\n"
            "equal_segments: the job goes on with as few as 1 replicas\n"
            "whole_segments: the work makes 9.523809523809524 segments, the last of which is shorter\n"
            "fixed_restarts: a restart takes 57 s after 'link' and 47 s after 'node'\n");
}

}  // namespace
}  // namespace lockstep::validation
