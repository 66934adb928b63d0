#include "workloads/collectives/recursive_exchange.hpp"

#include <bit>

namespace lockstep::workloads {
namespace {

// What pairs do in a step.
enum class Step : std::uint8_t {
  swap,     // send the whole vector and combine the other's
  halve,    // keep half of what one has: send the other half and combine
  gather,   // send what one has gathered and receive as much
  collect,  // send what one has gathered towards the root, or receive as much
  spread    // send half of what came from the root, or receive it
};

// The steps among groups, a power of two of them. The first 2·folded members are groups of two, whose odd member acts;
// the others are groups of one.
class RecursiveExchange final : public CollectivePlan {
 public:
  RecursiveExchange(CollectiveShape shape, std::vector<Step> phases)
      : CollectivePlan(std::move(shape)),
        groups_(std::bit_floor(this->shape().members)),
        folded_(this->shape().members - groups_),
        steps_(static_cast<std::uint32_t>(std::countr_zero(groups_))),
        phases_(std::move(phases)) {}

  std::uint64_t length(RankId rank, StreamId) const override {
    if (is_folded(rank)) return 2;
    return phases_.size() * steps_ + (acts_for_two(rank) ? 2 : 0);
  }
  std::string stream_name(RankId, StreamId) const override { return "exchange"; }

  void fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const override {
    if (is_folded(rank)) return position == 0 ? enter(op, rank) : leave(op, rank);
    auto number = static_cast<std::uint32_t>(position);
    if (acts_for_two(rank)) {
      const RankId partner(rank.value() - 1);
      if (number == 0) return welcome(op, partner);
      if (number == length(rank, StreamId()) - 1) return dismiss(op, partner);
      --number;
    }
    const std::uint32_t step = number % steps_;
    const Step kind = phases_[number / steps_];
    const bool begins_far = kind == Step::halve || kind == Step::spread;
    const std::uint32_t distance = begins_far ? groups_ >> (step + 1) : 1U << step;
    const bool is_tree = kind == Step::collect || kind == Step::spread;
    is_tree ? pass(op, group_of(rank), distance, kind) : exchange(op, group_of(rank), distance, kind);
  }

 private:
  bool is_folded(RankId rank) const { return rank.value() < 2 * folded_ && rank.value() % 2 == 0; }
  bool acts_for_two(RankId rank) const { return rank.value() < 2 * folded_; }
  std::uint32_t group_of(RankId rank) const { return acts_for_two(rank) ? rank.value() / 2 : rank.value() - folded_; }
  RankId actor(std::uint32_t group) const { return RankId(group < folded_ ? 2 * group + 1 : group + folded_); }

  // The blocks that fall to groups first … first + count - 1: the shares of their members, where members have shares.
  BlockRange blocks_of(std::uint32_t first, std::uint32_t count) const {
    const std::uint32_t begin = first_block(first);
    return {begin, first_block(first + count) - begin};
  }
  std::uint32_t first_block(std::uint32_t group) const {
    if (!has_shares()) return group;
    return group + std::min(group, folded_);
  }

  void exchange(Op& op, std::uint32_t group, std::uint32_t distance, Step kind) const {
    const std::uint32_t other = group ^ distance;
    // What either has after halving, or before doubling.
    const BlockRange mine = blocks_of(group & ~(distance - 1), distance);
    const BlockRange others = blocks_of(other & ~(distance - 1), distance);
    const bool swaps = kind == Step::swap;
    add_send(op, actor(other), swaps ? all_blocks() : (kind == Step::halve ? others : mine));
    if (kind == Step::gather) return add_receive(op, actor(other));
    add_combining_receive(op, actor(other), swaps ? all_blocks() : mine);
  }

  // A step of a tree whose places are the groups by their difference from the root's; few of them take part.
  void pass(Op& op, std::uint32_t group, std::uint32_t distance, Step kind) const {
    const std::uint32_t place = group ^ group_of(shape().root);
    if ((place & (distance - 1)) != 0) return;
    const std::uint32_t other = group ^ distance;
    const bool sends = ((place & distance) != 0) == (kind == Step::collect);
    if (!sends) return add_receive(op, actor(other));
    const std::uint32_t whose = kind == Step::collect ? group : other;
    add_send(op, actor(other), blocks_of(whose & ~(distance - 1), distance));
  }

  // Whether members own blocks, rather than groups.
  bool has_shares() const {
    return shape().operation == Operation::reduce_scatter || shape().operation == Operation::all_gather ||
           shape().operation == Operation::barrier;
  }
  // A folded member gives what it contributes to others, and gets in the end what it lacks.
  bool contributes(RankId folded) const { return shape().operation != Operation::broadcast || folded == shape().root; }
  bool lacks(RankId folded) const {
    if (shape().operation == Operation::broadcast) return folded != shape().root;
    return shape().operation != Operation::reduce || folded == shape().root;
  }
  void enter(Op& op, RankId folded) const {
    if (!contributes(folded)) return;
    const RankId partner(folded.value() + 1);
    if (!has_shares()) return add_send(op, partner, all_blocks());
    shape().reduces() ? send_all_but(op, partner, folded) : add_send(op, partner, shape().share(folded.value()));
  }
  void welcome(Op& op, RankId folded) const {
    if (!contributes(folded)) return;
    if (!shape().reduces()) return add_receive(op, folded);
    add_combining_receive(op, folded, all_blocks());
    if (has_shares()) op.reduce -= shape().layout.size(shape().share(folded.value()));
  }
  void dismiss(Op& op, RankId folded) const {
    if (!lacks(folded)) return;
    if (!has_shares()) return add_send(op, folded, all_blocks());
    shape().reduces() ? add_send(op, folded, shape().share(folded.value())) : send_all_but(op, folded, folded);
  }
  void leave(Op& op, RankId folded) const {
    if (!lacks(folded)) return;
    const RankId partner(folded.value() + 1);
    const bool adds_its_own = shape().reduces() && has_shares();
    adds_its_own ? add_combining_receive(op, partner, shape().share(folded.value())) : add_receive(op, partner);
  }
  void send_all_but(Op& op, RankId peer, RankId owner) const {
    add_share_send(op, peer, {owner.value() + 1, shape().members - 1});
  }

  std::uint32_t groups_;
  std::uint32_t folded_;
  std::uint32_t steps_;
  std::vector<Step> phases_;
};

}  // namespace

PlanPointer plan_recursive_doubling(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  if (request.operation == Operation::all_reduce) {
    return std::make_shared<RecursiveExchange>(shape_of(request, members, 1), std::vector{Step::swap});
  }
  return std::make_shared<RecursiveExchange>(shape_of(request, members, members), std::vector{Step::gather});
}

PlanPointer plan_halving_doubling(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  auto plan = [&](std::uint32_t blocks, std::vector<Step> phases) {
    return std::make_shared<RecursiveExchange>(shape_of(request, members, blocks), std::move(phases));
  };
  switch (request.operation) {
    case Operation::all_reduce:
      return plan(std::bit_floor(members), {Step::halve, Step::gather});
    case Operation::reduce:
      return plan(std::bit_floor(members), {Step::halve, Step::collect});
    case Operation::broadcast:
      return plan(std::bit_floor(members), {Step::spread, Step::gather});
    case Operation::reduce_scatter:
      return plan(members, {Step::halve});
    default:
      return plan(members, {Step::gather});
  }
}

}  // namespace lockstep::workloads
