#include "workloads/collectives/data_flow.hpp"

#include <gtest/gtest.h>

#include "tests/workloads/collectives/listed_plan.hpp"

namespace lockstep::workloads {
namespace {

using testing::ListedPlan;

CollectiveShape shape_of(Operation operation, std::uint32_t members, std::uint32_t blocks) {
  return {.operation = operation, .members = members, .layout = BlockLayout(Bytes(100), blocks)};
}

Op sending(std::uint32_t peer, BlockRange blocks, double bytes) {
  Op op;
  op.blocks = {blocks};
  op.sends = {{.peer = RankId(peer), .bytes = Bytes(bytes), .blocks = {0, 1}}};
  return op;
}

Op receiving(std::uint32_t peer, Arrival arrival = Arrival::replace, double reduce = 0) {
  Op op;
  op.receives = {{.peer = RankId(peer), .arrival = arrival}};
  op.reduce = Bytes(reduce);
  return op;
}

Op swapping(std::uint32_t peer) {
  Op op = sending(peer, {0, 1}, 100);
  op.receives = {{.peer = RankId(peer), .arrival = Arrival::combine}};
  op.reduce = Bytes(100);
  return op;
}

// Two members who exchange their vectors and add them up.
ListedPlan swap_plan() {
  ListedPlan plan(shape_of(Operation::all_reduce, 2, 1));
  plan.participants = {{{.ops = {swapping(1)}}}, {{.ops = {swapping(0)}}}};
  return plan;
}

std::string fault_of(const CollectivePlan& plan) {
  return trace_data(plan).fault.value_or("");
}

TEST(DataFlow, AcceptsAPlanThatDoesItsTaskAndCountsWhatIsSent) {
  const DataFlow flow = trace_data(swap_plan());
  EXPECT_EQ(flow.fault, std::nullopt);
  EXPECT_EQ(flow.sent, (std::vector{Bytes(100), Bytes(100)}));
}

TEST(DataFlow, NamesAContributionThatComesTwice) {
  ListedPlan plan = swap_plan();
  plan.participants[0][0].ops.push_back(swapping(1));
  plan.participants[1][0].ops.push_back(swapping(0));
  EXPECT_EQ(fault_of(plan),
            "member 1, stream 0, operation 1: block 0 from member 0 brings the contribution of member 0 a second time");
}

TEST(DataFlow, NamesWhatIsLackingAtTheEnd) {
  ListedPlan plan = swap_plan();
  plan.participants[1][0].ops[0] = sending(0, {0, 1}, 100);
  plan.participants[0][0].ops[0] = receiving(1, Arrival::combine, 100);
  EXPECT_EQ(fault_of(plan), "at the end member 1 has block 0 without the contribution of member 0");
}

TEST(DataFlow, NamesWhatIsNotInPlaceAtTheEnd) {
  ListedPlan plan(shape_of(Operation::all_gather, 2, 2));
  plan.participants = {{{.ops = {sending(1, {0, 1}, 50)}}}, {{.ops = {receiving(0)}}}};
  EXPECT_EQ(fault_of(plan), "at the end member 0 lacks block 1");
  plan.participants[0][0].ops.push_back(receiving(1));
  plan.participants[0][0].ops[1].receives[0].blocks = {0, 1};
  plan.participants[0][0].ops[1].blocks = {{0, 1}};
  plan.participants[1][0].ops.push_back(sending(0, {1, 1}, 50));
  EXPECT_EQ(fault_of(plan), "at the end member 0 has block 1 where block 0 belongs");
}

TEST(DataFlow, NamesWhoWaitsForWhomInADeadlock) {
  ListedPlan plan = swap_plan();
  plan.participants[0][0].ops = {receiving(1, Arrival::combine, 100), sending(1, {0, 1}, 100)};
  plan.participants[1][0].ops = {receiving(0, Arrival::combine, 100), sending(0, {0, 1}, 100)};
  EXPECT_EQ(fault_of(plan),
            "the plan is deadlocked: member 0, stream 0, operation 0 waits for member 1 to send; "
            "member 1, stream 0, operation 0 waits for member 0 to send");
  plan.participants[1][0].ops = {};
  plan.participants[0] = {{.ops = {sending(1, {0, 1}, 100)}}, {.ops = {receiving(1)}}};
  plan.participants[0][1].ops[0].waits = {{StreamId(0), 0}};
  EXPECT_EQ(fault_of(plan),
            "the plan is deadlocked: member 0, stream 0, operation 0 waits for member 1 to receive; "
            "member 0, stream 1, operation 0 waits for operation 0 of stream 0");
}

TEST(DataFlow, RefusesToSendWhatIsNotThere) {
  ListedPlan plan(shape_of(Operation::all_gather, 2, 2));
  plan.participants = {{{.ops = {sending(1, {1, 1}, 50)}}}, {{.ops = {receiving(0)}}}};
  EXPECT_EQ(fault_of(plan),
            "member 0, stream 0, operation 0: it sends location 1 to member 1, where there is nothing yet");
}

TEST(DataFlow, RefusesSizesThatAreNotThoseOfTheData) {
  ListedPlan plan = swap_plan();
  plan.participants[0][0].ops[0].sends[0].bytes = Bytes(99);
  EXPECT_EQ(fault_of(plan),
            "member 0, stream 0, operation 0: the message to member 1 is said to have 99 bytes, and its blocks "
            "have 100");
  plan = swap_plan();
  plan.participants[1][0].ops[0].reduce = {};
  EXPECT_EQ(fault_of(plan), "member 1, stream 0, operation 0: it is said to combine 0 bytes, and combines 100");
}

TEST(DataFlow, RefusesToCombineDifferentBlocks) {
  ListedPlan plan(shape_of(Operation::reduce_scatter, 2, 2));
  plan.participants = {{{.ops = {sending(1, {1, 1}, 50)}}}, {{.ops = {receiving(0, Arrival::combine, 50)}}}};
  plan.participants[1][0].ops[0].blocks = {{0, 1}};
  plan.participants[1][0].ops[0].receives[0].blocks = {0, 1};
  EXPECT_EQ(fault_of(plan), "member 1, stream 0, operation 0: block 1 from member 0 would be combined with block 0");
  plan.participants[1][0].ops[0].blocks = {{0, 2}};
  EXPECT_EQ(fault_of(plan), "member 1, stream 0, operation 0: 1 blocks come in from member 0, and there is room for 2");
}

TEST(DataFlow, CarriesWhatIsThereWhenTheSendIsIssued) {
  // Both send what they had, though each receives in the same operation.
  ListedPlan plan(shape_of(Operation::all_to_all, 2, 4));
  Op up = sending(1, {1, 1}, 25);
  up.receives = {{.peer = RankId(1)}};
  Op down = sending(0, {2, 1}, 25);
  down.receives = {{.peer = RankId(0)}};
  plan.participants = {{{.ops = {up}}}, {{.ops = {down}}}};
  EXPECT_EQ(fault_of(plan), "");
}

TEST(DataFlow, FindsSendsThatDoNotWaitForTheirData) {
  // Member 1 passes on to member 2 what it may not have yet.
  ListedPlan plan(shape_of(Operation::broadcast, 3, 1));
  plan.participants = {{{.ops = {sending(1, {0, 1}, 100)}}},
                       {{.ops = {receiving(0)}}, {.ops = {sending(2, {0, 1}, 100)}}},
                       {{.ops = {receiving(1)}}}};
  EXPECT_NE(fault_of(plan), "");
  plan.participants[1][1].ops[0].waits = {{StreamId(0), 0}};
  EXPECT_EQ(fault_of(plan), "");
}

TEST(DataFlow, LetsAgentsCombineWithNothing) {
  ListedPlan plan(shape_of(Operation::all_reduce, 2, 1), 1);
  Op share = sending(2, {0, 1}, 100);
  Op result = receiving(2);
  Op both = receiving(0, Arrival::combine);
  both.receives.push_back({.peer = RankId(1), .arrival = Arrival::combine});
  Op back = sending(0, {0, 1}, 100);
  back.sends.push_back({.peer = RankId(1), .bytes = Bytes(100), .blocks = {0, 1}});
  plan.participants = {{{.ops = {share, result}}}, {{.ops = {share, result}}}, {{.ops = {both, back}}}};
  const DataFlow flow = trace_data(plan);
  EXPECT_EQ(flow.fault, std::nullopt);
  EXPECT_EQ(flow.sent, (std::vector{Bytes(100), Bytes(100), Bytes(200)}));
}

TEST(DataFlow, AcceptsRings) {
  for (const Operation operation : {Operation::all_reduce, Operation::reduce_scatter, Operation::all_gather}) {
    for (std::uint32_t members = 2; members <= 9; ++members) {
      for (std::uint32_t segments = 1; segments <= 3; ++segments) {
        const CollectiveRequest request{
            .operation = operation, .bytes = Bytes(1e6), .segments = segments, .channels = 2};
        EXPECT_EQ(fault_of(*testing::plan_for(request, members)), "") << to_text(operation) << members;
      }
    }
  }
}

TEST(DataFlow, IsFastEnoughForLargePlans) {
  // 64 members and 8192 blocks: a million messages.
  const CollectiveRequest request{.bytes = Bytes(1e9), .segments = 16, .channels = 8};
  EXPECT_EQ(fault_of(*testing::plan_for(request, 64)), "");
}

}  // namespace
}  // namespace lockstep::workloads
