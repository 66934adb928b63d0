#include "validation/pipeline_cross_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/validation/pipelines.hpp"
#include "validation/closed_forms/pipeline_form.hpp"
#include "validation/pipeline_bound.hpp"

namespace lockstep::validation {
namespace {

using Names = std::vector<std::string>;

void expect_close(Seconds actual, double expected) {
  EXPECT_NEAR(actual.si(), expected, 1e-9 * expected);
}

void expect_applies(const PipelineCase& subject, const std::string& id) {
  const CrossCheck checked = cross_check(subject, run);
  const FormCheck* form = find_form(checked, id);
  ASSERT_NE(form, nullptr) << id;
  EXPECT_TRUE(form->applies) << id;
  EXPECT_TRUE(form->holds) << id << " is off by " << form->relative_difference;
  EXPECT_TRUE(find_form(checked, "recurrence")->applies);
  EXPECT_TRUE(checked.agrees());
}

TEST(PipelineCrossCheck, FormsApplyWhereAllTheirAssumptionsHold) {
  expect_applies(pipeline_of("gpipe", {4, 8}, {}), "P01");
  expect_applies(pipeline_of("1f1b", {4, 8}, {}), "P02");
  expect_applies(pipeline_of("gpipe", {4, 8}, {.transfer = 0.3}), "P06");
  expect_applies(pipeline_of("1f1b", {4, 8}, {.transfer = 5}), "P07");
  expect_applies(pipeline_of("eager_1f1b", {4, 8}, {.transfer = 0.9}), "P08");
  expect_applies(pipeline_of("interleaved_1f1b", {4, 8, 2}, {}), "P10");
  expect_applies(pipeline_of("interleaved_1f1b", {4, 8, 2}, {.transfer = 0.4}), "P11");
  expect_applies(pipeline_of("breadth_first", {4, 7, 3}, {}), "P12");
  expect_applies(pipeline_of("zb_h1", {4, 8}, {}), "P13");
  expect_applies(pipeline_of("zb_h2", {4, 8}, {}), "P14");
  expect_applies(pipeline_of("zb_v", {4, 8, 2}, {}), "P15");
  expect_applies(pipeline_of("dualpipe", {4, 10}, {}), "P16");
}

TEST(PipelineCrossCheck, FormsOfUnequalStagesApplyToOneSlowStage) {
  PipelineCase subject = pipeline_of("1f1b", {4, 8}, {});
  slow_down(subject, 1, 1.5);
  expect_applies(subject, "P05");
  expect_applies(subject, "P04");
  PipelineCase gpipe = pipeline_of("gpipe", {4, 8}, {});
  slow_down(gpipe, 1, 1.5);
  slow_down(gpipe, 2, 0.7);
  expect_applies(gpipe, "P03");
}

TEST(PipelineCrossCheck, NamesBothOfTwoBrokenAssumptionsEachWithItsPrice) {
  PipelineCase both = pipeline_of("1f1b", {4, 8}, {.transfer = 0.1});
  slow_down(both, 1, 1.5);
  const CrossCheck checked = cross_check(both, run);
  const FormCheck* form = find_form(checked, "P02");
  ASSERT_EQ(broken_names(*form), (Names{"equal_stages", "free_transfers"}));
  EXPECT_FALSE(form->applies);
  EXPECT_EQ(form->broken_assumptions[0].explanation, "the forward of stage 1 takes 1.5 s, that of stage 0 1 s");
  EXPECT_EQ(form->broken_assumptions[1].explanation, "a hop takes 100 ms");

  // Each is what a pipeline without it saves.
  PipelineCase free = both;
  free.times.transfer = Seconds(0);
  expect_close(form->broken_assumptions[1].cost, (checked.simulated - simulated_time(free, run)).si());
  const PipelineCase equal = pipeline_of(
      "1f1b", {4, 8}, {.forward = 1.125, .input_gradient = 1.125, .weight_gradient = 1.125, .transfer = 0.1});
  expect_close(form->broken_assumptions[0].cost, (checked.simulated - simulated_time(equal, run)).si());
  // The form that knows of transfers lacks only the other.
  EXPECT_EQ(broken_names(*find_form(checked, "P07")), Names{"equal_stages"});
}

TEST(PipelineCrossCheck, ASingleBrokenAssumptionIsWorthTheWholeDifference) {
  const auto price = [](const std::string& id, const std::string& assumption, const PipelineCase& subject) {
    const CrossCheck checked = cross_check(subject, run);
    const FormCheck* form = find_form(checked, id);
    ASSERT_NE(form, nullptr) << id;
    ASSERT_EQ(broken_names(*form), Names{assumption}) << id;
    expect_close(checked.simulated - form->broken_assumptions.front().cost, form->prediction.time.si());
  };
  price("P02", "free_transfers", pipeline_of("1f1b", {4, 8}, {.transfer = 0.2}));
  price("P10", "divisible_microbatches", pipeline_of("interleaved_1f1b", {4, 10, 2}, {}));
  price("P11", "short_transfers", pipeline_of("interleaved_1f1b", {4, 16, 2}, {.transfer = 0.7}));
  price("P13", "enough_microbatches", pipeline_of("zb_h1", {4, 3}, {}));
  price("P15", "equal_parts", pipeline_of("zb_v", {4, 8, 2}, {.forward = 0.8, .weight_gradient = 0.9}));
  price("P16", "weight_gradient_shortest", pipeline_of("dualpipe", {4, 10}, {.weight_gradient = 1.5}));

  PipelineCase unequal = pipeline_of("1f1b", {4, 8}, {});
  slow_down(unequal, 2, 3);
  price("P02", "equal_stages", unequal);
  PipelineCase drawn = pipeline_of("gpipe", {4, 8}, {});
  change_times(drawn, [&](const workloads::TimeTable& table, std::uint32_t chunk, std::uint32_t m) {
    return table.at(chunk, m) * (m % 2 == 0 ? 1.5 : 0.5);
  });
  price("P01", "equal_microbatches", drawn);
  PipelineCase occupied = pipeline_of("1f1b", {4, 8}, {.transfer = 0.2});
  occupied.times.occupies = workloads::TransferOccupies::sender;
  price("P07", "unoccupied_senders", occupied);
}

TEST(PipelineCrossCheck, SaysWhatNoSimulationCanGrant) {
  const CrossCheck checked = cross_check(pipeline_of("interleaved_1f1b", {4, 10, 2}, {}), run);
  const BrokenAssumption& odd = find_form(checked, "P10")->broken_assumptions.front();
  EXPECT_EQ(odd.basis, BrokenAssumption::Basis::remainder);
  EXPECT_EQ(odd.explanation, "10 microbatches do not divide by 4 stages");
}

TEST(PipelineCrossCheck, OccupiedSendersMakeGpipeExactAndOneForwardOneBackwardABracket) {
  for (const char* name : {"gpipe", "1f1b"}) {
    PipelineCase subject = pipeline_of(name, {4, 8}, {.transfer = 0.1});
    subject.times.occupies = workloads::TransferOccupies::sender;
    expect_applies(subject, "P09");
  }
}

// A pipeline on all of a fleet, whose hops are messages.
PipelineCase on_fleet(const topology::Fleet& fleet, PipelineCase subject, const std::string& network) {
  subject.fleet = &fleet;
  subject.members.assign(fleet.devices().begin(), fleet.devices().end());
  subject.message = Bytes(1e8);
  subject.engine.network = network;
  return subject;
}
const std::string thin_links = R"("link":{"bandwidth":"1 GB/s","latency":"1 ms"}})";

TEST(PipelineCrossCheck, HopsThatAreMessagesTakeTheirFixedTimeWhereLinksAreFree) {
  const topology::Fleet fleet = topology::fleet_from(R"({"topology":"switch","devices":4,)" + thin_links);
  const PipelineCase subject = on_fleet(fleet, pipeline_of("1f1b", {4, 8}, {}), "contention_free");
  const CrossCheck checked = cross_check(subject, run);
  EXPECT_TRUE(find_form(checked, "P07")->applies);
  const FormCheck* task_by_task = find_form(checked, "recurrence");
  ASSERT_NE(task_by_task, nullptr);
  expect_close(find_form(checked, "P07")->prediction.time, 11 * 3 + 2 * 0.102 * (3 + 7 - 2));
  EXPECT_NEAR(checked.simulated.si(), task_by_task->prediction.time.si(), 1e-9 * checked.simulated.si());
}

// Forwards of all microbatches leave the first device faster than its link carries them.
TEST(PipelineCrossCheck, SaysWhatItCostsThatHopsWaitForEachOther) {
  const topology::Fleet fleet = topology::fleet_from(R"({"topology":"switch","devices":4,)" + thin_links);
  for (const char* network : {"fluid", "ports"}) {
    const Shares fast{.forward = 0.01, .input_gradient = 0.01, .weight_gradient = 0.01};
    const CrossCheck checked = cross_check(on_fleet(fleet, pipeline_of("gpipe", {4, 8}, fast), network), run);
    const FormCheck* form = find_form(checked, "P06");
    ASSERT_EQ(broken_names(*form), Names{"fixed_transfers"});
    EXPECT_NE(form->broken_assumptions.front().explanation.find("longer than 0F0"), std::string::npos);
    EXPECT_GT(form->broken_assumptions.front().cost, Seconds(0.1));
    expect_close(checked.simulated - form->broken_assumptions.front().cost, form->prediction.time.si());
  }
}

TEST(PipelineCrossCheck, RecognisesAScheduleOfTheCatalogueThatWasWrittenOut) {
  EXPECT_EQ(catalogue_name(workloads::make_schedule("zb_h1", {4, 6})), "zb_h1");
  EXPECT_EQ(catalogue_name(workloads::make_schedule("interleaved_1f1b", {4, 8, 2})), "interleaved_1f1b");
  workloads::Schedule own = workloads::make_schedule("gpipe", {2, 3});
  std::swap(own.tasks[1][3], own.tasks[1][4]);
  EXPECT_EQ(catalogue_name(own), "");
}

TEST(PipelineBound, CountsTheWayInAndOutOfTheBusiestDevice) {
  PipelineCase subject = pipeline_of("1f1b", {4, 8}, {.transfer = 0.1});
  slow_down(subject, 1, 2);
  const PipelineBound bound = pipeline_bound(PipelineSituation(subject));
  expect_close(bound.busy, 8 * 6 + 3 + 2 * 0.1);
  expect_close(bound.path, 3 * 3 + 6 + 6 * 0.1);
}

TEST(PipelineFormTable, HoldsEveryFormOfTheCatalogue) {
  Names ids;
  for (const PipelineForm& form : pipeline_forms()) {
    EXPECT_FALSE(form.title.empty() || form.formula.empty() || form.source.empty()) << form.id;
    if (ids.empty() || ids.back() != form.id) ids.emplace_back(form.id);
    for (const std::string_view name : form.schedules) {
      const auto known = workloads::schedules();
      EXPECT_TRUE(std::ranges::any_of(known, [&](const auto& schedule) { return schedule.name == name; })) << name;
    }
  }
  EXPECT_EQ(ids, (Names{"P01", "P02", "P03", "P04", "P05", "P06", "P07", "P08", "P09", "P10",       "P11",
                        "P12", "P13", "P14", "P15", "P16", "S13", "S14", "S15", "Z04", "recurrence"}));
}

}  // namespace
}  // namespace lockstep::validation
