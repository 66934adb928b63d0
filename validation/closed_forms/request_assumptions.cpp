// Conditions on what is asked, on how it is run, and on the members.
#include <algorithm>
#include <bit>
#include <cmath>

#include "base/unit_text.hpp"
#include "validation/closed_forms/assumptions.hpp"

namespace lockstep::validation {
namespace {

using Sentence = std::optional<std::string>;

std::string ranks(const Situation& situation) {
  return counted(situation.members(), "rank");
}

Sentence late(const Situation& situation, const ClosedForm&) {
  const auto& workload = situation.subject().workload;
  std::vector<Seconds> times = workload.arrivals;
  for (const auto& message : workload.messages) times.push_back(message.at);
  const auto last = std::max_element(times.begin(), times.end());
  if (last == times.end() || *last == Seconds(0)) return std::nullopt;
  const std::string who = workload.is_send() ? "message " : "rank ";
  return who + std::to_string(last - times.begin()) + " is ready " + to_text(*last) + " after the start";
}
void grant_prompt(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.workload.arrivals.clear();
  for (auto& message : subject.workload.messages) message.at = Seconds(0);
}

Sentence reduces(const Situation& situation, const ClosedForm&) {
  const auto& rate = situation.subject().workload.reduction_rate;
  if (!rate) return std::nullopt;
  return "ranks combine what they receive at " + to_text(*rate) + ", not for free";
}
void grant_free_reduction(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.workload.reduction_rate.reset();
}

Sentence overhead(const Situation& situation, const ClosedForm&) {
  const Seconds stated = situation.subject().workload.message_overhead;
  if (!(stated > Seconds(0))) return std::nullopt;
  return "every message has an overhead of " + to_text(stated);
}
void grant_no_overhead(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.workload.message_overhead = Seconds(0);
}

Sentence segmented(const Situation& situation, const ClosedForm&) {
  if (situation.segments() == 1) return std::nullopt;
  return "messages are cut into " + std::to_string(situation.segments()) + " segments";
}
void grant_single_segment(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.workload.request.segments = 1;
}

Sentence several_channels(const Situation& situation, const ClosedForm&) {
  if (situation.request().channels == 1) return std::nullopt;
  return "the data goes through " + std::to_string(situation.request().channels) + " channels at once";
}
void grant_single_channel(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.workload.request.channels = 1;
}

// Whole elements are dealt out so that the first parts have one more than the last.
Sentence unequal_parts(const Situation& situation, const ClosedForm&) {
  if (situation.shape() == nullptr || !situation.request().element) return std::nullopt;
  const workloads::BlockLayout& layout = situation.shape()->layout;
  const Bytes largest = layout.size({0, 1});
  const Bytes smallest = layout.size({layout.blocks() - 1, 1});
  if (same(largest.si(), smallest.si())) return std::nullopt;
  return to_text(situation.bytes()) + " of whole elements do not divide into equal parts: the largest has " +
         to_text(largest) + ", the smallest " + to_text(smallest);
}
void grant_equal_parts(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.workload.request.element.reset();
}

Sentence flows(const Situation& situation, const ClosedForm&) {
  if (situation.subject().fidelity == workloads::Fidelity::message) return std::nullopt;
  return "fidelity 'flow' charges the messages of a rank as one steady flow";
}
void grant_messages(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.fidelity = workloads::Fidelity::message;
}

Sentence segment_by_segment(const Situation& situation, const ClosedForm&) {
  if (situation.subject().fidelity == workloads::Fidelity::flow) return std::nullopt;
  if (situation.segments() == 1) return "the data goes in one piece, which has to arrive before anything is passed on";
  return "the data goes in " + std::to_string(situation.segments()) +
         " segments, of which the first has to arrive before anything is passed on";
}
void grant_flows(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.fidelity = workloads::Fidelity::flow;
}

Sentence eager(const Situation& situation, const ClosedForm&) {
  if (!situation.subject().engine.eager) return std::nullopt;
  return "messages start with their senders, and share the links of receivers that are not there yet";
}
void grant_rendezvous(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.engine.eager = false;
}

Sentence unequal_messages(const Situation& situation, const ClosedForm&) {
  const auto& messages = situation.subject().workload.messages;
  for (const auto& message : messages) {
    if (same(message.bytes.si(), messages.front().bytes.si())) continue;
    return "messages differ in size: " + to_text(messages.front().bytes) + " and " + to_text(message.bytes);
  }
  return std::nullopt;
}

// C32: the next message leaves after the last byte of the one before, L + 2o at least.
Sentence gap_binds(const Situation& situation, const ClosedForm&) {
  const auto& ports = situation.subject().engine.ports;
  const Seconds busy = std::max(ports.overhead.value_or(Seconds(0)), ports.gap.value_or(Seconds(0)));
  const Seconds room = situation.cost().alpha + ports.overhead.value_or(Seconds(0));
  if (busy <= room) return std::nullopt;
  return "the gap of " + to_text(busy) + " is longer than L + o = " + to_text(room);
}

Sentence not_power_of_two(const Situation& situation, const ClosedForm&) {
  if (is_power_of_two(situation.members())) return std::nullopt;
  return ranks(situation) + " are not a power of two";
}

// Where the latency of a message hides behind the next one, trees that are not full are a little faster.
Sentence uneven_tree(const Situation& situation, const ClosedForm& form) {
  return situation.port_model() == PortModel::hiding_latency ? not_power_of_two(situation, form) : std::nullopt;
}

Sentence irregular_tree(const Situation& situation, const ClosedForm&) {
  if (is_power_of_two(situation.members() + 1)) return std::nullopt;
  return ranks(situation) + " do not fill a binary tree: that takes 2^(h+1) - 1";
}

std::vector<std::uint32_t> node_of_each(const Situation& situation) {
  std::vector<std::uint32_t> nodes;
  for (const topology::VertexId member : situation.subject().members) {
    nodes.push_back(situation.fleet().vertex(member).place.node.value_or(0));
  }
  return nodes;
}
Sentence nodes_out_of_order(const Situation& situation, const ClosedForm&) {
  const auto nodes = situation.nodes();
  if (!nodes) return "the ranks do not stand in nodes of equal size";
  const std::vector<std::uint32_t> of = node_of_each(situation);
  std::uint32_t leaving = 0;
  for (std::size_t i = 0; i < of.size(); ++i) leaving += of[i] != of[(i + 1) % of.size()] ? 1 : 0;
  if (leaving == (nodes->nodes > 1 ? nodes->nodes : 0)) return std::nullopt;
  return std::to_string(leaving) + " edges of the ring leave a node, where " + std::to_string(nodes->nodes) +
         " would do";
}
void grant_nodes_in_order(CollectiveCase& subject, const Situation& situation, const ClosedForm&) {
  const topology::Fleet& fleet = situation.fleet();
  std::stable_sort(subject.members.begin(), subject.members.end(), [&](auto a, auto b) {
    return fleet.vertex(a).place.node.value_or(0) < fleet.vertex(b).place.node.value_or(0);
  });
}

Sentence unequal_sides(const Situation& situation, const ClosedForm&) {
  const auto& sides = situation.sides();
  std::string text;
  for (const std::uint32_t side : sides) text.append(text.empty() ? "" : "×").append(std::to_string(side));
  if (std::all_of(sides.begin(), sides.end(), [&](std::uint32_t side) { return side == sides.front(); })) {
    return std::nullopt;
  }
  return "the sides of " + text + " are not equal, so that the parts of the data collide";
}

}  // namespace

const Assumption simultaneous_arrival = {"simultaneous_arrival", "All ranks enter at once.", late, grant_prompt};
const Assumption no_reduction = {"no_reduction", "Combining data takes no time.", reduces, grant_free_reduction};
const Assumption no_overhead = {"no_overhead", "Messages have no overhead beside the links' latency.", overhead,
                                grant_no_overhead};
const Assumption single_segment = {"single_segment", "Messages are not cut into segments.", segmented,
                                   grant_single_segment};
const Assumption single_channel = {"single_channel", "The data takes one channel.", several_channels,
                                   grant_single_channel};
const Assumption divisible = {"divisible", "The data divides into equal parts.", unequal_parts, grant_equal_parts};
const Assumption every_message = {"every_message", "Every message is simulated.", flows, grant_messages};
const Assumption steady_flow = {"steady_flow", "Data is passed on as it comes, in infinitely many segments.",
                                segment_by_segment, grant_flows};
const Assumption rendezvous = {"rendezvous", "A message starts when both its ends are ready.", eager, grant_rendezvous};
const Assumption equal_messages = {"equal_messages", "All messages have one size.", unequal_messages, nullptr};
const Assumption hidden_gap = {"hidden_gap", "The gap never makes a message wait: max(o, g) ≤ L + o.", gap_binds,
                               nullptr};
const Assumption power_of_two = {"power_of_two", "The number of ranks is a power of two.", not_power_of_two, nullptr};
const Assumption power_of_two_where_latency_hides = {
    "power_of_two", "The number of ranks is a power of two, where ports are held for bytes alone.", uneven_tree,
    nullptr};
const Assumption regular_tree = {"regular_tree", "The ranks fill a binary tree.", irregular_tree, nullptr};
const Assumption nodes_in_order = {"nodes_in_order", "The ring visits node after node.", nodes_out_of_order,
                                   grant_nodes_in_order};
const Assumption equal_sides = {"equal_sides", "The torus has equal sides.", unequal_sides, nullptr};

}  // namespace lockstep::validation
