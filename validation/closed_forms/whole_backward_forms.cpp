// The lines of the table for pipelines whose backward is one task, and for any pipeline.
#include "validation/closed_forms/pipeline_form.hpp"
#include "workloads/schedules/recurrence.hpp"

namespace lockstep::validation {
namespace {

using Answer = std::optional<Prediction>;

Answer flushed(const PipelineSituation& at) {
  return Prediction{flushed_pipeline(at.shape(), at.mean().whole())};
}

Answer gpipe_stages(const PipelineSituation& at) {
  return Prediction{gpipe_of_stages(at.stage_costs(), at.shape().microbatches)};
}

Prediction bracket(const Bracket& ends) {
  return {.time = ends.lower, .upper = ends.upper};
}

Answer alternating_stages(const PipelineSituation& at) {
  return bracket(one_forward_one_backward_of_stages(at.stage_costs(), at.shape().microbatches));
}

Answer one_slow_stage(const PipelineSituation& at) {
  const auto slow = at.slow_stage();
  if (!slow) return std::nullopt;
  return Prediction{one_forward_one_backward_with_slow_stage(at.shape(), slow->others, slow->slow)};
}

// Forms that add transfers to another form speak where there are some.
template <Seconds (*form)(const PipelineShape&, const StageCost&, Seconds)>
Answer with_transfers(const PipelineSituation& at) {
  if (!(at.transfer() > Seconds(0))) return std::nullopt;
  return Prediction{form(at.shape(), at.mean().whole(), at.transfer())};
}

Answer eager(const PipelineSituation& at) {
  return Prediction{eager_one_forward_one_backward(at.shape(), at.mean().whole(), at.transfer())};
}

Answer occupied_gpipe(const PipelineSituation& at) {
  if (!at.occupies_senders()) return std::nullopt;
  return Prediction{gpipe_with_occupied_senders(at.shape(), at.mean().whole(), at.transfer())};
}

Answer occupied_alternating(const PipelineSituation& at) {
  if (!at.occupies_senders()) return std::nullopt;
  std::vector<StageCost> stages = at.stage_costs();
  for (std::uint32_t stage = 0; stage < stages.size(); ++stage) {
    stages[stage] = with_occupied_sender(stages[stage], at.shape(), stage, at.transfer());
  }
  return bracket(one_forward_one_backward_of_stages(stages, at.shape().microbatches));
}

Answer interleaved(const PipelineSituation& at) {
  return Prediction{interleaved_pipeline(at.shape(), at.mean().whole())};
}

Answer breadth_first(const PipelineSituation& at) {
  return Prediction{breadth_first_pipeline(at.shape(), at.mean().whole())};
}

// Shares no code with the engines. Hops that are messages take what the slowest takes for itself.
Answer by_recurrence(const PipelineSituation& at) {
  workloads::ScheduleTimes times = at.subject().times;
  if (at.subject().message) times.transfer = at.transfer();
  workloads::Recurrence recurrence;
  const auto makespan = recurrence.evaluate(*at.subject().schedule, times);
  return makespan ? std::optional(Prediction{*makespan}) : std::nullopt;
}

std::vector<PipelineForm> forms_without_transfers() {
  return {
      {.id = "P01",
       .title = "GPipe",
       .formula = "(M+P-1)(F+B)",
       .source = "Huang et al. 2019",
       .schedules = {"gpipe"},
       .assumptions = {&equal_stages, &equal_microbatches, &free_transfers},
       .predict = flushed},
      {.id = "P02",
       .title = "1F1B",
       .formula = "(M+P-1)(F+B)",
       .source = "Narayanan et al. 2021",
       .schedules = {"1f1b"},
       .assumptions = {&equal_stages, &equal_microbatches, &free_transfers},
       .predict = flushed},
      {.id = "P03",
       .title = "GPipe of unequal stages",
       .formula = "ΣF_s + (M-1)max F + ΣB_s + (M-1)max B",
       .source = "flow shop in two passes; Baccelli et al. 1992",
       .schedules = {"gpipe"},
       .assumptions = {&equal_microbatches, &free_transfers},
       .predict = gpipe_stages},
      {.id = "P04",
       .title = "1F1B of unequal stages",
       .formula = "max_{q: w<M} Σ_{i<q}t_i + M t_q + (R_q-wF_q)⁺ + (R_q-wB_q)⁺ ≤ T ≤ P03, t = F+B, R_q = Σ_{i>q}t_i, "
                  "w = P-1-q",
       .source = "max-plus recurrence, Baccelli et al. 1992",
       .kind = FormKind::bound,
       .schedules = {"1f1b"},
       .assumptions = {&equal_microbatches, &free_transfers},
       .predict = alternating_stages},
      {.id = "P05",
       .title = "1F1B with one slow stage",
       .formula = "q(F+B) + Ms(F+B) + w((F+B-sF)⁺ + (F+B-sB)⁺), w = P-1-q",
       .source = "max-plus recurrence, Baccelli et al. 1992",
       .schedules = {"1f1b"},
       .assumptions = {&equal_microbatches, &free_transfers, &microbatches_after_the_slow_stage},
       .predict = one_slow_stage},
      {.id = "P10",
       .title = "interleaved 1F1B",
       .formula = "M(F+B) + (P-1)(F+B)/v",
       .source = "Narayanan et al. 2021",
       .schedules = {"interleaved_1f1b"},
       .assumptions = {&equal_stages, &equal_microbatches, &free_transfers, &divisible_microbatches},
       .predict = interleaved},
      {.id = "P12",
       .title = "breadth-first",
       .formula = "((v-1)max(M,P) + M+P-1)(F+B)/v",
       .source = "Lamy-Poirier 2023",
       .schedules = {"breadth_first"},
       .assumptions = {&equal_stages, &equal_microbatches, &free_transfers},
       .predict = breadth_first},
  };
}

std::vector<PipelineForm> forms_with_transfers() {
  return {
      {.id = "P06",
       .title = "GPipe with transfers",
       .formula = "(M+P-1)(F+B) + 2(P-1)c",
       .source = "critical path of the order of Huang et al. 2019",
       .schedules = {"gpipe"},
       .assumptions = {&equal_stages, &equal_microbatches, &fixed_transfers, &unoccupied_senders},
       .predict = with_transfers<gpipe_with_transfers>},
      {.id = "P07",
       .title = "1F1B with transfers",
       .formula = "(M+P-1)(F+B) + 2c((P-1) + (M-1) - ⌈(M-1)/P⌉)",
       .source = "critical path of the order of Narayanan et al. 2021",
       .schedules = {"1f1b"},
       .assumptions = {&equal_stages, &equal_microbatches, &fixed_transfers, &unoccupied_senders},
       .predict = with_transfers<one_forward_one_backward_with_transfers>},
      {.id = "P08",
       .title = "eager 1F1B",
       .formula = "(M+P-1)(F+B) + 2(P-1)c",
       .source = "Zhuang et al. 2023",
       .schedules = {"eager_1f1b"},
       .assumptions = {&equal_stages, &equal_microbatches, &fixed_transfers, &unoccupied_senders, &short_transfers},
       .predict = eager},
      {.id = "P09",
       .title = "GPipe with occupied senders",
       .formula = "(M+P-1)(F+B) + 2(M+P-2)c",
       .source = "P03 with stages that take c longer",
       .schedules = {"gpipe"},
       .assumptions = {&equal_stages, &equal_microbatches},
       .predict = occupied_gpipe},
      {.id = "P09",
       .title = "1F1B with occupied senders",
       .formula = "P04 with F_s + c for s < P-1 and B_s + c for s > 0; of equal stages ≤ (M+P-1)(F+B) + 2(M+P-2)c",
       .source = "P04 with stages that take c longer",
       .kind = FormKind::bound,
       .schedules = {"1f1b"},
       .assumptions = {&equal_microbatches},
       .predict = occupied_alternating},
      {.id = "P11",
       .title = "interleaved 1F1B with transfers",
       .formula = "M(F+B) + (P-1)(F+B)/v + 2(Pv-1)c",
       .source = "critical path of the order of Narayanan et al. 2021",
       .schedules = {"interleaved_1f1b"},
       .assumptions = {&equal_stages, &equal_microbatches, &fixed_transfers, &unoccupied_senders, &short_transfers,
                       &divisible_microbatches},
       .predict = with_transfers<interleaved_pipeline_with_transfers>},
      {.id = "recurrence",
       .title = "task by task, max-plus",
       .formula = "E(task) = max(E(task before), E(what it needs) + c) + its time",
       .source = "Baccelli et al. 1992",
       .schedules = {},
       .assumptions = {&fixed_transfers},
       .predict = by_recurrence},
  };
}

}  // namespace

std::vector<PipelineForm> whole_backward_forms() {
  std::vector<PipelineForm> forms = forms_without_transfers();
  for (PipelineForm& form : forms_with_transfers()) forms.push_back(std::move(form));
  return forms;
}

}  // namespace lockstep::validation
