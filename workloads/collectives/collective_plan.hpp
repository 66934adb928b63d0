#pragma once

#include "workloads/collectives/block_layout.hpp"
#include "workloads/step_program/step_program.hpp"

namespace lockstep::workloads {

enum class Operation : std::uint8_t {
  all_reduce,
  reduce_scatter,
  all_gather,
  broadcast,
  reduce,
  gather,
  scatter,
  all_to_all,
  all_to_all_v,
  barrier
};

// What a collective has to achieve, whatever algorithm does it, and in which blocks its algorithm cuts the data.
//
// | operation      | before                                | after                                    |
// | all_reduce     | every member: its own vector          | every member: the sum of all             |
// | reduce_scatter | every member: its own vector          | member m: the sum, of share m            |
// | all_gather     | member m: share m                     | every member: all shares                 |
// | broadcast      | the root: the vector                  | every member: the vector                 |
// | reduce         | every member: its own vector          | the root: the sum of all                 |
// | gather         | member m: share m                     | the root: all shares                     |
// | scatter        | the root: all shares                  | member m: share m                        |
// | all_to_all (v) | member m: blocks from m to everyone   | member m: blocks from everyone to m      |
// | barrier        | member m: token m (no bytes)          | every member: all tokens                 |
//
// Share m of B blocks on p members are blocks [m·B/p, (m+1)·B/p). In all_to_all each member's B/p blocks are its shares
// for everyone in turn: with p·p blocks, block s·p + d goes from s to d.
struct CollectiveShape {
  Operation operation = Operation::all_reduce;
  std::uint32_t members = 0;
  RankId root = {};
  BlockLayout layout;

  BlockRange share(std::uint32_t member) const {
    const std::uint32_t each = layout.blocks() / members;
    return {member * each, each};
  }
  // Whether results are sums of what all members contribute.
  bool reduces() const;
  // Whether the member has the block before, and has to have it after.
  bool begins_with(std::uint32_t member, std::uint32_t block) const;
  bool ends_with(std::uint32_t member, std::uint32_t block) const;
  // Whose the block is, of operations that do not reduce.
  std::uint32_t origin(std::uint32_t block) const;
};

// One collective as every member carries it out: a program whose ranks are the members, then the agents.
class CollectivePlan : public StepProgram {
 public:
  explicit CollectivePlan(CollectiveShape shape) : shape_(std::move(shape)) {}

  const CollectiveShape& shape() const { return shape_; }
  std::uint32_t rank_count() const override { return shape_.members; }
  std::uint32_t stream_count(RankId) const override { return 1; }
  // What a location that is beyond the blocks is called.
  virtual std::string location_name(RankId, std::uint32_t location) const {
    return "location " + std::to_string(location);
  }

 protected:
  // Adds a message of these blocks to an exchange. Without blocks it is empty and only tells the time.
  void add_send(Op& op, RankId peer, BlockRange blocks, Tag tag = 0) const;
  // The same for shares of members, counted on from the first member after the last.
  void add_share_send(Op& op, RankId peer, BlockRange shares, Tag tag = 0) const;
  // Adds one more range of blocks to the message that was added last.
  void extend_send(Op& op, BlockRange blocks) const;
  // Adds the receipt of a message whose blocks replace what is there, or are combined with it: then `combined` is what
  // comes in.
  static void add_receive(Op& op, RankId peer, Tag tag = 0);
  void add_combining_receive(Op& op, RankId peer, BlockRange combined, Tag tag = 0) const;
  // Adds the two messages of a member in an all-to-all, each from one member to another, of all-to-all-v
  // those that have bytes.
  struct Ends {
    RankId from;
    RankId to;
  };
  void add_swap(Op& op, Ends sent, Ends received) const;
  BlockRange all_blocks() const { return {0, shape_.layout.blocks()}; }
  // The member `steps` <= members after this one, round and round.
  RankId after(RankId member, std::uint32_t steps) const {
    const std::uint64_t sum = std::uint64_t{member.value()} + steps;
    return RankId(sum >= shape_.members ? sum - shape_.members : sum);
  }

 private:
  CollectiveShape shape_;
};

}  // namespace lockstep::workloads
