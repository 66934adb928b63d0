#include "workloads/collectives/data_flow.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <tuple>

#include "base/unit_text.hpp"
#include "workloads/collectives/pieces.hpp"

namespace lockstep::workloads {
namespace {

// Which of the streams that can go on does so next.
enum class Turn : std::uint8_t { longest_ready, latest_ready };

enum class LaneState : std::uint8_t { ready, waiting, exchanging, done };

// A stream of one participant.
struct Lane {
  RankId rank;
  StreamId stream;
  std::uint64_t position = 0;
  std::uint64_t length = 0;
  LaneState state = LaneState::ready;
  Op op = {};
  std::size_t outstanding = 0;  // sends and receives of `op`
  Bytes combined = {};          // so far
};

struct Message {
  std::vector<std::uint32_t> locations;  // where it was at the sender's
  Pieces pieces;
};

// A send or a receive that lacks the other.
struct Posted {
  std::uint32_t lane = 0;
  std::size_t receive = 0;                // which of the operation's, of receives
  std::unique_ptr<Message> message = {};  // of sends
};

using Connection = std::tuple<std::uint32_t, std::uint32_t, Tag>;  // from, to
using Waiting = std::map<Connection, std::deque<Posted>>;

// The first that waits on the connection.
std::optional<Posted> take_posted(Waiting& all, const Connection& connection) {
  const auto known = all.find(connection);
  if (known == all.end()) return std::nullopt;
  Posted first = std::move(known->second.front());
  known->second.pop_front();
  if (known->second.empty()) all.erase(known);
  return first;
}

class Tracer {
 public:
  Tracer(const CollectivePlan& plan, Turn turn);
  DataFlow run();

 private:
  void add_participant(std::uint32_t rank);
  void issue(std::uint32_t lane);
  bool has_to_wait(const Lane& lane);
  bool refuse_op(std::uint32_t lane);
  void send(std::uint32_t lane, const Send& send);
  std::unique_ptr<Message> take(std::uint32_t lane, const Send& send);
  void receive(std::uint32_t lane, std::size_t receive);
  void deliver(const Posted& receive, const Message& message);
  void put(std::uint32_t lane, const Receive& receive, std::uint32_t location, const Pieces& from, std::size_t piece);
  void half_done(std::uint32_t lane);
  void finish(std::uint32_t lane);
  void require_all_done();
  void require_result();
  void require_block(std::uint32_t member, std::uint32_t block);

  void fail(const std::string& fault) {
    if (!fault_) fault_ = fault;
  }
  void fail(std::uint32_t lane, const std::string& fault) { fail(place(lane) + ": " + fault); }
  std::string name(RankId rank) const {
    const bool is_agent = rank.value() >= shape_.members;
    return (is_agent ? "agent " : "member ") + std::to_string(is_agent ? rank.value() - shape_.members : rank.value());
  }
  std::string place(std::uint32_t lane) const;
  std::string blockage(const Lane& lane) const;
  bool equal(Bytes a, Bytes b) const { return std::abs((a - b).si()) <= 1e-9 * std::max(a.si(), b.si()); }
  std::vector<std::uint32_t> locations(const Op& op, BlockList list) const;

  const CollectivePlan& plan_;
  const CollectiveShape& shape_;
  Turn turn_;
  std::vector<Lane> lanes_;
  std::vector<std::uint32_t> first_lane_;  // of each participant, and the end
  std::deque<std::uint32_t> ready_;
  Waiting sends_;  // that are not received yet
  Waiting receives_;
  std::vector<Pieces> pieces_;  // of each participant, by location
  std::vector<Bytes> sent_;
  std::optional<std::string> fault_;
};

Tracer::Tracer(const CollectivePlan& plan, Turn turn) : plan_(plan), shape_(plan.shape()), turn_(turn) {
  for (std::uint32_t rank = 0; rank < plan.rank_count(); ++rank) add_participant(rank);
  first_lane_.push_back(static_cast<std::uint32_t>(lanes_.size()));
}

void Tracer::add_participant(std::uint32_t rank) {
  first_lane_.push_back(static_cast<std::uint32_t>(lanes_.size()));
  for (std::uint32_t stream = 0; stream < plan_.stream_count(RankId(rank)); ++stream) {
    ready_.push_back(static_cast<std::uint32_t>(lanes_.size()));
    lanes_.push_back({.rank = RankId(rank), .stream = StreamId(stream)});
    lanes_.back().length = plan_.length(RankId(rank), StreamId(stream));
  }
  sent_.emplace_back();
  pieces_.emplace_back(shape_.members);
  pieces_.back().resize(shape_.layout.blocks());
  if (rank >= shape_.members) return;
  for (std::uint32_t block = 0; block < shape_.layout.blocks(); ++block) {
    if (shape_.begins_with(rank, block)) pieces_.back().put(block, block, rank);
  }
}

DataFlow Tracer::run() {
  while (!ready_.empty() && !fault_) {
    const bool latest = turn_ == Turn::latest_ready;
    const std::uint32_t lane = latest ? ready_.back() : ready_.front();
    latest ? ready_.pop_back() : ready_.pop_front();
    issue(lane);
  }
  if (!fault_) require_all_done();
  if (!fault_) require_result();
  return {std::move(fault_), std::move(sent_)};
}

std::string Tracer::place(std::uint32_t lane) const {
  const Lane& at = lanes_[lane];
  return name(at.rank) + ", " + plan_.stream_name(at.rank, at.stream) + ", operation " + std::to_string(at.position);
}

std::vector<std::uint32_t> Tracer::locations(const Op& op, BlockList list) const {
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = list.begin; i < list.end; ++i) {
    for (std::uint32_t k = 0; k < op.blocks[i].count; ++k) all.push_back(op.blocks[i].first + k);
  }
  return all;
}

void Tracer::issue(std::uint32_t number) {
  Lane& lane = lanes_[number];
  lane.state = LaneState::done;
  if (lane.position == lane.length) return;
  lane.op.clear();
  plan_.fetch(lane.rank, lane.stream, lane.position, lane.op);
  if (refuse_op(number)) return;
  lane.state = LaneState::waiting;
  if (has_to_wait(lane)) return;
  lane.state = LaneState::exchanging;
  lane.combined = {};
  lane.outstanding = lane.op.sends.size() + lane.op.receives.size() + 1;
  // What is sent is what is there before anything comes in.
  std::vector<std::unique_ptr<Message>> messages;
  for (const Send& each : lane.op.sends) messages.push_back(take(number, each));
  if (fault_) return;
  for (std::size_t i = 0; i < lane.op.receives.size(); ++i) receive(number, i);
  for (std::size_t i = 0; i < lane.op.sends.size(); ++i) {
    const Connection to{lane.rank.value(), lane.op.sends[i].peer.value(), lane.op.sends[i].tag};
    if (const auto receiver = take_posted(receives_, to)) {
      deliver(*receiver, *messages[i]);
      half_done(number);
    } else {
      sends_[to].push_back({.lane = number, .message = std::move(messages[i])});
    }
  }
  half_done(number);
}

bool Tracer::refuse_op(std::uint32_t number) {
  const Lane& lane = lanes_[number];
  if (lane.op.kind == OpKind::collective) fail(number, "it is a collective inside a collective");
  auto require_peer = [&](RankId peer) {
    if (peer.value() >= plan_.rank_count()) fail(number, "there is no member " + std::to_string(peer.value()));
  };
  for (const Send& each : lane.op.sends) require_peer(each.peer);
  for (const Receive& each : lane.op.receives) require_peer(each.peer);
  for (const Wait& wait : lane.op.waits) {
    const bool exists = wait.stream.value() < plan_.stream_count(lane.rank);
    if (!exists || wait.position >= plan_.length(lane.rank, wait.stream)) {
      fail(number, "it waits for operation " + std::to_string(wait.position) + " of stream " +
                       std::to_string(wait.stream.value()) + ", which there is not");
    }
  }
  const bool is_ahead = plan_.order(lane.rank, lane.stream) == StreamOrder::ahead;
  if (is_ahead && (lane.op.receives.size() != 1 || !lane.op.sends.empty() || !lane.op.waits.empty())) {
    fail(number, "an operation that is issued ahead is one receive and nothing else");
  }
  return fault_.has_value();
}

bool Tracer::has_to_wait(const Lane& lane) {
  const std::uint32_t first = first_lane_[lane.rank.value()];
  return std::any_of(lane.op.waits.begin(), lane.op.waits.end(),
                     [&](const Wait& wait) { return lanes_[first + wait.stream.value()].position <= wait.position; });
}

std::unique_ptr<Message> Tracer::take(std::uint32_t number, const Send& send) {
  const Lane& lane = lanes_[number];
  const Pieces& held = pieces_[lane.rank.value()];
  auto message = std::make_unique<Message>(Message{locations(lane.op, send.blocks), Pieces(shape_.members)});
  Bytes carried;
  for (const std::uint32_t location : message->locations) {
    if (held.block(location) == Pieces::no_block) {
      fail(number,
           "it sends location " + std::to_string(location) + " to " + name(send.peer) + ", where there is nothing yet");
      return message;
    }
    message->pieces.append(held, location);
    carried += shape_.layout.size({held.block(location), 1});
  }
  if (!equal(carried, send.bytes)) {
    fail(number, "the message to " + name(send.peer) + " is said to have " + shortest_text(send.bytes.si()) +
                     " bytes, and its blocks have " + shortest_text(carried.si()));
  }
  sent_[lane.rank.value()] += send.bytes;
  return message;
}

void Tracer::receive(std::uint32_t number, std::size_t receive) {
  const Lane& lane = lanes_[number];
  const Connection from{lane.op.receives[receive].peer.value(), lane.rank.value(), lane.op.receives[receive].tag};
  if (const auto sender = take_posted(sends_, from)) {
    deliver({.lane = number, .receive = receive}, *sender->message);
    half_done(sender->lane);
  } else {
    receives_[from].push_back({.lane = number, .receive = receive});
  }
}

void Tracer::deliver(const Posted& posted, const Message& message) {
  Lane& lane = lanes_[posted.lane];
  const Receive& receive = lane.op.receives[posted.receive];
  std::vector<std::uint32_t> targets = locations(lane.op, receive.blocks);
  if (targets.empty()) targets = message.locations;
  if (targets.size() != message.locations.size()) {
    return fail(posted.lane, std::to_string(message.locations.size()) + " blocks come in from " + name(receive.peer) +
                                 ", and there is room for " + std::to_string(targets.size()));
  }
  for (std::size_t i = 0; i < targets.size(); ++i) put(posted.lane, receive, targets[i], message.pieces, i);
  half_done(posted.lane);
}

void Tracer::put(std::uint32_t number, const Receive& receive, std::uint32_t location, const Pieces& from,
                 std::size_t piece) {
  Lane& lane = lanes_[number];
  Pieces& held = pieces_[lane.rank.value()];
  if (location >= held.size()) held.resize(std::size_t{location} + 1);
  const std::uint32_t present = held.block(location);
  const std::uint32_t arriving = from.block(piece);
  const bool is_agent = lane.rank.value() >= shape_.members;
  if (receive.arrival == Arrival::replace || (is_agent && present == Pieces::no_block)) {
    return held.replace(location, from, piece);
  }
  const std::string what = "block " + std::to_string(arriving) + " from " + name(receive.peer);
  if (present == Pieces::no_block) return fail(number, "there is nothing to combine " + what + " with");
  if (present != arriving) {
    return fail(number, what + " would be combined with block " + std::to_string(present));
  }
  if (const auto doubled = held.combine(location, from, piece)) {
    fail(number, what + " brings the contribution of member " + std::to_string(*doubled) + " a second time");
  }
  lane.combined += shape_.layout.size({arriving, 1});
}

void Tracer::half_done(std::uint32_t number) {
  if (--lanes_[number].outstanding == 0 && !fault_) finish(number);
}

void Tracer::finish(std::uint32_t number) {
  Lane& lane = lanes_[number];
  // Agents combine for free.
  if (lane.rank.value() < shape_.members && !equal(lane.op.reduce, lane.combined)) {
    fail(number, "it is said to combine " + shortest_text(lane.op.reduce.si()) + " bytes, and combines " +
                     shortest_text(lane.combined.si()));
  }
  ++lane.position;
  lane.state = LaneState::ready;
  ready_.push_back(number);
  for (std::uint32_t i = first_lane_[lane.rank.value()]; i < first_lane_[lane.rank.value() + 1]; ++i) {
    if (lanes_[i].state != LaneState::waiting || has_to_wait(lanes_[i])) continue;
    lanes_[i].state = LaneState::ready;
    ready_.push_back(i);
  }
}

std::string Tracer::blockage(const Lane& lane) const {
  const auto number = static_cast<std::uint32_t>(&lane - lanes_.data());
  std::string text = place(number) + " waits for";
  if (lane.state == LaneState::waiting) {
    for (const Wait& wait : lane.op.waits) {
      const std::uint32_t other = first_lane_[lane.rank.value()] + wait.stream.value();
      if (lanes_[other].position <= wait.position) {
        text += " operation " + std::to_string(wait.position) + " of " + plan_.stream_name(lane.rank, wait.stream);
      }
    }
    return text;
  }
  auto add_peers = [&](const auto& connections, bool sends) {
    for (const auto& [connection, waiting] : connections) {
      const auto& [from, to, tag] = connection;
      for (const Posted& posted : waiting) {
        if (posted.lane == number) text += " " + name(RankId(sends ? to : from)) + (sends ? " to receive" : " to send");
      }
    }
  };
  add_peers(sends_, true);
  add_peers(receives_, false);
  return text;
}

void Tracer::require_all_done() {
  std::string text;
  std::size_t blocked = 0;
  constexpr std::size_t most_shown = 4;
  for (const Lane& lane : lanes_) {
    if (lane.state == LaneState::done || ++blocked > most_shown) continue;
    text.append(text.empty() ? "" : "; ").append(blockage(lane));
  }
  if (blocked > most_shown) text += "; and " + std::to_string(blocked - most_shown) + " more wait";
  if (blocked > 0) fail("the plan is deadlocked: " + text);
}

void Tracer::require_result() {
  for (std::uint32_t member = 0; member < shape_.members && !fault_; ++member) {
    for (std::uint32_t block = 0; block < shape_.layout.blocks() && !fault_; ++block) {
      if (shape_.ends_with(member, block)) require_block(member, block);
    }
  }
}

void Tracer::require_block(std::uint32_t member, std::uint32_t block) {
  // Nothing has to be moved from one member to another that has no data for it.
  if (shape_.operation == Operation::all_to_all_v && !(shape_.layout.size({block, 1}) > Bytes(0))) return;
  const std::string where = "at the end member " + std::to_string(member) + " ";
  const std::string what = "block " + std::to_string(block);
  const Pieces& held = pieces_[member];
  if (held.block(block) == Pieces::no_block) return fail(where + "lacks " + what);
  if (held.block(block) != block) {
    return fail(where + "has block " + std::to_string(held.block(block)) + " where " + what + " belongs");
  }
  for (std::uint32_t other = 0; other < shape_.members; ++other) {
    const bool is_due = shape_.reduces() || other == shape_.origin(block);
    if (held.contains(block, other) == is_due) continue;
    return fail(where + "has " + what + (is_due ? " without" : " with") + " the contribution of member " +
                std::to_string(other));
  }
}

}  // namespace

DataFlow trace_data(const CollectivePlan& plan) {
  DataFlow flow = Tracer(plan, Turn::longest_ready).run();
  if (flow.fault) return flow;
  return Tracer(plan, Turn::latest_ready).run();
}

}  // namespace lockstep::workloads
