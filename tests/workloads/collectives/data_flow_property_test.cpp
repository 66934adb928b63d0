// Every algorithm moves the right data, and damaged plans are found out.
#include <gtest/gtest.h>

#include <map>
#include <tuple>
#include <utility>

#include "tests/workloads/collectives/random_requests.hpp"
#include "workloads/collectives/data_flow.hpp"

namespace lockstep::workloads {
namespace {

using testing::ListedPlan;

class EveryAlgorithm : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Collectives, EveryAlgorithm, ::testing::ValuesIn(testing::plain_algorithms()),
                         [](const auto& suite) { return suite.param; });

TEST_P(EveryAlgorithm, MovesTheRightDataWithAnyNumberOfMembers) {
  for (const Operation operation : testing::algorithm_named(GetParam()).operations) {
    for (std::uint32_t members = 2; members <= 33; ++members) {
      RandomStream random(1, "tests/collectives/data_flow", {static_cast<std::uint64_t>(operation), members});
      for (int draw = 0; draw < 2; ++draw) {
        const CollectiveRequest request = testing::random_request(random, GetParam(), operation, members);
        const DataFlow flow = trace_data(*testing::plan_for(request, members));
        ASSERT_EQ(flow.fault, std::nullopt) << testing::describe(request, members);
      }
    }
  }
}

// A message of a plan: the j-th from one member to another under a tag, as both see it.
struct Place {
  std::uint32_t member = 0;
  std::size_t stream = 0;
  std::size_t position = 0;
  std::size_t number = 0;  // among the operation's sends or receives
};
struct FoundMessage {
  Place send;
  Place receive;
};

Op& op_at(ListedPlan& plan, const Place& place) {
  return plan.participants[place.member][place.stream].ops[place.position];
}

// All messages, matched in the order of their issue; tests use it where a connection belongs to one stream.
std::vector<FoundMessage> messages_of(ListedPlan& plan) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, Tag>, std::pair<std::vector<Place>, std::vector<Place>>> found;
  for (std::uint32_t member = 0; member < plan.rank_count(); ++member) {
    for (std::size_t stream = 0; stream < plan.participants[member].size(); ++stream) {
      for (std::size_t position = 0; position < plan.participants[member][stream].ops.size(); ++position) {
        const Op& op = plan.participants[member][stream].ops[position];
        for (std::size_t i = 0; i < op.sends.size(); ++i) {
          found[{member, op.sends[i].peer.value(), op.sends[i].tag}].first.push_back({member, stream, position, i});
        }
        for (std::size_t i = 0; i < op.receives.size(); ++i) {
          found[{op.receives[i].peer.value(), member, op.receives[i].tag}].second.push_back(
              {member, stream, position, i});
        }
      }
    }
  }
  std::vector<FoundMessage> all;
  for (const auto& [connection, ends] : found) {
    for (std::size_t i = 0; i < ends.first.size(); ++i) all.push_back({ends.first[i], ends.second[i]});
  }
  return all;
}

// The receiver combines the message once more.
void double_message(ListedPlan& plan, const FoundMessage& message) {
  Op& sending = op_at(plan, message.send);
  const Send send = sending.sends[message.send.number];
  sending.sends.push_back(send);
  auto& stream = plan.participants[message.receive.member][message.receive.stream];
  Op& receiving = op_at(plan, message.receive);
  if (stream.order == StreamOrder::in_turn) {
    const Receive receive = receiving.receives[message.receive.number];
    receiving.receives.push_back(receive);
    receiving.reduce += send.bytes;
    return;
  }
  const Op again = receiving;
  stream.ops.insert(stream.ops.begin() + static_cast<std::ptrdiff_t>(message.receive.position), again);
  for (auto& other : plan.participants[message.receive.member]) {
    for (Op& op : other.ops) {
      for (Wait& wait : op.waits) {
        if (wait.stream.value() == message.receive.stream && wait.position >= message.receive.position) ++wait.position;
      }
    }
  }
}

TEST_P(EveryAlgorithm, IsFoundOutWhenDamaged) {
  for (const Operation operation : testing::algorithm_named(GetParam()).operations) {
    for (std::uint32_t members = 2; members <= 12; ++members) {
      RandomStream random(2, "tests/collectives/damage", {static_cast<std::uint64_t>(operation), members});
      const CollectiveRequest request = testing::random_request(random, GetParam(), operation, members);
      const ListedPlan plan = ListedPlan::copy_of(*testing::plan_for(request, members));
      ListedPlan damaged = plan;
      const std::vector<FoundMessage> messages = messages_of(damaged);
      if (messages.empty()) continue;  // of an all-to-all-v without bytes
      for (int draw = 0; draw < 10; ++draw) {
        const FoundMessage& message = messages[random.below(messages.size())];

        damaged = plan;
        auto& sends = op_at(damaged, message.send).sends;
        sends.erase(sends.begin() + static_cast<std::ptrdiff_t>(message.send.number));
        EXPECT_TRUE(trace_data(damaged).fault) << "a send is missing: " << testing::describe(request, members);

        damaged = plan;
        if (op_at(damaged, message.receive).receives[message.receive.number].arrival == Arrival::combine) {
          double_message(damaged, message);
          EXPECT_TRUE(trace_data(damaged).fault) << "twice combined: " << testing::describe(request, members);
        }

        // A broadcast by scatter gives members some blocks twice, and so do the tokens of a barrier.
        if (request.algorithm == "scatter_all_gather" || operation == Operation::barrier) continue;
        damaged = plan;
        Op& op = op_at(damaged, message.send);
        BlockRange& sent = op.blocks[op.sends[message.send.number].blocks.begin];
        const std::uint32_t places = damaged.shape().layout.blocks() - sent.count + 1;
        if (places == 1) continue;
        sent.first = static_cast<std::uint32_t>((sent.first + 1 + random.below(places - 1)) % places);
        if (damaged.shape().layout.size(sent) == Bytes(0)) continue;
        EXPECT_TRUE(trace_data(damaged).fault) << "another block: " << testing::describe(request, members);
      }
    }
  }
}

TEST_P(EveryAlgorithm, IsFoundOutWhenItDoesNotWait) {
  for (const Operation operation : testing::algorithm_named(GetParam()).operations) {
    for (std::uint32_t members = 2; members <= 8; ++members) {
      RandomStream random(3, "tests/collectives/waits", {static_cast<std::uint64_t>(operation), members});
      const CollectiveRequest request = testing::random_request(random, GetParam(), operation, members);
      ListedPlan plan = ListedPlan::copy_of(*testing::plan_for(request, members));
      for (auto& streams : plan.participants) {
        for (auto& stream : streams) {
          for (Op& op : stream.ops) {
            if (op.waits.empty() || random.below(4) != 0) continue;
            const std::vector<Wait> waits = std::exchange(op.waits, {});
            EXPECT_TRUE(trace_data(plan).fault) << testing::describe(request, members);
            op.waits = waits;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace lockstep::workloads
