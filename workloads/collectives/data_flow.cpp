#include "workloads/collectives/data_flow.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>

#include "base/unit_text.hpp"
#include "workloads/collectives/held_data.hpp"

namespace lockstep::workloads {
namespace {

// Which of the streams that can go on does so next: in the last case one that only sends, so that what it sends comes
// in as late as can be.
enum class Turn : std::uint8_t { longest_ready, latest_ready, sender };

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
  bool is_ahead = false;
  std::deque<std::shared_ptr<const CarriedData>> arrived = {};  // and not looked at yet, of those that receive ahead
};

// A send or a receive that lacks the other.
struct Posted {
  std::uint32_t lane = 0;
  std::size_t receive = 0;                          // which of the operation's, of receives
  std::shared_ptr<const CarriedData> message = {};  // of sends
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
  void make_ready(std::uint32_t lane);
  std::uint32_t take_turn();
  void issue(std::uint32_t lane);
  bool fetch(std::uint32_t lane);
  bool gives_way(std::uint32_t lane);
  void look_at_arrived(std::uint32_t lane);
  bool has_to_wait(const Lane& lane);
  bool refuse_op(std::uint32_t lane);
  void send(std::uint32_t lane, const Send& send, std::shared_ptr<const CarriedData> message);
  std::shared_ptr<const CarriedData> take(std::uint32_t lane, const Send& send);
  void receive(std::uint32_t lane, std::size_t receive);
  void deliver(const Posted& receive, const CarriedData& carried);
  void half_done(std::uint32_t lane);
  void finish(std::uint32_t lane);
  void require_all_done();

  void fail(const std::string& fault) {
    if (!fault_) fault_ = fault;
  }
  void fail(std::uint32_t lane, const std::string& fault) {
    if (!fault_) note_place(lane, fault);
    fail(place(lane) + ": " + fault);
  }
  void check(std::uint32_t lane, const DataFault& fault) {
    if (fault) fail(lane, *fault);
  }
  void note_place(std::uint32_t lane, const std::string& what) {
    const Lane& at = lanes_[lane];
    placed_ = {.rank = at.rank, .stream = at.stream, .position = at.position, .what = what};
  }
  std::string place(std::uint32_t lane) const;
  std::string blockage(const Lane& lane) const;

  const CollectivePlan& plan_;
  HeldData data_;
  Turn turn_;
  std::vector<Lane> lanes_;
  std::vector<std::uint32_t> first_lane_;  // of each participant, and the end
  std::deque<std::uint32_t> ready_;
  std::deque<std::uint32_t> giving_way_;  // ready, but only when no other is
  Waiting sends_;                         // that are not received yet
  Waiting receives_;
  std::map<Connection, std::uint32_t> ahead_;  // lanes that receive whatever comes
  std::vector<Bytes> sent_;
  std::optional<std::string> fault_;
  std::optional<PlacedFault> placed_;
};

Tracer::Tracer(const CollectivePlan& plan, Turn turn) : plan_(plan), data_(plan), turn_(turn) {
  for (std::uint32_t rank = 0; rank < plan.rank_count(); ++rank) add_participant(rank);
  first_lane_.push_back(static_cast<std::uint32_t>(lanes_.size()));
}

void Tracer::add_participant(std::uint32_t rank) {
  first_lane_.push_back(static_cast<std::uint32_t>(lanes_.size()));
  for (std::uint32_t stream = 0; stream < plan_.stream_count(RankId(rank)); ++stream) {
    const auto number = static_cast<std::uint32_t>(lanes_.size());
    Lane& lane = lanes_.emplace_back();
    lane.rank = RankId(rank);
    lane.stream = StreamId(stream);
    lane.length = plan_.length(lane.rank, lane.stream);
    lane.is_ahead = lane.length > 0 && plan_.order(lane.rank, lane.stream) == StreamOrder::ahead;
    ready_.push_back(number);
    if (!lane.is_ahead) continue;
    plan_.fetch(lane.rank, lane.stream, 0, lane.op);
    if (lane.op.receives.size() != 1) continue;  // which is refused when its turn comes
    ahead_[{lane.op.receives[0].peer.value(), rank, lane.op.receives[0].tag}] = number;
  }
  sent_.emplace_back();
}

DataFlow Tracer::run() {
  while (!fault_ && !(ready_.empty() && giving_way_.empty())) issue(take_turn());
  if (!fault_) require_all_done();
  if (!fault_) fault_ = data_.check_result();
  return {std::move(fault_), std::move(placed_), std::move(sent_)};
}

std::string Tracer::place(std::uint32_t lane) const {
  const Lane& at = lanes_[lane];
  return data_.name(at.rank) + ", " + plan_.stream_name(at.rank, at.stream) + ", operation " +
         std::to_string(at.position);
}

void Tracer::make_ready(std::uint32_t number) {
  lanes_[number].state = LaneState::ready;
  const bool is_last = turn_ == Turn::sender && lanes_[number].is_ahead;
  (is_last ? giving_way_ : ready_).push_back(number);
}

std::uint32_t Tracer::take_turn() {
  std::deque<std::uint32_t>& from = ready_.empty() ? giving_way_ : ready_;
  const bool latest = turn_ == Turn::latest_ready;
  const std::uint32_t lane = latest ? from.back() : from.front();
  latest ? from.pop_back() : from.pop_front();
  return lane;
}

void Tracer::issue(std::uint32_t number) {
  Lane& lane = lanes_[number];
  lane.state = LaneState::done;
  if (lane.position == lane.length || !fetch(number)) return;
  if (lane.is_ahead) return look_at_arrived(number);
  lane.state = LaneState::waiting;
  if (has_to_wait(lane) || gives_way(number)) return;
  lane.state = LaneState::exchanging;
  lane.combined = {};
  lane.outstanding = lane.op.sends.size() + lane.op.receives.size() + 1;
  for (const Move& each : lane.op.moves) check(number, data_.move(lane.rank, each, lane.combined));
  if (fault_) return;
  // What is sent is what is there before anything comes in.
  std::vector<std::shared_ptr<const CarriedData>> messages;
  for (const Send& each : lane.op.sends) messages.push_back(take(number, each));
  if (fault_) return;
  for (std::size_t i = 0; i < lane.op.receives.size(); ++i) receive(number, i);
  for (std::size_t i = 0; i < lane.op.sends.size(); ++i) send(number, lane.op.sends[i], std::move(messages[i]));
  half_done(number);
}

bool Tracer::fetch(std::uint32_t number) {
  Lane& lane = lanes_[number];
  lane.op.clear();
  plan_.fetch(lane.rank, lane.stream, lane.position, lane.op);
  return !refuse_op(number);
}

bool Tracer::gives_way(std::uint32_t number) {
  if (turn_ != Turn::sender || lanes_[number].op.receives.empty() || ready_.empty()) return false;
  lanes_[number].state = LaneState::ready;
  giving_way_.push_back(number);
  return true;
}

void Tracer::look_at_arrived(std::uint32_t number) {
  Lane& lane = lanes_[number];
  lane.state = LaneState::exchanging;
  if (lane.arrived.empty()) return;
  const std::shared_ptr<const CarriedData> message = std::move(lane.arrived.front());
  lane.arrived.pop_front();
  lane.combined = {};
  lane.outstanding = 1;
  deliver({.lane = number}, *message);
}

void Tracer::send(std::uint32_t number, const Send& send, std::shared_ptr<const CarriedData> message) {
  const Connection to{lanes_[number].rank.value(), send.peer.value(), send.tag};
  const auto ahead = ahead_.find(to);
  if (ahead != ahead_.end()) {
    Lane& receiver = lanes_[ahead->second];
    if (receiver.position + receiver.arrived.size() < receiver.length) {
      receiver.arrived.push_back(std::move(message));
      if (receiver.state == LaneState::exchanging && receiver.arrived.size() == 1) make_ready(ahead->second);
      return half_done(number);
    }
  }
  if (const auto receiver = take_posted(receives_, to)) {
    deliver(*receiver, *message);
    half_done(number);
  } else {
    sends_[to].push_back({.lane = number, .message = std::move(message)});
  }
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
  if (lane.is_ahead && (lane.op.receives.size() != 1 || !lane.op.sends.empty() || !lane.op.waits.empty())) {
    fail(number, "an operation that is issued ahead is one receive and nothing else");
  }
  return fault_.has_value();
}

bool Tracer::has_to_wait(const Lane& lane) {
  const std::uint32_t first = first_lane_[lane.rank.value()];
  return std::any_of(lane.op.waits.begin(), lane.op.waits.end(),
                     [&](const Wait& wait) { return lanes_[first + wait.stream.value()].position <= wait.position; });
}

std::shared_ptr<const CarriedData> Tracer::take(std::uint32_t number, const Send& send) {
  const Lane& lane = lanes_[number];
  auto carried = std::make_shared<CarriedData>();
  check(number, data_.take(lane.rank, lane.op, send, *carried));
  sent_[lane.rank.value()] += send.bytes;
  return carried;
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

void Tracer::deliver(const Posted& posted, const CarriedData& carried) {
  Lane& lane = lanes_[posted.lane];
  const Receive& receive = lane.op.receives[posted.receive];
  check(posted.lane, data_.deliver(lane.rank, lane.op, receive, carried, lane.combined));
  half_done(posted.lane);
}

void Tracer::half_done(std::uint32_t number) {
  if (--lanes_[number].outstanding == 0 && !fault_) finish(number);
}

void Tracer::finish(std::uint32_t number) {
  Lane& lane = lanes_[number];
  check(number, data_.check_combined(lane.rank, lane.op, lane.combined));
  ++lane.position;
  make_ready(number);
  for (std::uint32_t i = first_lane_[lane.rank.value()]; i < first_lane_[lane.rank.value() + 1]; ++i) {
    if (lanes_[i].state != LaneState::waiting || has_to_wait(lanes_[i])) continue;
    make_ready(i);
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
  if (lane.is_ahead) return text + " " + data_.name(lane.op.receives[0].peer) + " to send";
  auto add_peers = [&](const auto& connections, bool sends) {
    for (const auto& [connection, waiting] : connections) {
      const auto& [from, to, tag] = connection;
      for (const Posted& posted : waiting) {
        if (posted.lane == number)
          text += " " + data_.name(RankId(sends ? to : from)) + (sends ? " to receive" : " to send");
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
  std::uint32_t first = 0;
  for (const Lane& lane : lanes_) {
    if (lane.state == LaneState::done || ++blocked > most_shown) continue;
    if (blocked == 1) first = static_cast<std::uint32_t>(&lane - lanes_.data());
    text.append(text.empty() ? "" : "; ").append(blockage(lane));
  }
  if (blocked > most_shown) text += "; and " + std::to_string(blocked - most_shown) + " more wait";
  if (blocked == 0) return;
  fail("the plan is deadlocked: " + text);
  note_place(first, *fault_);
}

}  // namespace

DataFlow trace_data(const CollectivePlan& plan) {
  DataFlow flow;
  for (const Turn turn : {Turn::longest_ready, Turn::latest_ready, Turn::sender}) {
    flow = Tracer(plan, turn).run();
    if (flow.fault) break;
  }
  return flow;
}

}  // namespace lockstep::workloads
