#pragma once

#include <cstdint>
#include <vector>

#include "sim/engines/network.hpp"
#include "workloads/step_program/op.hpp"

namespace lockstep::sim {

// The messages of one tag from one rank to another: what was sent and not yet received, or the other way round.
struct Connection {
  static constexpr std::uint32_t none = UINT32_MAX;

  RouteId route;
  std::uint32_t first = none;  // the queue of what waits for its other half
  std::uint32_t last = none;
  bool receives_wait = false;       // what waits are receives, not sends
  std::uint32_t ahead_lane = none;  // the lane that receives whatever comes
};

// The connections of one running program, found by their ends.
class ConnectionTable {
 public:
  struct Key {
    workloads::RankId from;
    workloads::RankId to;
    workloads::Tag tag = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };

  // The number of the connection; `is_new` says whether it was made just now.
  std::uint32_t find(const Key& key, bool& is_new) {
    if (2 * (keys_.size() + 1) > slots_.size()) grow();
    for (std::size_t slot = hash(key) & (slots_.size() - 1);; slot = (slot + 1) & (slots_.size() - 1)) {
      const std::uint32_t index = slots_[slot];
      is_new = index == Connection::none;
      if (is_new) {
        slots_[slot] = static_cast<std::uint32_t>(keys_.size());
        keys_.push_back(key);
        connections_.emplace_back();
        return slots_[slot];
      }
      if (keys_[index] == key) return index;
    }
  }
  // Keeps its room.
  void clear() {
    slots_.clear();
    keys_.clear();
    connections_.clear();
  }
  Connection& operator[](std::uint32_t index) { return connections_[index]; }
  const Key& key(std::uint32_t index) const { return keys_[index]; }

 private:
  static std::size_t hash(const Key& key) {
    std::uint64_t mixed = (std::uint64_t{key.from.value()} << 32 | key.to.value()) * 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 32) ^ key.tag) * 0xBF58476D1CE4E5B9U;
    return mixed ^ (mixed >> 29);
  }
  void grow() {
    slots_.assign(slots_.empty() ? 16 : 2 * slots_.size(), Connection::none);
    for (std::uint32_t index = 0; index < keys_.size(); ++index) {
      std::size_t slot = hash(keys_[index]) & (slots_.size() - 1);
      while (slots_[slot] != Connection::none) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = index;
    }
  }

  std::vector<std::uint32_t> slots_;  // open addressing over the connections' numbers
  std::vector<Key> keys_;
  std::vector<Connection> connections_;
};

}  // namespace lockstep::sim
