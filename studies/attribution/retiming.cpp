#include "studies/attribution/retiming.hpp"

namespace lockstep::studies {
namespace {

using workloads::Op;
using workloads::RankId;
using workloads::StreamId;

// A program whose computations take stated times, whatever device they run on.
class RetimedProgram final : public workloads::StepProgram {
 public:
  RetimedProgram(std::shared_ptr<const RecordedWork> recorded, std::shared_ptr<const std::vector<double>> factors,
                 std::uint32_t job)
      : recorded_(std::move(recorded)),
        factors_(std::move(factors)),
        job_(job),
        program_(recorded_->jobs[job].program) {}

  std::uint32_t rank_count() const override { return program_->rank_count(); }
  std::uint32_t first_agent() const override { return program_->first_agent(); }
  topology::VertexId agent_vertex(RankId rank) const override { return program_->agent_vertex(rank); }
  std::uint32_t stream_count(RankId rank) const override { return program_->stream_count(rank); }
  workloads::StreamOrder order(RankId rank, StreamId stream) const override { return program_->order(rank, stream); }
  std::uint64_t length(RankId rank, StreamId stream) const override { return program_->length(rank, stream); }
  bool has_delays() const override { return program_->has_delays(); }
  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override {
    program_->fetch(rank, stream, position, op);
    if (op.kind == workloads::OpKind::compute) op.work = {.nominal = time_of(rank, stream, position)};
  }
  double hottest_experts() const override { return program_->hottest_experts(); }
  std::shared_ptr<const StepProgram> with_hot_experts(double factor) const override {
    auto hot = std::make_shared<RetimedProgram>(*this);
    hot->program_ = program_->with_hot_experts(factor);
    return hot;
  }
  workloads::CollectiveCall collective(std::uint64_t number) const override { return program_->collective(number); }
  std::string stream_name(RankId rank, StreamId stream) const override { return program_->stream_name(rank, stream); }
  std::string label_text(const workloads::Label& label) const override { return program_->label_text(label); }

 private:
  Seconds time_of(RankId rank, StreamId stream, std::uint64_t position) const {
    const double took = recorded_->times[job_][rank.value()][stream.value()][position];
    if (!(took > 0)) return {};
    return Seconds(took * (*factors_)[recorded_->piece_of[job_][rank.value()][stream.value()][position]]);
  }

  std::shared_ptr<const RecordedWork> recorded_;
  std::shared_ptr<const std::vector<double>> factors_;
  std::uint32_t job_;
  std::shared_ptr<const workloads::StepProgram> program_;
};

}  // namespace

Retiming::Retiming(std::shared_ptr<const RecordedWork> recorded, const Choice& is_ideal)
    : recorded_(std::move(recorded)) {
  auto factors = std::make_shared<std::vector<double>>();
  factors->reserve(recorded_->pieces.size());
  for (const PieceOfWork& piece : recorded_->pieces) {
    factors->push_back(is_ideal(piece) ? recorded_->mean(piece.type) / piece.seconds : 1);
  }
  factors_ = std::move(factors);
}

void Retiming::apply_to(std::vector<sim::Job>& jobs) const {
  for (std::uint32_t job = 0; job < recorded_->times.size(); ++job) {
    jobs[job].program = std::make_shared<RetimedProgram>(recorded_, factors_, job);
    // What slowed computation beside communication is part of what it took.
    jobs[job].communication_slowdown = 1;
  }
}

}  // namespace lockstep::studies
