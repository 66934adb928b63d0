#include "validation/cross_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.hpp"
#include "tests/validation/cases.hpp"
#include "validation/closed_forms/assumptions.hpp"
#include "validation/closed_forms/ring.hpp"
#include "validation/fleet_bound.hpp"

namespace lockstep::validation {
namespace {

using topology::fleet_from;
using workloads::Operation;

topology::Fleet switch_of(std::uint32_t devices, const std::string& more = "") {
  return fleet_from(R"({"topology":"switch","devices":)" + std::to_string(devices) +
                    R"(,"link":{"bandwidth":"50 GB/s","latency":"1 us"})" + more + "}");
}
const std::string slow_link = R"(,"overrides":[{"from":"d3","to":"s0","bandwidth":"25 GB/s"}])";

const BrokenAssumption* find_broken(const FormCheck& check, const std::string& name) {
  for (const BrokenAssumption& broken : check.broken_assumptions) {
    if (broken.assumption == name) return &broken;
  }
  return nullptr;
}

void expect_close(Seconds actual, Seconds expected) {
  EXPECT_NEAR(actual.si(), expected.si(), 1e-9 * expected.si());
}

TEST(CrossCheck, AFormAppliesWhereAllItsAssumptionsHold) {
  for (const char* network : {"fluid", "ports", "contention_free"}) {
    const CrossCheck checked = cross_check(case_on(switch_of(8), Operation::all_reduce, "ring", 1e8, network), run);
    const FormCheck* ring = find_form(checked, "C03");
    ASSERT_NE(ring, nullptr);
    EXPECT_TRUE(ring->applies) << network;
    EXPECT_TRUE(ring->holds) << network;
    EXPECT_LE(std::abs(ring->relative_difference), 1e-12);
    EXPECT_TRUE(checked.agrees());
  }
}

TEST(CrossCheck, NamesBothOfTwoBrokenAssumptionsEachWithItsPrice) {
  CollectiveCase both = case_on(switch_of(8, slow_link), Operation::all_reduce, "ring", 1e8);
  both.workload.arrivals.assign(8, Seconds(0));
  both.workload.arrivals[5] = Seconds(1e-3);
  const CrossCheck checked = cross_check(both, run);
  const FormCheck* ring = find_form(checked, "C03");
  ASSERT_EQ(broken_names(*ring), (std::vector<std::string>{"equal_links", "simultaneous_arrival"}));
  EXPECT_FALSE(ring->applies);
  const BrokenAssumption* links = find_broken(*ring, "equal_links");
  const BrokenAssumption* arrival = find_broken(*ring, "simultaneous_arrival");
  EXPECT_EQ(links->explanation, "link d3->s0 has 25 GB/s where the others have 50 GB/s");
  EXPECT_EQ(arrival->explanation, "rank 5 is ready 1 ms after the start");
  EXPECT_GT(links->cost, Seconds(0));
  EXPECT_GT(arrival->cost, Seconds(0));

  CollectiveCase links_alone = both;
  links_alone.workload.arrivals.clear();
  const CrossCheck unequal = cross_check(links_alone, run);
  const FormCheck* one = find_form(unequal, "C03");
  ASSERT_EQ(broken_names(*one), std::vector<std::string>{"equal_links"});
  expect_close(unequal.simulated - one->broken_assumptions.front().cost, one->prediction.time);
  // The form for unequal links is right about it, and says what the slow link costs.
  EXPECT_TRUE(find_form(unequal, "C05")->applies);
  expect_close(one->broken_assumptions.front().cost, find_form(unequal, "C05")->prediction.time - one->prediction.time);

  CollectiveCase arrival_alone = case_on(switch_of(8), Operation::all_reduce, "ring", 1e8);
  arrival_alone.workload.arrivals = both.workload.arrivals;
  const CrossCheck late = cross_check(arrival_alone, run);
  ASSERT_EQ(broken_names(*find_form(late, "C03")), std::vector<std::string>{"simultaneous_arrival"});
  EXPECT_NEAR(find_form(late, "C03")->broken_assumptions.front().cost.si(), 1e-3, 1e-12);
  EXPECT_TRUE(find_form(late, "C06")->applies);
}

TEST(CrossCheck, TellsWhichLinkIsCrowdedAndByHowMuch) {
  CollectiveCase strided = case_on(fleet_from(R"({"topology":"leaf_spine","leaves":2,"spines":1,"devices_per_leaf":4,
                             "link":{"bandwidth":"50 GB/s","latency":"1 us"}})"),
                                   Operation::all_reduce, "ring", 1e8);
  keep_members(strided, {0, 4, 1, 5, 2, 6, 3, 7});
  const CrossCheck checked = cross_check(strided, run);
  const FormCheck* ring = find_form(checked, "C03");
  ASSERT_EQ(broken_names(*ring), std::vector<std::string>{"uncontended"});
  const BrokenAssumption& crowded = ring->broken_assumptions.front();
  EXPECT_NE(crowded.explanation.find("carries 4 messages at once"), std::string::npos) << crowded.explanation;
  EXPECT_NE(crowded.explanation.find("×4.0"), std::string::npos) << crowded.explanation;
  expect_close(checked.simulated - crowded.cost, ring->prediction.time);
  EXPECT_TRUE(find_form(checked, "C28")->applies);
}

TEST(CrossCheck, PricesEveryOptionThatAFormLeavesOut) {
  const auto price = [](const std::string& assumption, const std::function<void(CollectiveCase&)>& change) {
    CollectiveCase subject = case_on(switch_of(7), Operation::all_reduce, "ring", 1e7 + 3, "ports");
    change(subject);
    const CrossCheck checked = cross_check(subject, run);
    const FormCheck* ring = find_form(checked, "C03");
    ASSERT_EQ(broken_names(*ring), std::vector<std::string>{assumption});
    const BrokenAssumption& broken = ring->broken_assumptions.front();
    EXPECT_EQ(broken.basis, BrokenAssumption::Basis::simulation);
    EXPECT_GT(broken.cost, Seconds(0)) << assumption;
    expect_close(checked.simulated - broken.cost, ring->prediction.time);
  };
  price("no_overhead", [](CollectiveCase& subject) { subject.workload.message_overhead = Seconds(2e-6); });
  price("single_segment", [](CollectiveCase& subject) { subject.workload.request.segments = 4; });
  price("divisible", [](CollectiveCase& subject) { subject.workload.request.element = Bytes(1); });
  price("port_model", [](CollectiveCase& subject) { subject.engine.ports.overhead = Seconds(1e-6); });
}

TEST(CrossCheck, SaysThatNoSimulationGrantsAPowerOfTwo) {
  const CrossCheck checked = cross_check(case_on(switch_of(6), Operation::broadcast, "scatter_all_gather", 1e8), run);
  const FormCheck* form = find_form(checked, "C14");
  const BrokenAssumption* odd = find_broken(*form, "power_of_two");
  ASSERT_NE(odd, nullptr);
  EXPECT_EQ(odd->explanation, "6 ranks are not a power of two");
  EXPECT_EQ(odd->basis, BrokenAssumption::Basis::remainder);
  if (form->broken_assumptions.size() == 1) expect_close(checked.simulated - odd->cost, form->prediction.time);
}

TEST(CrossCheck, AFormThatAppliesAndIsOffIsADisagreement) {
  const Simulator slow = [](const auto& fleet, auto jobs, const auto& options) {
    sim::Timeline timeline = run(fleet, jobs, options);
    timeline.jobs.front().end *= 1 + 1e-6;
    return timeline;
  };
  const CrossCheck checked = cross_check(case_on(switch_of(4), Operation::all_reduce, "ring", 1e6), slow);
  EXPECT_TRUE(find_form(checked, "C03")->applies);
  EXPECT_FALSE(find_form(checked, "C03")->holds);
  EXPECT_FALSE(checked.agrees());
}

TEST(CrossCheck, MeasuresBandwidthsAsNcclTestsDoes) {
  const CrossCheck checked = cross_check(case_on(switch_of(8), Operation::all_reduce, "ring", 1e9), run);
  const Bandwidth algorithm = Bytes(1e9) / checked.simulated;
  EXPECT_DOUBLE_EQ(checked.algorithm_bandwidth->si(), algorithm.si());
  EXPECT_DOUBLE_EQ(checked.bus_bandwidth->si(), (algorithm * (2 * 7 / 8.0)).si());
}

TEST(CrossCheck, TheLowerBoundCountsAllLinksOfAFleet) {
  const auto bound = [](const std::string& fleet, const std::string& algorithm) {
    const CollectiveCase subject = case_on(fleet_from(fleet), Operation::all_reduce, algorithm, 1e9);
    return fleet_bound(Situation(subject));
  };
  const LowerBound flat =
      bound(R"({"topology":"switch","devices":8,"link":{"bandwidth":"50 GB/s","latency":"1 us"}})", "ring");
  expect_close(flat.latency, Seconds(3 * 2e-6));
  expect_close(flat.bandwidth, Seconds(2 * 7 / 8.0 * 1e9 / 50e9));
  EXPECT_EQ(flat.reduction, Seconds(0));
  // Four links each way: an algorithm that used them all would be four times as fast.
  const LowerBound torus =
      bound(R"({"topology":"torus","dimensions":[4,4],"link":{"bandwidth":"50 GB/s","latency":"1 us"}})", "ring");
  expect_close(torus.bandwidth, Seconds(2 * 15 / 16.0 * 1e9 / 200e9));
  EXPECT_GE(torus.latency, Seconds(1e-6));
}

TEST(CrossCheck, TheLowerBoundOfStatedSizesAsksOnlyOfPairsThatHaveBytes) {
  const auto bound = [](std::vector<double> sizes) {
    CollectiveCase subject = case_on(
        topology::fleet_from(R"({"topology":"switch","devices":4,"link":{"bandwidth":"1 GB/s","latency":"1 us"}})"),
        workloads::Operation::all_to_all_v, "direct", 0, "contention_free");
    for (const double size : sizes) subject.workload.request.sizes.emplace_back(size);
    const FormCheck check = *find_form(cross_check(subject, run), "C35");
    EXPECT_TRUE(check.applies && check.holds);
    return check.prediction.time.si();
  };
  std::vector<double> sizes(16, 0.0);
  EXPECT_EQ(bound(sizes), 0);
  sizes[1] = 1;
  EXPECT_DOUBLE_EQ(bound(sizes), 2e-6);  // one message over two links
  sizes[1] = 1e6;
  EXPECT_DOUBLE_EQ(bound(sizes), 1e-3);
  sizes[4 * 2 + 1] = 2e6;  // rank 1 is sent both, at once
  EXPECT_DOUBLE_EQ(bound(sizes), 3e-3 / 2);
}

TEST(CrossCheck, PortsUnderLogGPHaveTheirOwnForm) {
  CollectiveCase subject = case_on(switch_of(4), Operation::all_reduce, "ring", 4000, "ports");
  subject.engine.ports.overhead = Seconds(1e-6);
  subject.engine.ports.gap = Seconds(2e-6);
  subject.engine.ports.gap_per_byte = Seconds(1e-9);
  const CrossCheck checked = cross_check(subject, run);
  EXPECT_TRUE(find_form(checked, "C32")->applies);
  EXPECT_TRUE(find_form(checked, "C32")->holds);
  subject.engine.ports.gap = Seconds(1e-4);
  EXPECT_EQ(broken_names(*find_form(cross_check(subject, run), "C32")), std::vector<std::string>{"hidden_gap"});
}

TEST(ClosedFormTable, HoldsEveryFormOfTheCatalogueOnceOrForEachOperation) {
  std::vector<std::string> ids;
  for (const ClosedForm& form : closed_forms()) {
    EXPECT_FALSE(form.title.empty() || form.formula.empty() || form.source.empty()) << form.id;
    if (ids.empty() || ids.back() != form.id) ids.emplace_back(form.id);
  }
  ASSERT_EQ(ids.size(), 37U);
  EXPECT_EQ(ids.back(), "S16");
  for (int i = 1; i <= 36; ++i)
    EXPECT_EQ(ids[static_cast<std::size_t>(i) - 1], (i < 10 ? "C0" : "C") + std::to_string(i));
}

TEST(ClosedFormTable, NamesAlgorithmsThatExist) {
  for (const ClosedForm& form : closed_forms()) {
    for (const std::string_view name : form.algorithms) {
      const auto known = workloads::collective_algorithms();
      EXPECT_TRUE(std::ranges::any_of(known, [&](const auto& algorithm) { return algorithm.name == name; })) << name;
    }
  }
}

}  // namespace
}  // namespace lockstep::validation
