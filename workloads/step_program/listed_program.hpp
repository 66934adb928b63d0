#pragma once

#include <vector>

#include "workloads/step_program/step_program.hpp"

namespace lockstep::workloads {

// A program that is written out operation by operation. Build it with ProgramBuilder.
class ListedProgram final : public StepProgram {
 public:
  std::uint32_t rank_count() const override { return static_cast<std::uint32_t>(first_stream_.size() - 1); }
  std::uint32_t stream_count(RankId rank) const override;
  StreamOrder order(RankId rank, StreamId stream_id) const override { return stream(rank, stream_id).order; }
  std::uint64_t length(RankId rank, StreamId stream) const override;
  bool has_delays() const override { return has_delays_; }
  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override;
  CollectiveCall collective(std::uint64_t number) const override { return collectives_[number]; }
  std::string stream_name(RankId rank, StreamId stream) const override;
  // The labels' phases are indices into the builder's words.
  std::string label_text(const Label& label) const override;

 private:
  friend class ProgramBuilder;
  struct Record {
    OpKind kind;
    Label label;
    std::uint32_t first_wait, waits;
    std::uint32_t first_send, sends;  // of an exchange
    std::uint32_t first_receive, receives;
    std::uint32_t extra;  // compute: index into works_; collective: into calls_; else into scalars_
  };
  struct Call {
    std::uint64_t collective;
    RankId member;
  };
  struct Stream {
    std::string name;
    StreamOrder order = StreamOrder::in_turn;
    std::vector<Record> records = {};
  };
  const Stream& stream(RankId rank, StreamId stream) const {
    return streams_[first_stream_[rank.value()] + stream.value()];
  }

  std::vector<std::uint32_t> first_stream_ = {0};  // of each rank, and the end
  std::vector<Stream> streams_;
  std::vector<Wait> waits_;
  std::vector<Send> sends_;
  std::vector<Receive> receives_;
  std::vector<Work> works_;
  std::vector<Call> calls_;
  std::vector<double> scalars_ = {0};  // bytes to reduce, times to hold until
  std::vector<CollectiveCall> collectives_;
  std::vector<std::string> phases_;
  bool has_delays_ = false;
};

// Writes a program out. Operations are appended stream by stream.
class ProgramBuilder {
 public:
  explicit ProgramBuilder(std::uint32_t ranks) : streams_(ranks) {}

  StreamId add_stream(RankId rank, std::string name, StreamOrder order = StreamOrder::in_turn);
  // Returns the operation's position in its stream.
  std::uint64_t add(RankId rank, StreamId stream, const Op& op);
  std::uint64_t add_collective(CollectiveCall call);
  // What was waited for so far, in the order of adding, to be mended by who did not know it then.
  std::span<Wait> waits() { return program_.waits_; }
  // The number that stands for this phase in labels.
  std::uint16_t phase(const std::string& name);

  // The builder is empty afterwards.
  std::shared_ptr<const ListedProgram> build();

 private:
  std::vector<std::vector<ListedProgram::Stream>> streams_;
  ListedProgram program_;
};

}  // namespace lockstep::workloads
