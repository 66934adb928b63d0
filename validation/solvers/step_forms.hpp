#pragma once

#include <optional>
#include <span>

#include "validation/closed_forms/hockney.hpp"

// Closed forms of the parts of a training step (D01 to D14, Z01, Z02): exact for events where each comment's
// assumptions hold. Letters are those of the sources.
namespace lockstep::validation {

// D01: the end of a backward pass whose buckets are ready at r_i and take t_i on one stream, first come first served:
// c_i = max(c_{i-1}, r_i) + t_i.
Seconds bucketed_end(std::span<const Seconds> ready, std::span<const Seconds> times, Seconds backward);
// D02: what stays exposed of k equal buckets that are ready every T_b/k: t + (k-1)(t - T_b/k)⁺.
Seconds exposed_buckets(double buckets, Seconds each, Seconds backward);

// D03: bytes that a rank sends in a step of a microbatches (ring, b bytes a parameter and a gradient; Ψ b = `model`).
enum class Sharding { none_or_optimizer, gradients, weights };
Bytes data_parallel_traffic(double ranks, Bytes model, Sharding sharding, double microbatches = 1);

// D04 and D05: L equal layers whose weights are gathered in g and whose gradients are scattered in r, one layer ahead,
// on one stream beside compute of c a layer.
Seconds sharded_forward(double layers, Seconds gather, Seconds compute);
Seconds sharded_backward(double layers, Seconds gather, Seconds compute, Seconds scatter);

// D06: 4 L m all-reduces of n bytes; sequence parallelism moves and takes the same.
Seconds tensor_parallel_time(double layers, double microbatches, std::uint32_t ranks, Bytes message,
                             const Hockney& link);
// D07: α + (p-1) x f_max β: one flow a pair, x bytes a rank, of which the busiest rank gets the share f_max.
Seconds expert_all_to_all(double ranks, Bytes routed, double busiest_share, const Hockney& link);

// D09: C ranks, t a block of keys, u a hop, two buffers. Causal: split in C pieces, or each rank with a head and a
// tail.
Seconds ring_attention(double ranks, Seconds block, Seconds hop);
Seconds causal_ring_attention(double ranks, Seconds block, Seconds hop);
Seconds zigzag_ring_attention(double ranks, Seconds block, Seconds hop);

// D10: bytes of mixed-precision Adam for Ψ parameters of a shard, N replicas and ZeRO stage z.
Bytes adam_state(double parameters, double replicas, std::uint32_t zero);

// D11: bytes of one layer's activations for one microbatch in fp16 (Korthikanti et al. 2023).
struct LayerShape {
  double seq_len = 1, microbatch = 1, hidden = 1, heads = 1;
  double tensor = 1;
};
enum class Kept { all, without_attention_matrices, layer_inputs };
Bytes layer_activations(const LayerShape& shape, Kept kept, bool sequence_parallel);

// D12: matrix flops of forward and backward of a GPT with 4h MLP, every attention matrix counted whole.
struct GptShape {
  double batch = 1, seq_len = 1, layers = 1, hidden = 1, vocabulary = 1;
};
Flops gpt_training_flops(const GptShape& shape);
Flops gpt_recomputing_flops(const GptShape& shape);
Flops gpt_flops_per_token(const GptShape& shape);

// D13: flops over what the devices could have done in the time.
double utilization(Flops work, Seconds time, double devices, FlopRate peak);

// P01, P02, P06, P07, P10, P11: makespan of equal stages. Transfers take c and occupy nobody.
enum class PipelineOrder { gpipe, one_forward_one_backward, interleaved };
struct EqualPipeline {
  PipelineOrder order = PipelineOrder::one_forward_one_backward;
  double stages = 1, microbatches = 1, chunks = 1;
  Seconds hop = {};
};
// What transfers add: 2(P-1)c; 2c[(P-1) + (M-1) - ⌈(M-1)/P⌉]; 2(PV-1)c.
Seconds exposed_transfers(const EqualPipeline& pipeline);
// Idle time at both ends: (P-1)(F+B)/V.
Seconds fill_and_drain(const EqualPipeline& pipeline, Seconds forward_and_backward);
Seconds pipeline_makespan(const EqualPipeline& pipeline, Seconds forward_and_backward);

// Z01: data parallelism without overlap, ring over V bytes. T₁ is one device's step: of all the work (strong), or of
// each device's own (weak).
struct ScalingCase {
  Seconds single;
  double devices = 1;
  Bytes volume;
  Hockney link;
};
struct ScalingAnswer {
  double strong_speedup = 0, strong_efficiency = 0;
  double weak_speedup = 0, weak_efficiency = 0;
  double strong_marginal = 0;                      // S(N+1) - S(N)
  double strong_derivative = 0;                    // dS/dN
  std::optional<double> most_useful_devices = {};  // where S is greatest; none where it grows without end
};
ScalingAnswer scale(const ScalingCase& scaling);

// Z02: efficiency of a step whose bubble is T(P-1)/M; mlsysim adds T(P-1)/(M+P-1).
double pipelined_efficiency(Seconds single, Seconds communication, double stages, double microbatches);
double pipelined_efficiency_of_mlsysim(Seconds single, Seconds communication, double stages, double microbatches);

}  // namespace lockstep::validation
