#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/text_table.hpp"
#include "workloads/step_program/line_json.hpp"
#include "workloads/step_program/op.hpp"

// What has to hold of a whole program before it can run, for readers of files: they tell of each operation, with its
// line, and ask at the end.
namespace lockstep::workloads {

// An operation, and where the file states it.
struct StatedOp {
  RankId rank;
  StreamId stream;
  std::uint64_t position = 0;
  std::uint64_t line = 0;
};

// The names that operations go by within their rank, and which of them wait for which.
class WaitTable {
 public:
  explicit WaitTable(std::string file) : file_(std::move(file)) {}

  // Throws InputError where another operation of the rank goes by that name.
  void add_name(std::string_view id, const StatedOp& op);
  void add_wait(std::string_view id, const StatedOp& waiting);

  // Writes what the waits, in the order of adding, are for. Throws InputError for names that nobody of the rank has.
  void resolve(std::span<Wait> waits) const;
  // Throws InputError where operations of one rank wait for each other; after `resolve`.
  void require_order(std::span<const Wait> waits, std::uint32_t ranks) const;

 private:
  struct Waiting {
    StatedOp op;
    std::uint32_t id;
  };
  using Key = std::uint64_t;  // rank and name
  static Key key(RankId rank, std::uint32_t id) { return std::uint64_t{rank.value()} << 32 | id; }
  [[noreturn]] void fail_unknown(const Waiting& waiting) const;

  std::string file_;
  TextTable ids_;
  std::unordered_map<Key, StatedOp> named_;
  std::vector<Waiting> waiting_;
};

// Whether every message that is sent is received.
class MessageBalance {
 public:
  explicit MessageBalance(std::string file) : file_(std::move(file)) {}

  void add_send(const StatedOp& op, RankId to, Tag tag) { ++ends(op.rank, to, tag, op.line).sends; }
  // A stream that receives ahead has its messages for itself: throws InputError where it does not.
  void add_receive(const StatedOp& op, RankId from, Tag tag, bool ahead);

  // Throws InputError for the first connection of the file with more messages at one end than at the other.
  void require_balance() const;

 private:
  struct Key {
    RankId from;
    RankId to;
    Tag tag = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      const std::uint64_t mixed = (std::uint64_t{key.from.value()} << 32 | key.to.value()) * 0x9E3779B97F4A7C15U;
      return (mixed ^ mixed >> 29 ^ key.tag) * 0xBF58476D1CE4E5B9U;
    }
  };
  struct Ends {
    std::uint64_t sends = 0;
    std::uint64_t receives = 0;
    std::uint64_t line = 0;  // the first that uses it
    StreamId receiver;
    bool is_ahead = false;
  };
  Ends& ends(RankId from, RankId to, Tag tag, std::uint64_t line) {
    return connections_.try_emplace({from, to, tag}, Ends{.line = line, .receiver = {}}).first->second;
  }

  std::string file_;
  std::unordered_map<Key, Ends, Hash> connections_;
};

}  // namespace lockstep::workloads
