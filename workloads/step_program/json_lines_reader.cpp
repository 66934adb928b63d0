#include <algorithm>
#include <array>
#include <fstream>
#include <istream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json_fields.hpp"
#include "base/text_file.hpp"
#include "workloads/step_program/json_lines.hpp"
#include "workloads/step_program/line_fields.hpp"
#include "workloads/step_program/listed_program.hpp"
#include "workloads/step_program/program_checks.hpp"
#include "workloads/step_program/stated_collectives.hpp"

namespace lockstep::workloads {
namespace {

constexpr int newest_version = 1;
const char* const header_example = R"(begin with a header: {"format": "lockstep-program", "version": 1, "ranks": 4})";

// A listed program whose labels are the texts of its file.
class FileProgram final : public StepProgram {
 public:
  FileProgram(std::shared_ptr<const ListedProgram> listed, TextTable labels)
      : listed_(std::move(listed)), labels_(std::move(labels)) {}

  std::uint32_t rank_count() const override { return listed_->rank_count(); }
  std::uint32_t stream_count(RankId rank) const override { return listed_->stream_count(rank); }
  StreamOrder order(RankId rank, StreamId stream) const override { return listed_->order(rank, stream); }
  std::uint64_t length(RankId rank, StreamId stream) const override { return listed_->length(rank, stream); }
  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override {
    listed_->fetch(rank, stream, position, op);
  }
  CollectiveCall collective(std::uint64_t number) const override { return listed_->collective(number); }
  std::string stream_name(RankId rank, StreamId stream) const override { return listed_->stream_name(rank, stream); }
  std::string label_text(const Label& label) const override { return labels_[label.microbatch]; }

 private:
  std::shared_ptr<const ListedProgram> listed_;
  TextTable labels_;  // by Label::microbatch, since there may be more of them than phases
};

// What is known of a stream while its lines come in.
struct StatedStream {
  StreamId id;
  std::uint64_t length = 0;
  bool is_ahead = false;
  RankId from;  // of one that is ahead, once it has an operation
  Tag tag = 0;
};

class ProgramReader {
 public:
  ProgramReader(const std::string& file, const ProgramGround& ground)
      : ground_(ground), place_{.file = file}, waits_(file), messages_(file) {
    labels_.number_of("");
  }

  std::shared_ptr<const StepProgram> read(std::istream& lines);

 private:
  using Keys = std::span<const std::string_view>;
  using ReadOp = void (ProgramReader::*)(const LineFields&);
  struct OpName {
    std::string_view name;
    ReadOp read;
    Keys keys;  // that the line may have; none where `read` looks after them
  };
  static std::span<const OpName> op_names();

  bool next_line(std::istream& lines);
  void read_header();
  void read_line();
  void read_stream(const LineFields& fields);
  void read_compute(const LineFields& fields);
  void read_send(const LineFields& fields);
  void read_receive(const LineFields& fields);
  void read_exchange(const LineFields& fields);
  void read_collective(const LineFields& fields);
  void read_hold(const LineFields& fields);

  void add_send(const LineFields& fields);
  void add_receive(const LineFields& fields);
  RankId peer(const LineFields& fields, std::string_view key) const;
  StatedStream& stream_of(const LineFields& fields, StreamOrder order);
  void check_device(const LineFields& fields) const;
  void check_ahead(const LineFields& fields, StatedStream& stream) const;
  void add_op(const LineFields& fields);

  ProgramGround ground_;
  LinePlace place_;
  std::string line_;
  std::string piece_;  // of a line
  LineJson json_;
  std::uint32_t ranks_ = 0;
  std::optional<ProgramBuilder> builder_;
  std::optional<StatedCollectives> collectives_;
  TextTable labels_;
  TextTable stream_names_;
  std::unordered_map<std::uint64_t, StatedStream> streams_;  // by rank and name
  WaitTable waits_;
  MessageBalance messages_;

  // Of the line.
  RankId rank_;
  Op op_;
};

// What lines may say: first what is the same for every operation.
constexpr std::string_view compute_keys[] = {"rank",  "stream",  "op",    "label",         "id",
                                             "waits", "seconds", "flops", "memory_traffic"};
constexpr std::string_view send_keys[] = {"rank",  "stream", "op",    "label", "id",
                                          "waits", "to",     "bytes", "tag",   "messages"};
constexpr std::string_view receive_keys[] = {"rank", "stream", "op", "label", "id", "waits", "from", "tag", "reduce"};
constexpr std::string_view exchange_keys[] = {"rank",  "stream", "op",       "label", "id",
                                              "waits", "sends",  "receives", "reduce"};
constexpr std::string_view hold_keys[] = {"rank", "stream", "op", "label", "id", "waits", "until"};
constexpr std::string_view stream_keys[] = {"rank", "stream", "op", "order"};
// And what the lists of an exchange may.
constexpr std::string_view listed_send_keys[] = {"to", "bytes", "tag", "messages"};
constexpr std::string_view listed_receive_keys[] = {"from", "tag"};

std::span<const ProgramReader::OpName> ProgramReader::op_names() {
  static constexpr std::array table = {OpName{"compute", &ProgramReader::read_compute, compute_keys},
                                       OpName{"send", &ProgramReader::read_send, send_keys},
                                       OpName{"receive", &ProgramReader::read_receive, receive_keys},
                                       OpName{"exchange", &ProgramReader::read_exchange, exchange_keys},
                                       OpName{"collective", &ProgramReader::read_collective, {}},
                                       OpName{"hold", &ProgramReader::read_hold, hold_keys},
                                       OpName{"stream", &ProgramReader::read_stream, stream_keys}};
  return table;
}

std::shared_ptr<const StepProgram> ProgramReader::read(std::istream& lines) {
  while (next_line(lines)) {
    if (line_.ends_with('\r')) line_.pop_back();
    const std::size_t start = line_.find_first_not_of(" \t");
    if (start == std::string::npos || line_.compare(start, 2, "//") == 0) continue;
    if (builder_) {
      read_line();
    } else {
      read_header();
    }
  }
  if (!builder_) throw InputError({.where = place_.file, .problem = "no program", .suggestion = header_example});
  messages_.require_balance();
  collectives_->require_members();
  waits_.resolve(builder_->waits());
  waits_.require_order(builder_->waits(), ranks_);
  return std::make_shared<FileProgram>(builder_->build(), std::move(labels_));
}

// Puts the next line into line_, unless there is none or no end to it.
bool ProgramReader::next_line(std::istream& lines) {
  constexpr std::size_t longest = std::size_t{1} << 28;
  constexpr std::size_t block = std::size_t{1} << 16;
  ++place_.line;
  line_.clear();
  piece_.resize(block);
  for (;;) {
    lines.getline(piece_.data(), static_cast<std::streamsize>(block));
    const auto read = static_cast<std::size_t>(lines.gcount());
    // The line's end is counted, but not written.
    const bool is_whole = !lines.fail();
    line_.append(piece_, 0, is_whole && !lines.eof() ? read - 1 : read);
    if (is_whole) return true;
    if (lines.bad()) throw InputError({.where = place_.file, .problem = "the file cannot be read to its end"});
    if (lines.eof()) return !line_.empty();
    lines.clear();
    if (line_.size() <= longest) continue;
    throw InputError(
        {.where = place_.text(), .problem = "the line is longer than " + std::to_string(longest) + " bytes"});
  }
}

void ProgramReader::read_header() {
  const Json json = parse_line(line_, place_);
  const JsonFields fields(json, place_.text());
  if (!fields.has("format")) fields.fail("", "this is no header", header_example);
  if (fields.required<std::string>("format") != "lockstep-program") {
    fields.fail("format", "this is no program of lockstep's", header_example);
  }
  const std::int64_t version = fields.count("version", 1, INT32_MAX);
  if (version > newest_version) {
    fields.fail("version", "version " + std::to_string(version) + " of the format is newer than this program",
                "the newest that it reads is " + std::to_string(newest_version));
  }
  fields.maybe<std::string>("name");
  ranks_ = static_cast<std::uint32_t>(fields.count("ranks", 1, UINT32_MAX));
  if (ranks_ > ground_.devices.size()) {
    fields.fail("ranks",
                "the program has " + std::to_string(ranks_) + " ranks, but there are only " +
                    std::to_string(ground_.devices.size()) + " devices to run them on",
                "use a larger fleet");
  }
  fields.reject_unknown();
  builder_.emplace(ranks_);
  collectives_.emplace(place_.file, ground_, ranks_);
}

void ProgramReader::read_line() {
  json_.parse(line_, place_);
  const LineFields fields(json_, json_.root(), place_);
  const std::string_view name = fields.text("op");
  for (const OpName& op : op_names()) {
    if (op.name != name) continue;
    rank_ = RankId(fields.count("rank", 0, ranks_ - 1));
    op_.clear();
    if (!op.keys.empty()) fields.reject_unknown(op.keys);
    (this->*op.read)(fields);
    return;
  }
  std::vector<std::string> names;
  for (const OpName& op : op_names()) names.emplace_back(op.name);
  fields.fail("op", "there is no operation '" + excerpt(name) + "'", suggest_name(std::string(name), names));
}

void ProgramReader::read_stream(const LineFields& fields) {
  const std::string_view order = fields.text("order");
  if (order != "in_turn" && order != "ahead") {
    fields.fail("order", "there is no order '" + excerpt(order) + "'",
                suggest_name(std::string(order), {"in_turn", "ahead"}));
  }
  const std::uint64_t before = streams_.size();
  StatedStream& stream = stream_of(fields, order == "ahead" ? StreamOrder::ahead : StreamOrder::in_turn);
  if (streams_.size() == before) {
    fields.fail("stream", "the order of a stream is stated before its operations, once");
  }
  stream.is_ahead = order == "ahead";
}

void ProgramReader::read_compute(const LineFields& fields) {
  op_.kind = OpKind::compute;
  op_.work = {.nominal = fields.quantity_or_zero<Seconds>("seconds"),
              .flops = fields.quantity_or_zero<Flops>("flops"),
              .memory_traffic = fields.quantity_or_zero<Bytes>("memory_traffic")};
  if (!fields.has("seconds") && !fields.has("flops") && !fields.has("memory_traffic")) {
    fields.fail("", "there is nothing to compute", "give \"seconds\", \"flops\" or \"memory_traffic\"");
  }
  check_device(fields);
  add_op(fields);
}

void ProgramReader::check_device(const LineFields& fields) const {
  const topology::Vertex& device = ground_.fleet.vertex(ground_.devices[rank_.value()]);
  const topology::DeviceModel& model = ground_.fleet.device_models()[device.model.value()];
  if (op_.work.flops > Flops(0) && !model.compute) {
    fields.fail("flops", "nothing is known of the speed of device " + device.name,
                "add \"device\": {\"compute\": \"100 TFLOP/s\"} to the fleet, or give \"seconds\"");
  }
  if (op_.work.memory_traffic > Bytes(0) && !model.memory_bandwidth) {
    fields.fail("memory_traffic", "nothing is known of the memory bandwidth of device " + device.name,
                "add \"device\": {\"memory_bandwidth\": \"2 TB/s\"} to the fleet, or give \"seconds\"");
  }
}

void ProgramReader::read_send(const LineFields& fields) {
  add_send(fields);
  add_op(fields);
}

void ProgramReader::read_receive(const LineFields& fields) {
  add_receive(fields);
  op_.reduce = fields.quantity_or_zero<Bytes>("reduce");
  add_op(fields);
}

void ProgramReader::read_exchange(const LineFields& fields) {
  fields.for_each("sends", [&](const LineFields& send) {
    send.reject_unknown(listed_send_keys);
    add_send(send);
  });
  fields.for_each("receives", [&](const LineFields& receive) {
    receive.reject_unknown(listed_receive_keys);
    add_receive(receive);
  });
  op_.reduce = fields.quantity_or_zero<Bytes>("reduce");
  add_op(fields);
}

void ProgramReader::read_collective(const LineFields& fields) {
  op_.kind = OpKind::collective;
  collectives_->join(line_, fields, rank_, *builder_, op_);
  add_op(fields);
}

void ProgramReader::read_hold(const LineFields& fields) {
  op_.kind = OpKind::hold;
  op_.until = fields.quantity<Seconds>("until");
  add_op(fields);
}

RankId ProgramReader::peer(const LineFields& fields, std::string_view key) const {
  const RankId peer(fields.count(key, 0, ranks_ - 1));
  if (peer == rank_) fields.fail(key, "rank " + std::to_string(peer.value()) + " needs no message to itself");
  return peer;
}

void ProgramReader::add_send(const LineFields& fields) {
  op_.sends.push_back({.peer = peer(fields, "to"),
                       .tag = static_cast<Tag>(fields.count_or("tag", 0, 0, UINT32_MAX)),
                       .bytes = fields.quantity<Bytes>("bytes"),
                       .messages = static_cast<std::uint32_t>(fields.count_or("messages", 1, 1, UINT32_MAX))});
}

void ProgramReader::add_receive(const LineFields& fields) {
  op_.receives.push_back(
      {.peer = peer(fields, "from"), .tag = static_cast<Tag>(fields.count_or("tag", 0, 0, UINT32_MAX))});
}

StatedStream& ProgramReader::stream_of(const LineFields& fields, StreamOrder order) {
  const std::string_view name = fields.maybe_text("stream").value_or("main");
  const std::uint64_t key = std::uint64_t{rank_.value()} << 32 | stream_names_.number_of(name);
  const auto [stream, is_new] = streams_.try_emplace(key);
  if (is_new) stream->second.id = builder_->add_stream(rank_, std::string(name), order);
  return stream->second;
}

// A stream that receives ahead waits for nothing but the messages of one sender.
void ProgramReader::check_ahead(const LineFields& fields, StatedStream& stream) const {
  const bool is_receive = op_.kind == OpKind::exchange && op_.sends.empty() && op_.receives.size() == 1;
  const std::string rule = "every operation of a stream of order 'ahead' is one receive";
  if (!is_receive) fields.fail("op", rule);
  if (!op_.waits.empty()) fields.fail("waits", rule + ", which waits for nothing else");
  const Receive& receive = op_.receives.front();
  if (stream.length == 0) {
    stream.from = receive.peer;
    stream.tag = receive.tag;
  } else if (stream.from != receive.peer || stream.tag != receive.tag) {
    fields.fail("", rule + ", all from one rank under one tag: here rank " + std::to_string(stream.from.value()) +
                        " and tag " + std::to_string(stream.tag));
  }
}

// Appends what was read, as the fields that every operation has say.
void ProgramReader::add_op(const LineFields& fields) {
  StatedStream& stream = stream_of(fields, StreamOrder::in_turn);
  const StatedOp stated{.rank = rank_, .stream = stream.id, .position = stream.length, .line = place_.line};
  if (const auto label = fields.maybe_text("label")) op_.label.microbatch = labels_.number_of(*label);
  for (const std::string_view id : fields.texts("waits")) {
    waits_.add_wait(id, stated);
    op_.waits.emplace_back();
  }
  if (stream.is_ahead) check_ahead(fields, stream);
  for (const Send& send : op_.sends) messages_.add_send(stated, send.peer, send.tag);
  for (const Receive& receive : op_.receives) {
    messages_.add_receive(stated, receive.peer, receive.tag, stream.is_ahead);
  }
  builder_->add(rank_, stream.id, op_);
  ++stream.length;
  if (const auto id = fields.maybe_text("id")) waits_.add_name(*id, stated);
}

}  // namespace

std::shared_ptr<const StepProgram> read_program(std::istream& lines, const std::string& file,
                                                const ProgramGround& ground) {
  return ProgramReader(file, ground).read(lines);
}

std::shared_ptr<const StepProgram> read_program_file(const std::string& path, const ProgramGround& ground) {
  std::ifstream in = open_text_file(path);
  return read_program(in, path, ground);
}

}  // namespace lockstep::workloads
