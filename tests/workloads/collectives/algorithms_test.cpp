#include "workloads/collectives/algorithms.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/workloads/collectives/random_requests.hpp"

namespace lockstep::workloads {
namespace {

CollectiveRequest request_for(const std::string& algorithm, Operation operation) {
  CollectiveRequest request;
  request.operation = operation;
  request.algorithm = algorithm;
  request.bytes = Bytes(1e6);
  request.where = "scenario.json: workload";
  return request;
}

InputError::Text refusal(const CollectiveRequest& request, std::uint32_t members = 4) {
  try {
    testing::plan_for(request, members);
  } catch (const InputError& error) {
    return error.text();
  }
  return {.problem = "accepted"};
}

TEST(CollectiveAlgorithms, RefuseOptionsThatMakeNoSenseForThem) {
  CollectiveRequest request = request_for("recursive_doubling", Operation::all_reduce);
  request.segments = 4;
  EXPECT_EQ(refusal(request).where, "scenario.json: workload");
  EXPECT_EQ(refusal(request).problem, "algorithm 'recursive_doubling' does not cut its messages into segments");
  EXPECT_EQ(refusal(request).suggestion.find("leave \"segments\" out; these understand it: ring, chain, binary_tree"),
            0U);
  request = request_for("binary_tree", Operation::broadcast);
  request.channels = 2;
  EXPECT_EQ(refusal(request).problem, "algorithm 'binary_tree' has no channels");
  request = request_for("double_tree", Operation::all_reduce);
  request.direction = Direction::backward;
  EXPECT_EQ(refusal(request).problem, "algorithm 'double_tree' has no direction");
}

TEST(CollectiveAlgorithms, RefuseRequestsThatMakeNoSense) {
  CollectiveRequest request = request_for("tree", Operation::broadcast);
  request.root = RankId(4);
  EXPECT_EQ(refusal(request).problem, "the root is rank 4 of the collective, which has 4 ranks");
  request = request_for("ring", Operation::all_reduce);
  request.root = RankId(1);
  EXPECT_EQ(refusal(request).problem, "all_reduce has no root");
  request = request_for("ring", Operation::all_reduce);
  EXPECT_EQ(refusal(request, 1).problem, "a collective needs two ranks or more");
  request.element = Bytes(3);
  EXPECT_EQ(refusal(request).problem, "the bytes are no whole number of elements");
  request = request_for("ring", Operation::all_reduce);
  request.bytes = Bytes(0);
  EXPECT_EQ(refusal(request).problem, "there are no bytes to move");
  request = request_for("ring", Operation::all_reduce);
  request.segments = 0;
  EXPECT_EQ(refusal(request).problem, "there is nothing to cut the data into");
  request.segments = 4'000'000'000;
  EXPECT_EQ(refusal(request).problem, "the data would be cut into more than 2147483648 pieces");
}

TEST(CollectiveAlgorithms, RefuseSizesThatAreNotOneForEachPair) {
  CollectiveRequest request = request_for("pairwise", Operation::all_to_all_v);
  request.sizes.assign(15, Bytes(1));
  EXPECT_EQ(refusal(request).problem, "all_to_all_v among 4 ranks needs 16 sizes, and there are 15");
  request = request_for("pairwise", Operation::all_to_all);
  request.sizes.assign(16, Bytes(1));
  EXPECT_EQ(refusal(request).problem, "all_to_all has one size");
}

TEST(CollectiveAlgorithms, NameThoseThatCanDoAnOperation) {
  const auto text = refusal(request_for("ring", Operation::all_to_all));
  EXPECT_EQ(text.problem, "algorithm 'ring' cannot do all_to_all");
  EXPECT_NE(text.suggestion.find("pairwise"), std::string::npos);
  EXPECT_EQ(refusal(request_for("rnig", Operation::all_reduce)).suggestion, "did you mean 'ring'?");
}

TEST(CollectiveAlgorithms, ServeEveryOperation) {
  for (int i = 0; i <= static_cast<int>(Operation::barrier); ++i) {
    const auto operation = static_cast<Operation>(i);
    EXPECT_EQ(operation_from(to_text(operation), ""), operation);
    EXPECT_NE(refusal(request_for("nothing", operation)).problem, "accepted");
  }
}

// Plans of thousands of members are made and asked without tables that grow with the square of the members.
TEST(CollectiveAlgorithms, PlanForManyMembersAtOnce) {
  const std::uint32_t members = 8192;
  for (const CollectiveAlgorithm& algorithm : collective_algorithms()) {
    const auto plain = testing::plain_algorithms();
    if (std::find(plain.begin(), plain.end(), algorithm.name) == plain.end()) continue;
    for (const Operation operation : algorithm.operations) {
      if (operation == Operation::all_to_all_v) continue;  // its sizes are a table of the user's
      const PlanPointer plan = testing::plan_for(request_for(std::string(algorithm.name), operation), members);
      Op op;
      for (std::uint32_t stream = 0; stream < plan->stream_count(RankId(members / 2)); ++stream) {
        if (plan->length(RankId(members / 2), StreamId(stream)) == 0) continue;
        op.clear();
        plan->fetch(RankId(members / 2), StreamId(stream), 0, op);
        EXPECT_FALSE(op.sends.empty() && op.receives.empty()) << algorithm.name << " " << to_text(operation);
      }
    }
  }
}

}  // namespace
}  // namespace lockstep::workloads
