#pragma once

#include "base/random_stream.hpp"
#include "tests/sim/programs.hpp"
#include "topology/fleet.hpp"
#include "workloads/collectives/algorithms.hpp"

// Programs that nobody would write: whatever may depend on each other does so sometimes.
namespace lockstep::sim {

// Draws operations one after the other, each of which waits for earlier ones only, so that none can be deadlocked. Rank
// i is on device i of the fleet. Every rank has two streams that compute and communicate and one that receives ahead.
class RandomProgramMaker {
 public:
  // Without queues only one of the streams computes.
  enum class Queues : std::uint8_t { none, some };
  RandomProgramMaker(const topology::Fleet& fleet, RandomStream& random, Queues queues = Queues::some)
      : fleet_(fleet), random_(random), queues_(queues), ranks_(static_cast<std::uint32_t>(fleet.devices().size())) {}

  std::shared_ptr<const workloads::StepProgram> make(std::uint32_t operations) {
    workloads::ProgramBuilder builder(ranks_);
    lengths_.assign(ranks_, std::vector<std::uint64_t>(streams));
    for (std::uint32_t rank = 0; rank < ranks_; ++rank) {
      for (std::uint32_t stream = 0; stream < streams; ++stream) {
        const auto order = stream == ahead ? workloads::StreamOrder::ahead : workloads::StreamOrder::in_turn;
        builder.add_stream(workloads::RankId(rank), "stream " + std::to_string(stream), order);
      }
    }
    for (std::uint32_t i = 0; i < operations; ++i) add_something(builder);
    return builder.build();
  }

 private:
  static constexpr std::uint32_t streams = 3;
  static constexpr std::uint32_t ahead = 2;

  std::uint32_t below(std::uint64_t end) { return static_cast<std::uint32_t>(random_.below(end)); }
  std::uint32_t beyond(std::uint32_t rank, std::uint32_t steps) const {
    return rank + steps < ranks_ ? rank + steps : rank + steps - ranks_;
  }
  // Often round, so that things happen at once.
  double seconds() { return below(2) == 0 ? 1e-3 * below(4) : 5e-3 * random_.uniform(); }
  double bytes() { return below(2) == 0 ? 1e6 * below(3) : 5e6 * random_.uniform(); }

  void add(workloads::ProgramBuilder& builder, std::uint32_t rank, std::uint32_t stream, workloads::Op op) {
    op.label.phase = static_cast<std::uint16_t>(below(4));
    const std::uint32_t other = below(streams);
    if (stream != ahead && other != stream && earlier_[rank][other] > 0 && below(2) == 0) {
      op.waits.push_back({workloads::StreamId(other), random_.below(earlier_[rank][other])});
    }
    const std::uint32_t far = below(ranks_);
    if (stream != ahead && far != rank && earlier_[far][0] > 0 && below(8) == 0) {
      op.waits.push_back({workloads::StreamId(0), random_.below(earlier_[far][0]), workloads::RankId(far),
                          Seconds(below(2) == 0 ? 0 : seconds())});
    }
    builder.add(workloads::RankId(rank), workloads::StreamId(stream), op);
    ++lengths_[rank][stream];
  }

  void add_something(workloads::ProgramBuilder& builder) {
    earlier_ = lengths_;
    const std::uint32_t rank = below(ranks_);
    switch (below(6)) {
      case 0:
        return add_message(builder, rank, beyond(rank, 1 + below(ranks_ - 1)), below(2));
      case 1:  // what is received ahead comes from one peer
        return add_message(builder, rank, beyond(rank, 1), ahead);
      case 2:
        return add_collective(builder);
      case 3:
        return add(builder, rank, below(2), hold_until(4 * seconds()));
      default:
        return add(builder, rank, queues_ == Queues::none ? 0 : below(2), compute(seconds()));
    }
  }

  void add_message(workloads::ProgramBuilder& builder, std::uint32_t from, std::uint32_t to, std::uint32_t into) {
    // What is received ahead comes from one stream, so that nothing changes its order.
    const std::uint32_t stream = into == ahead ? 0 : below(2);
    const workloads::Tag tag = into == ahead ? 9 : 2 * stream + into;
    add(builder, from, stream, send_to(to, bytes(), tag));
    add(builder, to, into, receive_from(from, tag));
  }

  void add_collective(workloads::ProgramBuilder& builder) {
    auto members = std::make_shared<std::vector<workloads::RankId>>();
    std::vector<topology::VertexId> devices;
    const std::uint32_t count = 2 + below(ranks_ - 1);
    const std::uint32_t first = below(ranks_);
    for (std::uint32_t i = 0; i < count; ++i) {
      members->emplace_back(beyond(first, i));
      devices.push_back(fleet_.devices()[members->back().value()]);
    }
    const auto call = builder.add_collective(
        {workloads::plan_collective({.bytes = Bytes(1e6 + bytes())}, {fleet_, devices}, workloads::Fidelity::message),
         members});
    for (std::uint32_t i = 0; i < count; ++i) {
      workloads::Op op;
      op.kind = workloads::OpKind::collective;
      op.collective = call;
      op.member = workloads::RankId(i);
      add(builder, (*members)[i].value(), below(2), op);
    }
  }

  const topology::Fleet& fleet_;
  RandomStream& random_;
  Queues queues_;
  std::uint32_t ranks_;
  std::vector<std::vector<std::uint64_t>> lengths_;  // of each stream of each rank, so far
  std::vector<std::vector<std::uint64_t>> earlier_;  // before what is added just now, which must not wait for itself
};

}  // namespace lockstep::sim
