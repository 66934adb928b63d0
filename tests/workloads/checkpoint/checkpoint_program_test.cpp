#include "workloads/checkpoint/checkpoint_program.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/topology/fleets.hpp"

namespace lockstep::workloads {
namespace {

using topology::Fleet;

Fleet nodes_with_storage(int nodes, int servers) {
  return topology::fleet_from(R"({"topology":"rail_optimized","devices_per_node":4,"devices":)" +
                              std::to_string(4 * nodes) +
                              R"(,"link":{"bandwidth":"50 GB/s","latency":"1 us"},"storage":{"bandwidth":"1 TB/s",)" +
                              R"("servers":)" + std::to_string(servers) + "}}");
}

std::vector<topology::VertexId> devices_of(const Fleet& fleet) {
  return {fleet.devices().begin(), fleet.devices().end()};
}

CheckpointLoad uneven_load(const Fleet& fleet) {
  CheckpointLoad load;
  for (std::size_t rank = 0; rank < fleet.device_count(); ++rank) {
    load.written.emplace_back(1e6 * static_cast<double>(rank));  // the first writes nothing
    load.loaded.emplace_back(5e6);
  }
  return load;
}

Op op_of(const CheckpointProgram& program, RankId rank, std::uint64_t position = 0) {
  Op op;
  program.fetch(rank, StreamId(0), position, op);
  return op;
}

// What leaves every rank and what every rank is ready to receive, over all operations.
struct Moved {
  double sent = 0;
  std::size_t sends = 0;
  std::size_t receives = 0;
};
Moved moved_by(const CheckpointProgram& program) {
  Moved moved;
  for (std::uint32_t rank = 0; rank < program.rank_count(); ++rank) {
    const Op op = op_of(program, RankId(rank));
    for (const Send& send : op.sends) moved.sent += send.bytes.si();
    moved.sends += op.sends.size();
    moved.receives += op.receives.size();
  }
  return moved;
}

TEST(CheckpointProgram, MovesEveryByteInOneMessageARankAndServer) {
  const Fleet fleet = nodes_with_storage(4, 3);
  for (const CheckpointDirection direction : {CheckpointDirection::save, CheckpointDirection::load}) {
    for (const CheckpointLayout layout : {CheckpointLayout::striped, CheckpointLayout::round_robin}) {
      const CheckpointProgram program(uneven_load(fleet), fleet, devices_of(fleet),
                                      {.direction = direction, .layout = layout});
      const Moved moved = moved_by(program);
      const std::size_t ranks = direction == CheckpointDirection::save ? 15 : 16;
      EXPECT_EQ(moved.sends, ranks * (layout == CheckpointLayout::striped ? 3 : 1));
      EXPECT_EQ(moved.receives, moved.sends);
      EXPECT_NEAR(moved.sent, direction == CheckpointDirection::save ? 120e6 : 80e6, 1e-3);
      EXPECT_EQ(program.total_bytes().si(), direction == CheckpointDirection::save ? 120e6 : 80e6);
    }
  }
}

TEST(CheckpointProgram, StripesOverServersOrTakesThemInTurn) {
  const Fleet fleet = nodes_with_storage(1, 2);
  const CheckpointLoad load = even_checkpoint(Bytes(4e6), 4);
  const CheckpointProgram striped(load, fleet, devices_of(fleet), {});
  ASSERT_EQ(striped.first_agent(), 4U);
  EXPECT_EQ(op_of(striped, RankId(1)).sends.at(1).peer, RankId(5));
  EXPECT_EQ(op_of(striped, RankId(1)).sends.at(1).bytes, Bytes(5e5));
  const CheckpointProgram in_turn(load, fleet, devices_of(fleet), {.layout = CheckpointLayout::round_robin});
  for (std::uint32_t rank = 0; rank < 4; ++rank) {
    const Op op = op_of(in_turn, RankId(rank));
    ASSERT_EQ(op.sends.size(), 1U);
    EXPECT_EQ(op.sends.front().peer, RankId(4 + rank % 2));
    EXPECT_EQ(op.sends.front().bytes, Bytes(1e6));
  }
}

// Wherever its ranks are: here they count through the nodes.
TEST(CheckpointProgram, LetsTheNextNodeKeepACopy) {
  const Fleet fleet = nodes_with_storage(3, 1);
  std::vector<topology::VertexId> spread;
  for (std::size_t rank = 0; rank < 12; ++rank) spread.push_back(fleet.devices()[rank % 3 * 4 + rank / 3]);
  const CheckpointProgram program(even_checkpoint(Bytes(12e6), 12), fleet, spread,
                                  {.direction = CheckpointDirection::peers});
  EXPECT_EQ(program.rank_count(), 12U);
  for (std::uint32_t rank = 0; rank < 12; ++rank) {
    const Op op = op_of(program, RankId(rank));
    ASSERT_EQ(op.sends.size(), 1U);
    const auto& own = fleet.vertex(spread[rank]);
    const auto& peer = fleet.vertex(spread[op.sends.front().peer.value()]);
    EXPECT_EQ(*peer.place.node, (*own.place.node + 1) % 3);
    EXPECT_EQ(own.name.substr(own.name.find('.')), peer.name.substr(peer.name.find('.')));
    EXPECT_EQ(op_of(program, op.sends.front().peer).receives.front().peer, RankId(rank));
  }
}

TEST(CheckpointProgram, CopiesToTheHostBeforeAnythingIsSent) {
  const Fleet fleet = nodes_with_storage(2, 1);
  const CheckpointProgram program(uneven_load(fleet), fleet, devices_of(fleet), {.snapshot = Bandwidth(1e9)});
  ASSERT_EQ(program.length(RankId(3), StreamId(0)), 2U);
  EXPECT_EQ(op_of(program, RankId(3)).kind, OpKind::compute);
  EXPECT_EQ(op_of(program, RankId(3)).work.nominal, Seconds(3e-3));
  EXPECT_EQ(op_of(program, RankId(3), 1).sends.front().bytes, Bytes(3e6));
  EXPECT_EQ(program.length(RankId(8), StreamId(0)), 1U);  // the server
}

TEST(CheckpointProgram, RefusesFleetsWithNowhereToGo) {
  const Fleet bare = topology::topology_of("switch", R"("devices":4)");
  EXPECT_THROW(CheckpointProgram(even_checkpoint(Bytes(1), 4), bare, devices_of(bare), {}), InputError);
  const Fleet one_node = nodes_with_storage(1, 1);
  EXPECT_THROW(CheckpointProgram(even_checkpoint(Bytes(1), 4), one_node, devices_of(one_node),
                                 {.direction = CheckpointDirection::peers}),
               InputError);
  const Fleet two_nodes = nodes_with_storage(2, 1);
  std::vector<topology::VertexId> uneven = devices_of(two_nodes);
  uneven.pop_back();
  EXPECT_THROW(
      CheckpointProgram(even_checkpoint(Bytes(1), 7), two_nodes, uneven, {.direction = CheckpointDirection::peers}),
      InputError);
}

}  // namespace
}  // namespace lockstep::workloads
