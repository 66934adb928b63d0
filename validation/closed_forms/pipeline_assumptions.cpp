// Conditions on pipelines.
#include <algorithm>

#include "base/unit_text.hpp"
#include "validation/closed_forms/pipeline_form.hpp"
#include "validation/situation.hpp"

namespace lockstep::validation {
namespace {

using Sentence = std::optional<std::string>;
using workloads::Schedule;
using workloads::TimeTable;

struct NamedTime {
  const char* name;
  Seconds StageShare::*time;
};
constexpr NamedTime stage_times[] = {{"forward", &StageShare::forward},
                                     {"backward", &StageShare::backward},
                                     {"input gradient", &StageShare::input_gradient},
                                     {"weight gradient", &StageShare::weight_gradient},
                                     {"overlapped pair", &StageShare::overlapped}};

Sentence unequal_stages(const PipelineSituation& at, const PipelineForm&) {
  for (const auto& [name, time] : stage_times) {
    const auto less = [by = time](const StageShare& a, const StageShare& b) { return a.*by < b.*by; };
    const auto [least, most] = std::minmax_element(at.stages().begin(), at.stages().end(), less);
    if (same(((*least).*time).si(), ((*most).*time).si())) continue;
    return "the " + std::string(name) + " of stage " + std::to_string(most - at.stages().begin()) + " takes " +
           to_text((*most).*time) + ", that of stage " + std::to_string(least - at.stages().begin()) + " " +
           to_text((*least).*time);
  }
  return std::nullopt;
}
// The same work in all, shared out evenly.
void grant_equal_stages(PipelineCase& subject, const PipelineSituation&, const PipelineForm&) {
  const Schedule& schedule = *subject.schedule;
  change_times(subject, [&](const TimeTable& table, std::uint32_t chunk, std::uint32_t m) {
    const std::uint32_t first = chunk / schedule.stages() * schedule.stages();
    Seconds sum;
    for (std::uint32_t other = first; other < first + schedule.stages(); ++other) sum += table.at(other, m);
    return sum / schedule.stages();
  });
}

const TimeTable* tables_of(const workloads::ScheduleTimes& times, std::size_t which) {
  const TimeTable* const all[] = {&times.forward, &times.backward, &times.input_gradient, &times.weight_gradient,
                                  times.overlapped ? &*times.overlapped : nullptr};
  return all[which];
}

// A device whose chunks or microbatches differ, with the two times that do.
Sentence unequal_times(const Schedule& schedule, const TimeTable& table, const char* name) {
  std::vector<std::optional<Seconds>> first(schedule.devices());
  for (std::uint32_t chunk = 0; chunk < schedule.chunks(); ++chunk) {
    const std::uint32_t device = schedule.device_of[chunk];
    for (std::uint32_t m = schedule.first_microbatch(chunk); m < schedule.end_microbatch(chunk); ++m) {
      const Seconds time = table.at(chunk, m);
      if (!first[device]) first[device] = time;
      if (same(first[device]->si(), time.si())) continue;
      return "on stage " + std::to_string(device) + " one " + name + " takes " + to_text(*first[device]) +
             " and that of microbatch " + std::to_string(m) + " " + to_text(time);
    }
  }
  return std::nullopt;
}
Sentence unequal_microbatches(const PipelineSituation& at, const PipelineForm&) {
  for (std::size_t which = 0; which < std::size(stage_times); ++which) {
    const TimeTable* table = tables_of(at.subject().times, which);
    if (table == nullptr) continue;
    if (auto sentence = unequal_times(*at.subject().schedule, *table, stage_times[which].name)) return sentence;
  }
  return std::nullopt;
}
// Of each device the mean over its chunks and microbatches.
void grant_equal_microbatches(PipelineCase& subject, const PipelineSituation&, const PipelineForm&) {
  const Schedule& schedule = *subject.schedule;
  const TimeTable* known = nullptr;
  std::vector<Seconds> means;
  change_times(subject, [&](const TimeTable& table, std::uint32_t chunk, std::uint32_t) {
    if (known != &table || means.empty()) {
      known = &table;
      means.assign(schedule.devices(), Seconds(0));
      std::vector<double> counts(schedule.devices());
      for (std::uint32_t c = 0; c < schedule.chunks(); ++c) {
        for (std::uint32_t m = schedule.first_microbatch(c); m < schedule.end_microbatch(c); ++m) {
          means[schedule.device_of[c]] += table.at(c, m);
          ++counts[schedule.device_of[c]];
        }
      }
      for (std::size_t device = 0; device < means.size(); ++device) means[device] /= std::max(1.0, counts[device]);
    }
    return means[schedule.device_of[chunk]];
  });
}

Sentence unequal_parts(const PipelineSituation& at, const PipelineForm&) {
  const StageShare& mean = at.mean();
  if (same(mean.forward.si(), mean.input_gradient.si()) && same(mean.forward.si(), mean.weight_gradient.si())) {
    return std::nullopt;
  }
  return "forward, input gradient and weight gradient take " + to_text(mean.forward) + ", " +
         to_text(mean.input_gradient) + " and " + to_text(mean.weight_gradient);
}
void grant_equal_parts(PipelineCase& subject, const PipelineSituation&, const PipelineForm&) {
  workloads::ScheduleTimes& times = subject.times;
  const workloads::ScheduleTimes before = times;
  change_times(subject, [&](const TimeTable&, std::uint32_t chunk, std::uint32_t m) {
    return (before.forward.at(chunk, m) + before.input_gradient.at(chunk, m) + before.weight_gradient.at(chunk, m)) / 3;
  });
}

std::string hops_text(const PipelineSituation& at) {
  const PipelineCase& subject = at.subject();
  if (!subject.message) return "a hop takes " + to_text(at.transfer());
  return "a hop is a message of " + to_text(*subject.message) + " that takes up to " + to_text(at.transfer()) +
         " for itself";
}

Sentence has_transfers(const PipelineSituation& at, const PipelineForm&) {
  if (!(at.transfer() > Seconds(0))) return std::nullopt;
  return hops_text(at);
}
void grant_free_transfers(PipelineCase& subject, const PipelineSituation&, const PipelineForm&) {
  subject.message.reset();
  subject.times.transfer = Seconds(0);
}

// While no message meets another, all of them take what one takes for itself.
Sentence meeting_messages(const PipelineSituation& at) {
  const PortModel model = port_model_of(at.subject().engine);
  if (model == PortModel::contention_free) return std::nullopt;
  if (model == PortModel::loggp) return "ports under LogGP charge messages otherwise than links do";
  if (model != PortModel::fluid) {
    if (at.crowding().most_at_once <= 1) return std::nullopt;
    return "a device sends or receives " + std::to_string(at.crowding().most_at_once) + " messages at once";
  }
  const auto& worst = at.crowding().worst;
  if (!worst) return std::nullopt;
  return "link " + at.subject().fleet->channel_name(worst->channel) + " carries " + std::to_string(worst->messages) +
         " hops at once, and has " + to_text(at.subject().fleet->channel(worst->channel).bandwidth);
}
// What a device hands on to another one leaves in turn, so that no hop waits for the one before if none takes longer
// than what is computed in between.
Sentence queueing_messages(const PipelineSituation& at) {
  const Schedule& schedule = *at.subject().schedule;
  const workloads::ScheduleTimes& times = at.subject().times;
  for (const auto& tasks : schedule.tasks) {
    for (const workloads::Task& task : tasks) {
      if (task.action != workloads::Action::forward && !workloads::gives_gradient(task.action)) continue;
      Seconds least = times.of(task);
      if (times.overlapped) least = std::min(least, times.overlapped->at(task.chunk, task.microbatch));
      if (at.transfer() <= least) continue;
      return "a hop takes " + to_text(at.transfer()) + ", longer than " + workloads::task_text(task) +
             ", which takes " + to_text(least) + ", so that hops may wait for each other";
    }
  }
  return std::nullopt;
}
Sentence variable_transfers(const PipelineSituation& at, const PipelineForm&) {
  if (!at.subject().message || !(at.transfer() > Seconds(0))) return std::nullopt;
  if (!same(at.hops().least.si(), at.hops().most.si())) {
    return "a message of " + to_text(*at.subject().message) + " takes from " + to_text(at.hops().least) + " to " +
           to_text(at.hops().most) + " for itself, by its way";
  }
  if (auto sentence = queueing_messages(at)) return sentence;
  return meeting_messages(at);
}
void grant_fixed_transfers(PipelineCase& subject, const PipelineSituation& at, const PipelineForm&) {
  if (!subject.message) return;
  subject.message.reset();
  subject.times.transfer = at.transfer();
}

Sentence occupied_senders(const PipelineSituation& at, const PipelineForm&) {
  if (!at.occupies_senders()) return std::nullopt;
  return "a hop keeps its sender from computing for " + to_text(at.transfer());
}
void grant_unoccupied_senders(PipelineCase& subject, const PipelineSituation&, const PipelineForm&) {
  subject.times.occupies = workloads::TransferOccupies::nobody;
}

Sentence long_transfers(const PipelineSituation& at, const PipelineForm&) {
  const Seconds shortest = std::min(at.mean().forward, at.mean().backward) / at.shape().virtual_stages;
  if (at.transfer() <= shortest * (1 + 1e-12)) return std::nullopt;
  return "a hop takes " + to_text(at.transfer()) + ", longer than the shortest computation, " + to_text(shortest);
}

Sentence fewer_than(const PipelineSituation& at, std::uint64_t least, const char* formula) {
  if (at.shape().microbatches >= least) return std::nullopt;
  return std::to_string(at.shape().microbatches) + " microbatches are fewer than " + formula + " = " +
         std::to_string(least);
}
Sentence fewer_than_stages(const PipelineSituation& at, const PipelineForm&) {
  return fewer_than(at, at.shape().stages, "P");
}
Sentence fewer_than_twice_the_warm_up(const PipelineSituation& at, const PipelineForm&) {
  return fewer_than(at, 2 * std::uint64_t{at.shape().stages} - 1, "2P-1");
}
Sentence fewer_than_both_directions(const PipelineSituation& at, const PipelineForm&) {
  return fewer_than(at, 2 * std::uint64_t{at.shape().stages}, "2P");
}
Sentence fewer_than_stages_after(const PipelineSituation& at, const PipelineForm&) {
  const auto slow = at.slow_stage();
  return slow ? fewer_than(at, at.shape().stages - slow->slow.stage, "P-q") : std::nullopt;
}

Sentence indivisible(const PipelineSituation& at, const PipelineForm&) {
  if (at.shape().microbatches % at.shape().stages == 0) return std::nullopt;
  return std::to_string(at.shape().microbatches) + " microbatches do not divide by " +
         std::to_string(at.shape().stages) + " stages";
}

Sentence other_order(const PipelineSituation& at, const PipelineForm&) {
  const StageShare& mean = at.mean();
  const Seconds input = mean.backward - mean.weight_gradient;
  const Seconds slack = mean.backward * 1e-12;
  if (mean.forward + slack >= input && input + slack >= mean.weight_gradient) return std::nullopt;
  return "forward, input gradient and weight gradient take " + to_text(mean.forward) + ", " + to_text(input) + " and " +
         to_text(mean.weight_gradient) + ", which do not descend";
}

}  // namespace

const PipelineAssumption equal_stages = {"equal_stages", "All stages take equally long.", unequal_stages,
                                         grant_equal_stages};
const PipelineAssumption equal_microbatches = {"equal_microbatches",
                                               "All microbatches take equally long, in every chunk of a device.",
                                               unequal_microbatches, grant_equal_microbatches};
const PipelineAssumption equal_parts = {"equal_parts",
                                        "Forward, input gradient and weight gradient take equally long: F = B = W.",
                                        unequal_parts, grant_equal_parts};
const PipelineAssumption free_transfers = {"free_transfers", "What a stage hands on is there at once.", has_transfers,
                                           grant_free_transfers};
const PipelineAssumption fixed_transfers = {"fixed_transfers", "A hop takes a fixed time, whatever else is under way.",
                                            variable_transfers, grant_fixed_transfers};
const PipelineAssumption unoccupied_senders = {"unoccupied_senders", "A stage computes while it sends.",
                                               occupied_senders, grant_unoccupied_senders};
const PipelineAssumption short_transfers = {"short_transfers",
                                            "A hop takes no longer than the shortest computation: c ≤ min(F, B)/v.",
                                            long_transfers, nullptr};
const PipelineAssumption divisible_microbatches = {"divisible_microbatches", "The microbatches divide by the stages.",
                                                   indivisible, nullptr};
const PipelineAssumption a_microbatch_for_each_stage = {
    "enough_microbatches", "There are as many microbatches as stages: M ≥ P.", fewer_than_stages, nullptr};
const PipelineAssumption microbatches_for_twice_the_warm_up = {
    "enough_microbatches", "The microbatches fill twice the warm-up: M ≥ 2P-1.", fewer_than_twice_the_warm_up, nullptr};
const PipelineAssumption microbatches_for_both_directions = {
    "enough_microbatches", "The microbatches fill both directions: M ≥ 2P.", fewer_than_both_directions, nullptr};
const PipelineAssumption microbatches_after_the_slow_stage = {
    "enough_microbatches", "There are as many microbatches as stages from the slow one on: M ≥ P-q.",
    fewer_than_stages_after, nullptr};
const PipelineAssumption weight_gradient_shortest = {"weight_gradient_shortest",
                                                     "The parts descend in time: F ≥ Bf-W ≥ W.", other_order, nullptr};

}  // namespace lockstep::validation
