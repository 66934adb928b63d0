#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <unordered_map>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "workloads/collectives/collective_workload.hpp"
#include "workloads/step_program/flat_rank.hpp"
#include "workloads/step_program/json_lines.hpp"

namespace lockstep::workloads {
namespace {

std::string json_string(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

class ProgramWriter {
 public:
  ProgramWriter(const StepProgram& program, CollectiveLines collectives, std::ostream& out)
      : program_(program), calls_(program, collectives), out_(out) {}

  void write() {
    out_ << R"({"format":"lockstep-program","version":1,"ranks":)" << program_.rank_count() << "}\n";
    for (std::uint32_t rank = 0; rank < program_.rank_count(); ++rank) write_rank(RankId(rank));
  }

 private:
  void write_rank(RankId rank) {
    FlatRank flat(program_, rank, calls_);
    waited_.clear();
    flat.visit([&](const FlatOp& op) {
      for (const FlatPlace& wait : op.waits) waited_.insert(wait);
    });
    texts_.assign(flat.streams().size(), "");
    names_.clear();
    std::set<std::string> taken;
    for (const FlatStream& stream : flat.streams()) {
      // Streams are told apart by their names.
      std::string name = stream.name;
      for (int i = 2; !taken.insert(name).second; ++i) name = stream.name + " " + std::to_string(i);
      names_.push_back(std::move(name));
    }
    begin_ahead_streams(rank, flat.streams());
    flat.visit([&](const FlatOp& op) { add_line(rank, op); });
    for (const std::string& text : texts_) out_ << text;
  }

  void begin_ahead_streams(RankId rank, std::span<const FlatStream> streams) {
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (streams[i].order != StreamOrder::ahead || streams[i].length == 0) continue;
      text_ = &texts_[i];
      begin(rank, i, "stream");
      *text_ += ",\"order\":\"ahead\"}\n";
    }
  }

  void begin(RankId rank, std::size_t stream, const char* op) {
    *text_ += "{\"rank\":" + std::to_string(rank.value()) + ",\"stream\":" + json_string(names_[stream]) +
              ",\"op\":\"" + op + "\"";
  }

  void add_line(RankId rank, const FlatOp& flat) {
    text_ = &texts_[flat.place.stream];
    begin(rank, flat.place.stream, name_of(*flat.op));
    add_work(flat);
    if (const std::string label = flat.program->label_text(flat.op->label); !label.empty()) {
      *text_ += ",\"label\":" + json_string(label);
    }
    if (waited_.count(flat.place) != 0) *text_ += ",\"id\":" + id_of(flat.place);
    if (!flat.waits.empty()) {
      const char* separator = ",\"waits\":[";
      for (const FlatPlace& wait : flat.waits) {
        text_->append(separator).append(id_of(wait));
        separator = ",";
      }
      *text_ += "]";
    }
    *text_ += "}\n";
  }

  // Operations are known by where they stand, which writing again what was read does not change.
  std::string id_of(const FlatPlace& place) const {
    return json_string(names_[place.stream] + "." + std::to_string(place.position));
  }

  static bool is_send(const Op& op) { return op.sends.size() == 1 && op.receives.empty() && op.reduce == Bytes(0); }
  static bool is_receive(const Op& op) { return op.sends.empty() && op.receives.size() == 1; }
  static const char* name_of(const Op& op) {
    switch (op.kind) {
      case OpKind::exchange:
        return is_send(op) ? "send" : is_receive(op) ? "receive" : "exchange";
      case OpKind::compute:
        return "compute";
      case OpKind::collective:
        return "collective";
      case OpKind::hold:
        break;
    }
    return "hold";
  }

  void add_work(const FlatOp& flat) {
    const Op& op = *flat.op;
    switch (op.kind) {
      case OpKind::exchange:
        return add_exchange(flat);
      case OpKind::compute:
        if (op.work.flops > Flops(0)) add_quantity("flops", op.work.flops);
        if (op.work.memory_traffic > Bytes(0)) add_quantity("memory_traffic", op.work.memory_traffic);
        if (op.work.nominal > Seconds(0) || (op.work.flops == Flops(0) && op.work.memory_traffic == Bytes(0))) {
          add_quantity("seconds", op.work.nominal);
        }
        return;
      case OpKind::collective:
        return add_collective(op.collective);
      case OpKind::hold:
        return add_quantity("until", op.until);
    }
  }

  template <class AnyQuantity>
  void add_quantity(const char* key, AnyQuantity value) {
    text_->append(",\"").append(key).append("\":\"").append(to_exact_text(value)).append("\"");
  }

  void add_exchange(const FlatOp& flat) {
    const Op& op = *flat.op;
    if (is_send(op)) {
      *text_ += "," + send_text(op.sends.front(), flat.first_tag);
    } else if (is_receive(op)) {
      *text_ += "," + receive_text(op.receives.front(), flat.first_tag);
    } else {
      const char* separator = ",\"sends\":[{";
      for (const Send& send : op.sends) {
        text_->append(separator).append(send_text(send, flat.first_tag));
        separator = "},{";
      }
      if (!op.sends.empty()) *text_ += "}]";
      separator = ",\"receives\":[{";
      for (const Receive& receive : op.receives) {
        text_->append(separator).append(receive_text(receive, flat.first_tag));
        separator = "},{";
      }
      if (!op.receives.empty()) *text_ += "}]";
    }
    if (op.reduce > Bytes(0)) add_quantity("reduce", op.reduce);
  }
  static std::string tag_text(Tag tag) { return tag == 0 ? "" : ",\"tag\":" + std::to_string(tag); }
  static std::string send_text(const Send& send, Tag first_tag) {
    std::string text = "\"to\":" + std::to_string(send.peer.value()) + ",\"bytes\":\"" + to_exact_text(send.bytes) +
                       "\"" + tag_text(first_tag + send.tag);
    if (send.messages != 1) text += ",\"messages\":" + std::to_string(send.messages);
    return text;
  }
  static std::string receive_text(const Receive& receive, Tag first_tag) {
    return "\"from\":" + std::to_string(receive.peer.value()) + tag_text(first_tag + receive.tag);
  }

  // The first line that names a collective says what it does.
  void add_collective(std::uint64_t number) {
    const auto [named, is_new] = named_.try_emplace(number, named_.size());
    *text_ += ",\"name\":\"collective " + std::to_string(named->second) + "\"";
    if (!is_new) return;
    const CollectiveCall& call = calls_.call(number);
    const std::string request = as_json(*call.request, call.members->size()).dump();
    *text_ += "," + request.substr(1, request.size() - 2) + ",\"ranks\":[";
    for (std::size_t i = 0; i < call.members->size(); ++i) {
      text_->append(i == 0 ? "" : ",").append(std::to_string((*call.members)[i].value()));
    }
    *text_ += "]";
  }

  const StepProgram& program_;
  FlatCalls calls_;
  std::ostream& out_;
  std::unordered_map<std::uint64_t, std::size_t> named_;  // collectives, by the order in which they are written
  // Of the rank that is being written.
  std::set<FlatPlace> waited_;
  std::vector<std::string> texts_;  // of each stream
  std::vector<std::string> names_;
  std::string* text_ = nullptr;
};

}  // namespace

void write_program(const StepProgram& program, std::ostream& out, CollectiveLines collectives) {
  if (program.first_agent() < program.rank_count()) {
    throw InputError(
        {.where = "program", .problem = "agents of the network take part in it, of which program files know nothing"});
  }
  ProgramWriter(program, collectives, out).write();
}

}  // namespace lockstep::workloads
