#include "workloads/collectives/ring.hpp"

namespace lockstep::workloads {
namespace {

// The rounds of a ring: first those that reduce, then those that gather, members - 1 each.
struct Rounds {
  std::uint32_t reducing = 0;
  std::uint32_t gathering = 0;
};

Rounds rounds_of(Operation operation, std::uint32_t members) {
  const std::uint32_t each = members - 1;
  switch (operation) {
    case Operation::reduce_scatter:
      return {each, 0};
    case Operation::all_gather:
    case Operation::barrier:
      return {0, each};
    default:
      return {each, each};
  }
}

// Every channel turns its share of each chunk round a ring of its own. With one segment a member sends and receives one
// chunk a round; with several, they are received ahead on a second stream and passed on as soon as they are there.
class Ring final : public CollectivePlan {
 public:
  Ring(CollectiveShape shape, const CollectiveRequest& request)
      : CollectivePlan(std::move(shape)),
        rounds_(rounds_of(this->shape().operation, this->shape().members)),
        segments_(request.segments),
        channels_(request.channels),
        direction_(request.direction),
        has_equal_blocks_(!request.element) {}

  std::uint32_t stream_count(RankId) const override { return segmented() ? 2 * channels_ : channels_; }
  StreamOrder order(RankId, StreamId stream) const override {
    return is_receiving(stream) ? StreamOrder::ahead : StreamOrder::in_turn;
  }
  std::uint64_t length(RankId, StreamId) const override {
    return std::uint64_t{rounds_.reducing + rounds_.gathering} * segments_;
  }
  std::optional<std::uint64_t> text(RankId) const override {
    if (!has_equal_blocks_) return std::nullopt;
    return 0;
  }
  std::string stream_name(RankId, StreamId stream) const override {
    std::string channel = "ring " + std::to_string(channel_of(stream));
    if (!segmented()) return channel;
    return channel + (is_receiving(stream) ? " receives" : " sends");
  }

  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override {
    const auto round = static_cast<std::uint32_t>(position / segments_);
    const auto segment = static_cast<std::uint32_t>(position % segments_);
    const std::uint32_t channel = channel_of(stream);
    const std::uint32_t member = rank.value();
    if (!segmented() || !is_receiving(stream)) {
      add_send(op, RankId(ahead_of(member, 1, channel)), block(chunk_sent(member, round, channel), channel, segment),
               channel);
    }
    if (segmented() && !is_receiving(stream)) {
      if (round > 0) op.waits.push_back({StreamId(stream.value() + 1), position - segments_});
      return;
    }
    const std::uint32_t previous = ahead_of(member, shape().members - 1, channel);
    if (round < rounds_.reducing) {
      add_combining_receive(op, RankId(previous), block(chunk_sent(previous, round, channel), channel, segment),
                            channel);
    } else {
      add_receive(op, RankId(previous), channel);
    }
  }

 private:
  bool segmented() const { return segments_ > 1; }
  std::uint32_t channel_of(StreamId stream) const { return segmented() ? stream.value() / 2 : stream.value(); }
  bool is_receiving(StreamId stream) const { return segmented() && stream.value() % 2 == 1; }

  bool turns_backward(std::uint32_t channel) const {
    return direction_ == Direction::backward || (direction_ == Direction::alternating && channel % 2 == 1);
  }
  // The member `steps` <= members further on in the channel's direction.
  std::uint32_t ahead_of(std::uint32_t member, std::uint32_t steps, std::uint32_t channel) const {
    const std::uint32_t members = shape().members;
    if (turns_backward(channel)) steps = members - steps;
    const std::uint32_t sum = member + steps;
    return sum >= members ? sum - members : sum;
  }
  // Member m ends the reducing rounds with chunk m, and begins the gathering ones with it.
  std::uint32_t chunk_sent(std::uint32_t member, std::uint32_t round, std::uint32_t channel) const {
    const bool reduces = round < rounds_.reducing;
    const std::uint32_t behind = reduces ? round + 1 : round - rounds_.reducing;
    return ahead_of(member, shape().members - behind, channel);
  }
  BlockRange block(std::uint32_t chunk, std::uint32_t channel, std::uint32_t segment) const {
    return {(chunk * channels_ + channel) * segments_ + segment, 1};
  }

  Rounds rounds_;
  std::uint32_t segments_;
  std::uint32_t channels_;
  Direction direction_;
  bool has_equal_blocks_;
};

// A member's whole traffic in one direction as one flow that pays the latency of every message.
class RingFlow final : public CollectivePlan {
 public:
  RingFlow(CollectiveShape shape, const CollectiveRequest& request)
      : CollectivePlan(std::move(shape)),
        rounds_(rounds_of(this->shape().operation, this->shape().members)),
        segments_(request.segments),
        channels_(request.channels),
        direction_(request.direction),
        has_equal_blocks_(!request.element),
        in_all_chunks_(channels_) {
    for (std::uint32_t channel = 0; channel < channels_; ++channel) {
      for (std::uint32_t chunk = 0; chunk < this->shape().members; ++chunk) {
        in_all_chunks_[channel] += size(chunk, channel);
      }
    }
  }

  std::uint32_t stream_count(RankId) const override { return channels_; }
  std::uint64_t length(RankId, StreamId) const override { return 1; }
  std::optional<std::uint64_t> text(RankId) const override {
    if (!has_equal_blocks_) return std::nullopt;
    return 0;
  }
  void fetch(RankId rank, StreamId stream, std::uint64_t, Op& op) const override {
    const std::uint32_t members = shape().members;
    const bool backward =
        direction_ == Direction::backward || (direction_ == Direction::alternating && stream.value() % 2 == 1);
    const std::uint32_t up = (rank.value() + 1) % members;
    const std::uint32_t down = (rank.value() + members - 1) % members;
    const std::uint32_t ahead = backward ? down : up;
    const std::uint32_t behind = backward ? up : down;
    // A reduction sends every chunk but the one that it ends with, and a gathering all but the one that is ahead.
    const std::uint32_t channel = stream.value();
    Bytes sent;
    if (rounds_.reducing > 0) sent += in_all_chunks_[channel] - size(rank.value(), channel);
    if (rounds_.gathering > 0) sent += in_all_chunks_[channel] - size(ahead, channel);
    op.sends.push_back({.peer = RankId(ahead),
                        .tag = channel,
                        .bytes = sent,
                        .messages = (rounds_.reducing + rounds_.gathering) * segments_});
    op.receives.push_back({.peer = RankId(behind), .tag = channel});
    if (rounds_.reducing > 0) op.reduce = in_all_chunks_[channel] - size(behind, channel);
  }

 private:
  Bytes size(std::uint32_t chunk, std::uint32_t channel) const {
    return shape().layout.size({(chunk * channels_ + channel) * segments_, segments_});
  }

  Rounds rounds_;
  std::uint32_t segments_;
  std::uint32_t channels_;
  Direction direction_;
  bool has_equal_blocks_;
  std::vector<Bytes> in_all_chunks_;  // of each channel
};

}  // namespace

PlanPointer plan_ring(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<Ring>(shape_of(request, members, members * request.channels * request.segments), request);
}

PlanPointer plan_ring_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<RingFlow>(shape_of(request, members, members * request.channels * request.segments), request);
}

}  // namespace lockstep::workloads
