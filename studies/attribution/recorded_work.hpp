#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/timeline.hpp"

namespace lockstep::studies {

// How long each computation of a run took, of the jobs' own programs: by job, rank, stream and position; 0 for what is
// no computation.
using ComputeTimes = std::vector<std::vector<std::vector<std::vector<double>>>>;

class ComputeTimesWatch final : public sim::Observer {
 public:
  bool wants_inner() const override { return false; }
  void op_done(const sim::OpSpan& span) override;
  void message_done(const sim::MessageSpan&) override {}

  // Of a run that is over.
  ComputeTimes take() { return std::move(times_); }

 private:
  ComputeTimes times_;
};

// Computations of a rank that make up one piece of work (a task of a pipeline's schedule, all its layers), and what it
// took.
struct PieceOfWork {
  std::uint32_t job = 0;
  workloads::RankId rank;
  std::uint32_t type = 0;
  double seconds = 0;
};

// A run's computations sorted into pieces of work, and those into types whose pieces ought to take equally long: the
// forward passes of all stages, microbatches and replicas are one. In training steps and pipelines the tasks of the
// schedule are pieces. Elsewhere each computation is one, and those whose labels differ in numbers only are of a type.
struct RecordedWork {
  RecordedWork(std::vector<sim::Job> all_jobs, std::size_t workload_count, ComputeTimes all_times);

  double mean(std::uint32_t type) const { return totals[type] / static_cast<double>(counts[type]); }

  std::vector<sim::Job> jobs;
  std::size_t workloads;
  ComputeTimes times;
  std::vector<std::vector<std::vector<std::vector<std::uint32_t>>>> piece_of;  // as `times`
  std::vector<PieceOfWork> pieces;
  std::vector<std::string> types;  // their names
  std::vector<double> totals;      // of each type
  std::vector<std::size_t> counts;

 private:
  void sort_stream(std::uint32_t job, workloads::RankId rank, workloads::StreamId stream);
  std::uint32_t type_called(const std::string& name);
};

}  // namespace lockstep::studies
