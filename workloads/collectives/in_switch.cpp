#include "workloads/collectives/in_switch.hpp"

#include <array>

#include "workloads/collectives/request_checks.hpp"
#include "workloads/collectives/switch_tree.hpp"

namespace lockstep::workloads {
namespace {

// Messages of the first phase and of the second.
constexpr Tag reducing = 0;
constexpr Tag gathering = 1;

class SwitchTraffic : public CollectivePlan {
 public:
  SwitchTraffic(CollectiveShape shape, topology::VertexId vertex, Phases phases)
      : CollectivePlan(std::move(shape)), vertex_(vertex), phases_(phases) {}

  std::uint32_t rank_count() const override { return members() + 1; }
  std::uint32_t first_agent() const override { return members(); }
  topology::VertexId agent_vertex(RankId) const override { return vertex_; }

 protected:
  std::uint32_t members() const { return shape().members; }
  RankId hub() const { return RankId(members()); }
  bool reduces() const { return shape().operation != Operation::all_gather; }
  bool gathers() const { return shape().operation != Operation::reduce_scatter; }
  bool overlaps() const { return phases_ == Phases::overlapped; }

 private:
  topology::VertexId vertex_;
  Phases phases_;
};

// Segment by segment, a member gives its part of all sums in one message, gets the sum of its share, hands that to
// everyone through the switch, and is handed all shares in one message. Each of these is a stream; the switch has the
// same for every member, one that adds up and one that puts the shares together.
class InSwitch final : public SwitchTraffic {
 public:
  InSwitch(CollectiveShape shape, topology::VertexId vertex, const CollectiveRequest& request)
      : SwitchTraffic(std::move(shape), vertex, request.phases), segments_(request.segments) {}

  std::uint32_t stream_count(RankId rank) const override { return rank == hub() ? parts * members() + 2 : parts; }
  StreamOrder order(RankId rank, StreamId stream) const override {
    if (is_adding(stream) || is_joining(stream)) return StreamOrder::in_turn;
    const Part part = part_of(stream);
    const bool receives =
        rank == hub() ? part == Part::addends || part == Part::shares : part == Part::sums || part == Part::everything;
    return receives ? StreamOrder::ahead : StreamOrder::in_turn;
  }
  std::uint64_t length(RankId, StreamId stream) const override {
    const Part part = part_of(stream);
    const bool is_first = is_adding(stream) || (!is_joining(stream) && (part == Part::addends || part == Part::sums));
    return (is_first ? reduces() : gathers()) ? segments_ : 0;
  }
  std::string stream_name(RankId rank, StreamId stream) const override {
    if (is_adding(stream)) return "adds up";
    if (is_joining(stream)) return "joins shares";
    static constexpr std::array names = {"addends", "sums", "shares", "everything"};
    const std::string name = names.at(stream.value() % parts);
    return rank == hub() ? name + " of member " + std::to_string(stream.value() / parts) : name;
  }

  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override {
    const auto segment = static_cast<std::uint32_t>(position);
    if (rank == hub()) return fetch_of_hub(stream, segment, op);
    switch (part_of(stream)) {
      case Part::addends:
        return send_all_shares(op, hub(), segment, reducing);
      case Part::sums:
        return add_receive(op, hub(), reducing);
      case Part::shares:
        if (reduces()) op.waits.push_back({stream_of(Part::sums), overlaps() ? position : segments_ - 1});
        return add_send(op, hub(), block(rank.value(), segment), gathering);
      case Part::everything:
        return add_receive(op, hub(), gathering);
    }
  }

 private:
  enum class Part : std::uint8_t { addends, sums, shares, everything };
  static constexpr std::uint32_t parts = 4;
  static Part part_of(StreamId stream) { return static_cast<Part>(stream.value() % parts); }
  static StreamId stream_of(Part part, std::uint32_t member = 0) {
    return StreamId(member * parts + static_cast<std::uint32_t>(part));
  }
  // Of the switch: members have fewer streams.
  StreamId adding() const { return StreamId(std::size_t{parts} * members()); }
  StreamId joining() const { return StreamId(std::size_t{parts} * members() + 1); }
  bool is_adding(StreamId stream) const { return stream == adding(); }
  bool is_joining(StreamId stream) const { return stream == joining(); }

  BlockRange block(std::uint32_t share, std::uint32_t segment) const { return {share * segments_ + segment, 1}; }
  void send_all_shares(Op& op, RankId peer, std::uint32_t segment, Tag tag) const {
    add_send(op, peer, {}, tag);
    for (std::uint32_t share = 0; share < members(); ++share) extend_send(op, block(share, segment));
  }

  void fetch_of_hub(StreamId stream, std::uint32_t segment, Op& op) const {
    if (is_adding(stream) || is_joining(stream)) {
      const Part awaited = is_adding(stream) ? Part::addends : Part::shares;
      for (std::uint32_t from = 0; from < members(); ++from) op.waits.push_back({stream_of(awaited, from), segment});
      return;
    }
    const std::uint32_t member = stream.value() / parts;
    switch (part_of(stream)) {
      case Part::addends:
        return add_combining_receive(op, RankId(member), {}, reducing);
      case Part::sums:
        op.waits.push_back({adding(), segment});
        return add_send(op, RankId(member), block(member, segment), reducing);
      case Part::shares:
        return add_receive(op, RankId(member), gathering);
      case Part::everything:
        op.waits.push_back({joining(), segment});
        return send_all_shares(op, RankId(member), segment, gathering);
    }
  }

  std::uint32_t segments_;
};

// All flows of a phase begin at once, each after the latencies of the links that its first byte has come over. In an
// overlapped all-reduce the phases are one.
class InSwitchFlow final : public SwitchTraffic {
 public:
  using SwitchTraffic::SwitchTraffic;

  std::uint32_t stream_count(RankId) const override { return 1; }
  std::uint64_t length(RankId, StreamId) const override { return in_sequence() ? 2 : 1; }
  std::string stream_name(RankId, StreamId) const override { return "flows"; }

  void fetch(RankId rank, StreamId, std::uint64_t position, Op& op) const override {
    const Bytes share = shape().layout.size(shape().share(0));
    const Bytes vector = members() * share;
    if (reduces() && position == 0) {
      exchange(rank, {.rises = vector, .falls = share, .links = 0, .tag = reducing}, op);
    }
    if (gathers() && (position == 1 || !in_sequence())) {
      const std::uint32_t links = reduces() && overlaps() ? 2 : 0;
      exchange(rank, {.rises = share, .falls = vector, .links = links, .tag = gathering}, op);
    }
  }

 private:
  struct Flows {
    Bytes rises;
    Bytes falls;
    std::uint32_t links;  // before those of the phase
    Tag tag;
  };
  bool in_sequence() const { return reduces() && gathers() && !overlaps(); }

  void exchange(RankId rank, const Flows& flows, Op& op) const {
    if (rank != hub()) {
      op.sends.push_back({.peer = hub(), .tag = flows.tag, .bytes = flows.rises, .messages = flows.links + 1});
      return add_receive(op, hub(), flows.tag);
    }
    for (std::uint32_t member = 0; member < members(); ++member) {
      op.sends.push_back({.peer = RankId(member), .tag = flows.tag, .bytes = flows.falls, .messages = flows.links + 2});
      add_receive(op, RankId(member), flows.tag);
    }
  }
};

topology::VertexId find_switch(const CollectiveRequest& request, const CollectiveGround& ground) {
  const SwitchTree tree(request, ground);
  if (tree.ranks() == tree.members() + 1) return tree.vertex(tree.root());
  refuse(request,
         "algorithm 'in_switch' needs one switch that joins all ranks, and here they hang on " +
             std::to_string(tree.ranks() - tree.members()) + " of them",
         "use 'in_network', which reduces in a tree of switches");
}

}  // namespace

PlanPointer plan_in_switch(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<InSwitch>(shape_of(request, members, members * request.segments),
                                    find_switch(request, ground), request);
}

PlanPointer plan_in_switch_flow(const CollectiveRequest& request, const CollectiveGround& ground) {
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  return std::make_shared<InSwitchFlow>(shape_of(request, members, members * request.segments),
                                        find_switch(request, ground), request.phases);
}

}  // namespace lockstep::workloads
