#include "sim/traces/slice_text.hpp"

#include <nlohmann/json.hpp>

#include "base/json_text.hpp"
#include "base/unit_text.hpp"
#include "workloads/collectives/algorithms.hpp"

namespace lockstep::sim {
namespace {

using workloads::Op;
using workloads::OpKind;
using workloads::RankId;

constexpr std::size_t most_peers = 16;  // that are listed

// Whom a member of a collective means: ranks of the job, or vertices of the fleet where agents are meant.
class Peers {
 public:
  Peers(const OpSpan& span, const topology::Fleet& fleet) : span_(span), fleet_(fleet) {}

  std::string name(RankId peer) const {
    const workloads::StepProgram& program = *span_.place.program;
    if (peer.value() >= program.first_agent()) return fleet_.vertex(program.agent_vertex(peer)).name;
    if (span_.place.depth == 0) return std::to_string(peer.value());
    // The callers of a collective within a collective are members themselves.
    if (span_.place.depth > 1) return "member " + std::to_string(peer.value());
    return std::to_string((*span_.ranks)[peer.value()].value());
  }

  template <class Transfer>
  std::string list(const std::vector<Transfer>& transfers) const {
    std::string text = "[";
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      if (i > 0) text += ',';
      if (i == most_peers) {
        text += json_string("and " + std::to_string(transfers.size() - i) + " more");
        break;
      }
      const std::string peer = name(transfers[i].peer);
      const bool is_number = peer.find_first_not_of("0123456789") == std::string::npos;
      text += is_number ? peer : json_string(peer);
    }
    return text + "]";
  }

 private:
  const OpSpan& span_;
  const topology::Fleet& fleet_;
};

std::string exchange_name(const Op& op, const Peers& peers) {
  const std::size_t sends = op.sends.size();
  const std::size_t receives = op.receives.size();
  if (sends == 0 && receives == 0) return "meet";
  if (sends == 1 && receives == 0) return "send to " + peers.name(op.sends[0].peer);
  if (sends == 0 && receives == 1) return "receive from " + peers.name(op.receives[0].peer);
  if (receives == 0) return std::to_string(sends) + " sends";
  if (sends == 0) return std::to_string(receives) + " receives";
  if (sends > 1 || receives > 1) return std::to_string(sends) + " sends, " + std::to_string(receives) + " receives";
  const std::string from = peers.name(op.receives[0].peer);
  const std::string to = peers.name(op.sends[0].peer);
  return from == to ? "exchange with " + to : "exchange " + from + " → " + to;
}

void add_figure(std::string& details, const char* name, double figure) {
  if (figure > 0) details += std::string(",\"") + name + "\":" + shortest_text(figure);
}

SliceText exchange_text(const OpSpan& span, const topology::Fleet& fleet) {
  const Op& op = *span.op;
  const Peers peers(span, fleet);
  SliceText text{.name = exchange_name(op, peers), .details = {}};
  Bytes sent;
  std::uint64_t messages = 0;
  for (const workloads::Send& send : op.sends) {
    sent += send.bytes;
    messages += send.messages;
  }
  if (!op.sends.empty()) text.details += ",\"bytes\":" + shortest_text(sent.si()) + ",\"to\":" + peers.list(op.sends);
  if (!op.receives.empty()) text.details += ",\"from\":" + peers.list(op.receives);
  if (messages != op.sends.size()) text.details += ",\"messages\":" + std::to_string(messages);
  add_figure(text.details, "reduced_bytes", op.reduce.si());
  return text;
}

SliceText compute_text(const Op& op) {
  SliceText text{.name = "compute", .details = {}};
  add_figure(text.details, "nominal_s", op.work.nominal.si());
  add_figure(text.details, "flops", op.work.flops.si());
  add_figure(text.details, "memory_traffic_bytes", op.work.memory_traffic.si());
  return text;
}

SliceText collective_text(const OpSpan& span) {
  SliceText text{.name = "collective", .details = {}};
  if (const auto* plan = dynamic_cast<const workloads::CollectivePlan*>(span.called)) {
    const workloads::CollectiveShape& shape = plan->shape();
    text.name = to_text(shape.operation);
    text.details += ",\"operation\":" + json_string(text.name);
    add_figure(text.details, "bytes", shape.layout.size({0, shape.layout.blocks()}).si());
    text.details += ",\"members\":" + std::to_string(shape.members);
  }
  text.details += ",\"member\":" + std::to_string(span.op->member.value());
  return text;
}

SliceText text_of(const OpSpan& span, const topology::Fleet& fleet) {
  switch (span.kind) {
    case OpKind::exchange:
      return exchange_text(span, fleet);
    case OpKind::compute:
      return compute_text(*span.op);
    case OpKind::collective:
      return collective_text(span);
    case OpKind::hold:
      break;
  }
  return {.name = "hold until " + to_text(span.op->until), .details = {}};
}

}  // namespace

SliceText slice_text(const OpSpan& span, const topology::Fleet& fleet) {
  SliceText text = text_of(span, fleet);
  const std::string label = span.place.program->label_text(span.label);
  if (!label.empty()) {
    if (span.kind != OpKind::compute) text.details += ",\"does\":" + json_string(text.name);
    text.name = label;
  }
  text.name = json_string(text.name);
  return text;
}

std::string json_string(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lockstep::sim
