#include "workloads/step_program/listed_program.hpp"

#include <algorithm>
#include <iterator>

#include "base/contract.hpp"

namespace lockstep::workloads {
namespace {

template <class Item>
std::uint32_t append(std::vector<Item>& all, const std::vector<Item>& more) {
  const std::size_t first = all.size();
  all.insert(all.end(), more.begin(), more.end());
  return static_cast<std::uint32_t>(first);
}

template <class Item>
std::uint32_t append(std::vector<Item>& all, const Item& more) {
  all.push_back(more);
  return static_cast<std::uint32_t>(all.size() - 1);
}

template <class Item>
std::uint32_t count(const std::vector<Item>& items) {
  return static_cast<std::uint32_t>(items.size());
}

template <class Item>
void copy(const std::vector<Item>& all, std::uint32_t first, std::uint32_t count, std::vector<Item>& to) {
  to.insert(to.end(), all.begin() + first, all.begin() + first + count);
}

}  // namespace

std::uint32_t ListedProgram::stream_count(RankId rank) const {
  return first_stream_[rank.value() + 1] - first_stream_[rank.value()];
}

std::uint64_t ListedProgram::length(RankId rank, StreamId stream_id) const {
  return stream(rank, stream_id).records.size();
}

void ListedProgram::fetch(RankId rank, StreamId stream_id, std::uint64_t position, Op& op) const {
  const Record& record = stream(rank, stream_id).records[position];
  op.kind = record.kind;
  op.label = record.label;
  copy(waits_, record.first_wait, record.waits, op.waits);
  switch (record.kind) {
    case OpKind::exchange:
      copy(sends_, record.first_send, record.sends, op.sends);
      copy(receives_, record.first_receive, record.receives, op.receives);
      op.reduce = Bytes(scalars_[record.extra]);
      break;
    case OpKind::compute:
      op.work = works_[record.extra];
      break;
    case OpKind::collective:
      op.collective = calls_[record.extra].collective;
      op.member = calls_[record.extra].member;
      break;
    case OpKind::hold:
      op.until = Seconds(scalars_[record.extra]);
      break;
  }
}

std::string ListedProgram::stream_name(RankId rank, StreamId stream_id) const {
  return stream(rank, stream_id).name;
}

std::string ListedProgram::label_text(const Label& label) const {
  return label.phase < phases_.size() ? phases_[label.phase] : "";
}

StreamId ProgramBuilder::add_stream(RankId rank, std::string name, StreamOrder order) {
  auto& streams = streams_[rank.value()];
  streams.push_back({.name = std::move(name), .order = order});
  return StreamId(streams.size() - 1);
}

std::uint64_t ProgramBuilder::add(RankId rank, StreamId stream, const Op& op) {
  ListedProgram::Record record{};
  record.kind = op.kind;
  record.label = op.label;
  record.first_wait = append(program_.waits_, op.waits);
  record.waits = count(op.waits);
  for (const Wait& wait : op.waits) program_.has_delays_ |= wait.delay > Seconds(0);
  switch (op.kind) {
    case OpKind::exchange:
      record.first_send = append(program_.sends_, op.sends);
      record.sends = count(op.sends);
      record.first_receive = append(program_.receives_, op.receives);
      record.receives = count(op.receives);
      if (op.reduce > Bytes(0)) record.extra = append(program_.scalars_, op.reduce.si());
      break;
    case OpKind::compute:
      record.extra = append(program_.works_, op.work);
      break;
    case OpKind::collective:
      LOCKSTEP_REQUIRE(op.collective < program_.collectives_.size());
      record.extra = append(program_.calls_, ListedProgram::Call{op.collective, op.member});
      break;
    case OpKind::hold:
      record.extra = append(program_.scalars_, op.until.si());
      break;
  }
  auto& records = streams_[rank.value()][stream.value()].records;
  records.push_back(record);
  return records.size() - 1;
}

std::uint64_t ProgramBuilder::add_collective(CollectiveCall call) {
  program_.collectives_.push_back(std::move(call));
  return program_.collectives_.size() - 1;
}

std::uint16_t ProgramBuilder::phase(const std::string& name) {
  auto& phases = program_.phases_;
  const auto known = std::find(phases.begin(), phases.end(), name);
  const auto index = known - phases.begin();
  if (known == phases.end()) phases.push_back(name);
  return static_cast<std::uint16_t>(index);
}

std::shared_ptr<const ListedProgram> ProgramBuilder::build() {
  for (auto& streams : streams_) {
    std::move(streams.begin(), streams.end(), std::back_inserter(program_.streams_));
    program_.first_stream_.push_back(static_cast<std::uint32_t>(program_.streams_.size()));
  }
  streams_.clear();
  auto program = std::make_shared<ListedProgram>(std::move(program_));
  program_ = ListedProgram();
  return program;
}

}  // namespace lockstep::workloads
