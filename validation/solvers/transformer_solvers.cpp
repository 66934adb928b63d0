#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/solver_inputs.hpp"
#include "validation/solvers/step_form_solvers.hpp"
#include "validation/solvers/step_forms.hpp"

namespace lockstep::validation {
namespace {

constexpr SolverInput named_count(std::string_view name, std::string_view meaning, std::string_view plain_name) {
  return {.name = name,
          .kind = InputKind::count,
          .otherwise = "",
          .meaning = meaning,
          .plain_name = plain_name,
          .least = 1};
}

namespace state {
constexpr std::array inputs = {
    SolverInput{.name = "parameters",
                .kind = InputKind::number,
                .otherwise = "",
                .meaning = "of a device's share of the model",
                .plain_name = "Psi"},
    SolverInput{.name = "replicas",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "that share it",
                .plain_name = "N",
                .least = 1},
};
constexpr std::array outputs = {
    SolverOutput{"zero_0_B", "B", "weights, gradients and Adam in mixed precision: 16 bytes a parameter"},
    SolverOutput{"zero_1_B", "B", "optimizer sharded"},
    SolverOutput{"zero_2_B", "B", "gradients too"},
    SolverOutput{"zero_3_B", "B", "weights too"},
    SolverOutput{"checkpoint_B", "B", "14 bytes a parameter: no gradients"},
};
Json solve(const SolverInputs& in) {
  constexpr double checkpoint_bytes = 14;
  const double parameters = in.number("parameters"), replicas = in.count("replicas");
  Json answer;
  for (std::uint32_t zero = 0; zero <= 3; ++zero) {
    answer["zero_" + std::to_string(zero) + "_B"] = adam_state(parameters, replicas, zero).si();
  }
  answer["checkpoint_B"] = checkpoint_bytes * parameters;
  return answer;
}
}  // namespace state

namespace kept {
constexpr std::array inputs = {
    named_count("seq_len", "tokens of a sequence", "s"),
    named_count("microbatch", "sequences of a microbatch", "b"),
    named_count("hidden_dim", "width of the model", "h"),
    named_count("heads", "attention heads", "a"),
    SolverInput{.name = "tensor",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "tensor ranks",
                .plain_name = "t",
                .least = 1},
};
constexpr std::array outputs = {
    SolverOutput{"none_B", "B", "of one layer and microbatch in fp16, one tensor rank, nothing computed again"},
    SolverOutput{"tensor_B", "B", "with tensor parallelism"},
    SolverOutput{"tensor_sequence_B", "B", "and sequence parallelism"},
    SolverOutput{"tensor_selective_B", "B", "with tensor parallelism, attention matrices computed again"},
    SolverOutput{"tensor_sequence_selective_B", "B", "and sequence parallelism"},
    SolverOutput{"full_B", "B", "inputs of layers alone"},
};
Json solve(const SolverInputs& in) {
  LayerShape shape{static_cast<double>(in.count("seq_len")), static_cast<double>(in.count("microbatch")),
                   static_cast<double>(in.count("hidden_dim")), static_cast<double>(in.count("heads"))};
  const double whole = layer_activations(shape, Kept::all, false).si();
  shape.tensor = in.count("tensor");
  return {{"none_B", whole},
          {"tensor_B", layer_activations(shape, Kept::all, false).si()},
          {"tensor_sequence_B", layer_activations(shape, Kept::all, true).si()},
          {"tensor_selective_B", layer_activations(shape, Kept::without_attention_matrices, false).si()},
          {"tensor_sequence_selective_B", layer_activations(shape, Kept::without_attention_matrices, true).si()},
          {"full_B", layer_activations(shape, Kept::layer_inputs, false).si()}};
}
}  // namespace kept

namespace flops {
constexpr std::array inputs = {
    named_count("batch", "sequences", "B"),
    named_count("seq_len", "tokens of a sequence", "s"),
    named_count("layers", "layers", "l"),
    named_count("hidden_dim", "width of the model", "h"),
    named_count("vocabulary", "tokens of the vocabulary", "V"),
};
constexpr std::array outputs = {
    SolverOutput{"forward_backward_flops", "flop", "matrices of a GPT, every attention matrix counted whole"},
    SolverOutput{"full_recompute_flops", "flop", "with every layer computed again"},
    SolverOutput{"per_token_flops", "flop", "6N + 12 l h s"},
};
Json solve(const SolverInputs& in) {
  const GptShape shape{static_cast<double>(in.count("batch")), static_cast<double>(in.count("seq_len")),
                       static_cast<double>(in.count("layers")), static_cast<double>(in.count("hidden_dim")),
                       static_cast<double>(in.count("vocabulary"))};
  return {{"forward_backward_flops", gpt_training_flops(shape).si()},
          {"full_recompute_flops", gpt_recomputing_flops(shape).si()},
          {"per_token_flops", gpt_flops_per_token(shape).si()}};
}
}  // namespace flops

namespace use {
constexpr std::array inputs = {
    SolverInput{.name = "model_flops",
                .kind = InputKind::flops,
                .otherwise = "",
                .meaning = "of a step, without what is computed again",
                .plain_name = "F_model"},
    SolverInput{.name = "executed_flops",
                .kind = InputKind::flops,
                .otherwise = "",
                .meaning = "with it",
                .plain_name = "F_hw"},
    named_count("devices", "devices", "G"),
    SolverInput{.name = "peak",
                .kind = InputKind::flop_rate,
                .otherwise = "",
                .meaning = "of a device",
                .plain_name = "peak_flops"},
    SolverInput{.name = "step", .kind = InputKind::seconds, .otherwise = "", .meaning = "the step", .plain_name = "T"},
};
constexpr std::array outputs = {
    SolverOutput{"mfu", "1", "model flops over the peak"},
    SolverOutput{"hfu", "1", "executed flops over the peak"},
};
Json solve(const SolverInputs& in) {
  const auto step = in.quantity<Seconds>("step");
  const auto peak = in.quantity<FlopRate>("peak");
  if (!(step > Seconds(0))) throw InputError({.where = in.where("step"), .problem = "must be positive"});
  if (!(peak > FlopRate(0))) throw InputError({.where = in.where("peak"), .problem = "must be positive"});
  const double devices = in.count("devices");
  return {{"mfu", utilization(in.quantity<Flops>("model_flops"), step, devices, peak)},
          {"hfu", utilization(in.quantity<Flops>("executed_flops"), step, devices, peak)}};
}
}  // namespace use

namespace efficiency {
constexpr std::array inputs = {
    SolverInput{.name = "single",
                .kind = InputKind::seconds,
                .otherwise = "",
                .meaning = "compute of a device's share of the step",
                .plain_name = "Ts"},
    SolverInput{.name = "data",
                .kind = InputKind::seconds,
                .otherwise = "0 s",
                .meaning = "all-reduce of gradients",
                .plain_name = "Tdp"},
    SolverInput{.name = "tensor",
                .kind = InputKind::seconds,
                .otherwise = "0 s",
                .meaning = "all-reduces of activations",
                .plain_name = "Ttp"},
    named_count("stages", "devices of the pipeline", "P"),
    named_count("microbatches", "microbatches of a step", "M"),
};
constexpr std::array outputs = {
    SolverOutput{"efficiency", "1", "compute over the step, the bubble T(P-1)/M in full"},
    SolverOutput{"mlsysim_efficiency", "1", "the same with mlsysim's bubble, T(P-1)/(M+P-1)"},
};
Json solve(const SolverInputs& in) {
  const auto single = in.quantity<Seconds>("single");
  if (!(single > Seconds(0))) throw InputError({.where = in.where("single"), .problem = "must be positive"});
  const Seconds communication = in.quantity<Seconds>("data") + in.quantity<Seconds>("tensor");
  const double stages = in.count("stages"), microbatches = in.count("microbatches");
  return {{"efficiency", pipelined_efficiency(single, communication, stages, microbatches)},
          {"mlsysim_efficiency", pipelined_efficiency_of_mlsysim(single, communication, stages, microbatches)}};
}
}  // namespace efficiency

}  // namespace

constexpr Solver optimizer_state{"D10; Rajbhandari et al. 2020", state::inputs, state::outputs, state::solve};
constexpr Solver activations{"D11; Korthikanti et al. 2023", kept::inputs, kept::outputs, kept::solve};
constexpr Solver training_flops{"D12; Narayanan et al. 2021", flops::inputs, flops::outputs, flops::solve};
constexpr Solver flops_utilization{"D13; Chowdhery et al. 2022", use::inputs, use::outputs, use::solve};
constexpr Solver scaling_efficiency{"Z02", efficiency::inputs, efficiency::outputs, efficiency::solve};

}  // namespace lockstep::validation
