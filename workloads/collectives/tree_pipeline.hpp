#pragma once

#include <array>
#include <optional>

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Broadcast, reduction and all-reduce (both at once) along one or more trees, an equal part of the data each, cut into
// segments that are passed on as they come. A member receives ahead from each neighbour.
class TreePipeline : public CollectivePlan {
 public:
  // A member's neighbours in a tree.
  struct Node {
    std::optional<RankId> parent = {};
    std::array<RankId, 2> child = {};
    std::uint32_t children = 0;
  };
  // How a member sends to its children: each segment to the first, then to the second, or to both independently.
  enum class Branching : std::uint8_t { in_turn, independent };
  struct Settings {
    std::uint32_t trees = 1;
    std::uint32_t segments = 1;
    Branching branching = Branching::in_turn;
    // In flows the segments between the first and the last are one transfer, which does not wait to be received.
    Fidelity fidelity = Fidelity::message;
  };
  // Requires the shape to have trees · segments blocks.
  TreePipeline(CollectiveShape shape, const Settings& settings);

  std::uint32_t stream_count(RankId) const override;
  StreamOrder order(RankId, StreamId stream) const override;
  std::uint64_t length(RankId rank, StreamId stream) const override;
  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override;
  std::string stream_name(RankId, StreamId stream) const override;

 protected:
  virtual Node node(std::uint32_t tree, RankId member) const = 0;

 private:
  // What a stream does.
  enum class Role : std::uint8_t {
    hear_first_child,
    hear_second_child,
    tell_parent,
    hear_parent,
    tell_children,
    tell_second_child  // where it is not told in turn
  };
  struct Place {
    std::uint32_t tree;
    Role role;
  };
  struct Group {
    BlockRange blocks;
    bool is_steady;
  };

  std::uint32_t roles() const;
  std::uint32_t first_role() const;
  Place place(StreamId stream) const;
  StreamId stream_of(std::uint32_t tree, Role role) const;
  std::uint32_t groups() const;
  Group group(std::uint32_t tree, std::uint32_t number) const;
  void tell(Op& op, RankId peer, const Place& place, const Group& group) const;
  void wait_for_children(Op& op, const Node& node, std::uint32_t tree, std::uint32_t number) const;
  void fetch_tell_children(Op& op, const Node& node, const Place& place, std::uint32_t position) const;

  Settings settings_;
};

}  // namespace lockstep::workloads
