#include "studies/attribution/recorded_work.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "workloads/training/training_program.hpp"

namespace lockstep::studies {

using workloads::OpKind;
using workloads::RankId;
using workloads::StreamId;
using workloads::TrainingProgram;

namespace {

template <class Value>
Value& at(std::vector<Value>& values, std::size_t index) {
  if (index >= values.size()) values.resize(index + 1);
  return values[index];
}

std::string action_name(workloads::Action action) {
  switch (action) {
    case workloads::Action::forward:
      return "forward";
    case workloads::Action::backward:
      return "backward";
    case workloads::Action::input_gradient:
      return "input gradient";
    case workloads::Action::weight_gradient:
      return "weight gradient";
    default:
      return "other";
  }
}

std::string without_numbers(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(), [](unsigned char one) { return std::isdigit(one) != 0; }),
             text.end());
  while (!text.empty() && (text.back() == ' ' || text.back() == ',')) text.pop_back();
  return text.empty() ? "computation" : text;
}

// The task of the schedule that an operation belongs to, and what such tasks are called.
struct TaskName {
  std::uint32_t number;
  std::string type;
};

std::optional<TaskName> task_at(const TrainingProgram& program, RankId rank, std::uint64_t position) {
  const auto number = program.task_of(rank, position);
  if (!number) return std::nullopt;
  const std::uint32_t stage = program.layout().coordinates(rank).pipeline;
  const workloads::Task& task = program.schedule_of(rank).tasks[stage][*number];
  return TaskName{*number, action_name(task.action) + (task.overlaps_next ? ", overlapped" : "")};
}

// "3F7" is spelled out.
std::string name_of(const workloads::StepProgram& program, const workloads::Label& label) {
  const std::string text = without_numbers(program.label_text(label));
  const bool has_schedule = dynamic_cast<const workloads::ScheduleProgram*>(&program) != nullptr;
  return has_schedule && text.size() == 1 ? action_name(static_cast<workloads::Action>(label.phase)) : text;
}

}  // namespace

void ComputeTimesWatch::op_done(const sim::OpSpan& span) {
  if (span.kind != OpKind::compute || span.place.is_agent) return;
  auto& stream = at(at(at(times_, span.place.job), span.place.rank.value()), span.place.stream.value());
  at(stream, span.place.position) = (span.end - span.start).si();
}

RecordedWork::RecordedWork(std::vector<sim::Job> all_jobs, std::size_t workload_count, ComputeTimes all_times)
    : jobs(std::move(all_jobs)), workloads(workload_count), times(std::move(all_times)) {
  piece_of.resize(times.size());
  for (std::uint32_t job = 0; job < times.size(); ++job) {
    piece_of[job].resize(times[job].size());
    for (std::size_t rank = 0; rank < times[job].size(); ++rank) {
      piece_of[job][rank].resize(times[job][rank].size());
      for (std::size_t stream = 0; stream < times[job][rank].size(); ++stream) {
        sort_stream(job, RankId(rank), StreamId(stream));
      }
    }
  }
  totals.resize(types.size());
  counts.resize(types.size());
  for (const PieceOfWork& piece : pieces) {
    totals[piece.type] += piece.seconds;
    ++counts[piece.type];
  }
}

void RecordedWork::sort_stream(std::uint32_t job, RankId rank, StreamId stream) {
  const workloads::StepProgram& program = *jobs[job].program;
  const auto* training = stream.value() == 0 ? dynamic_cast<const TrainingProgram*>(&program) : nullptr;
  const std::string prefix = workloads > 1 ? "workload " + std::to_string(job % workloads) + ": " : "";
  const std::vector<double>& seconds = times[job][rank.value()][stream.value()];
  std::vector<std::uint32_t>& own = piece_of[job][rank.value()][stream.value()];
  own.resize(seconds.size());
  std::optional<std::uint32_t> last_task;
  workloads::Op op;
  for (std::uint64_t position = 0; position < seconds.size(); ++position) {
    if (!(seconds[position] > 0)) continue;
    const auto task = training != nullptr ? task_at(*training, rank, position) : std::nullopt;
    if (!task || task->number != last_task) {
      op.clear();
      program.fetch(rank, stream, position, op);
      const std::string name = task ? task->type : name_of(program, op.label);
      pieces.push_back({.job = job, .rank = rank, .type = type_called(prefix + name)});
    }
    last_task = task ? std::optional(task->number) : std::nullopt;
    own[position] = static_cast<std::uint32_t>(pieces.size() - 1);
    pieces.back().seconds += seconds[position];
  }
}

std::uint32_t RecordedWork::type_called(const std::string& name) {
  const auto known = std::find(types.begin(), types.end(), name);
  const auto number = static_cast<std::uint32_t>(known - types.begin());
  if (known == types.end()) types.push_back(name);
  return number;
}

}  // namespace lockstep::studies
