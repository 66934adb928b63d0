#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/quantity.hpp"
#include "base/strong_id.hpp"

// One step of a rank's work, as a program states it: work, never the time that it takes.
namespace lockstep::workloads {

// The n-th participant of a program; in the program of one collective, the n-th member of its group.
using RankId = StrongId<struct RankTag>;
// The n-th in-order queue of operations of one rank.
using StreamId = StrongId<struct StreamTag>;
// Tells apart the messages between one pair of ranks: those of equal tag are matched in the order of their issue.
using Tag = std::uint32_t;

// Pieces of the data that a collective moves, numbered as its BlockLayout says.
struct BlockRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  friend bool operator==(const BlockRange&, const BlockRange&) = default;
};

// Which entries of Op::blocks a transfer is about.
struct BlockList {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct Send {
  RankId peer;
  Tag tag = 0;
  Bytes bytes = {};
  std::uint32_t messages = 1;  // that many in a row, charged as one flow: each pays the latency
  BlockList blocks = {};       // what it carries
};

// What a receiver does with what comes in.
enum class Arrival : std::uint8_t { replace, combine };

struct Receive {
  RankId peer;
  Tag tag = 0;
  Arrival arrival = Arrival::replace;
  BlockList blocks = {};  // where it is put; empty: where it came from
};

// Data that a rank takes from one of its locations to another by itself.
struct Move {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  Arrival arrival = Arrival::replace;
};

// What a compute operation costs: nominal seconds, or what a device's figures turn into seconds. The parts add up.
struct Work {
  Seconds nominal = {};
  Flops flops = {};
  Bytes memory_traffic = {};
  Seconds attention = {};  // the part of `nominal` that goes by how long the documents are that are attended to
};

// The operation at `position` of another stream is done, and `delay` has passed since. A dependency that costs no
// message but at most a stated time; what takes a network's time is sent and received.
struct Wait {
  StreamId stream;
  std::uint64_t position = 0;
  std::optional<RankId> rank = {};  // whose stream it is, the same rank's if absent; not in plans of collectives
  Seconds delay = {};               // 0 unless the program has_delays()
};

// What an operation is about, in three numbers that its program puts into words.
struct Label {
  std::uint16_t phase = 0;
  std::uint16_t layer = 0;
  std::uint32_t microbatch = 0;
  friend bool operator==(const Label&, const Label&) = default;
};

enum class OpKind : std::uint8_t {
  exchange,    // all sends and receives are issued together; when they are done, `reduce` bytes are combined
  compute,     // occupies the rank's device for `work`
  collective,  // takes part in collective `collective` of the program as member `member`
  hold         // nothing before `until`, counted from the start of the program
};

// An operation of a stream. It is issued when the one before it in its stream is done and all of `waits` are over.
struct Op {
  OpKind kind = OpKind::exchange;
  Label label = {};
  std::vector<Wait> waits;

  std::vector<Send> sends;
  std::vector<Receive> receives;
  std::vector<Move> moves;  // in order, before anything is sent
  Bytes reduce = {};
  std::vector<BlockRange> blocks;  // what sends and receives refer to

  Work work = {};
  std::uint64_t collective = 0;
  RankId member;
  Seconds until = {};

  // Empty again, with the memory that it holds: one Op serves a whole simulation.
  void clear();
};

inline void Op::clear() {
  kind = OpKind::exchange;
  label = {};
  waits.clear();
  sends.clear();
  receives.clear();
  moves.clear();
  reduce = {};
  blocks.clear();
  work = {};
  collective = 0;
  member = {};
  until = {};
}

}  // namespace lockstep::workloads
