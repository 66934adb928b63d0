#include "validation/solvers/step_forms.hpp"

#include <algorithm>
#include <cmath>

#include "base/contract.hpp"
#include "validation/closed_forms/ring.hpp"

namespace lockstep::validation {
namespace {

Seconds positive_part(Seconds time) {
  return std::max(time, Seconds(0));
}

}  // namespace

Seconds bucketed_end(std::span<const Seconds> ready, std::span<const Seconds> times, Seconds backward) {
  LOCKSTEP_REQUIRE(ready.size() == times.size());
  Seconds done;
  for (std::size_t i = 0; i < ready.size(); ++i) done = std::max(done, ready[i]) + times[i];
  return std::max(backward, done);
}

Seconds exposed_buckets(double buckets, Seconds each, Seconds backward) {
  return each + (buckets - 1) * positive_part(each - backward / buckets);
}

Bytes data_parallel_traffic(double ranks, Bytes model, Sharding sharding, double microbatches) {
  const Bytes once = (ranks - 1) / ranks * model;
  if (sharding == Sharding::weights) return 3 * microbatches * once;
  return (sharding == Sharding::gradients ? microbatches + 1 : 2) * once;
}

Seconds sharded_forward(double layers, Seconds gather, Seconds compute) {
  return gather + (layers - 1) * std::max(gather, compute) + compute;
}

Seconds sharded_backward(double layers, Seconds gather, Seconds compute, Seconds scatter) {
  if (layers <= 1) return gather + compute + scatter;
  if (compute >= gather + scatter) return gather + layers * compute + scatter;
  return layers * gather + (layers - 2) * scatter + positive_part(compute - gather) + std::max(scatter, compute) +
         scatter;
}

Seconds tensor_parallel_time(double layers, double microbatches, std::uint32_t ranks, Bytes message,
                             const Hockney& link) {
  return 4 * layers * microbatches * ring_all_reduce(ranks, message, link);
}

Seconds expert_all_to_all(double ranks, Bytes routed, double busiest_share, const Hockney& link) {
  if (ranks <= 1) return Seconds(0);
  return link.alpha + (ranks - 1) * busiest_share * routed * link.beta;
}

Seconds ring_attention(double ranks, Seconds block, Seconds hop) {
  return block + (ranks - 1) * std::max(block, hop);
}
Seconds causal_ring_attention(double ranks, Seconds block, Seconds hop) {
  return std::max(block / 2, std::min(hop, block)) + (ranks - 1) * std::max(block, hop);
}
Seconds zigzag_ring_attention(double ranks, Seconds block, Seconds hop) {
  return block / 2 + (ranks - 1) * std::max(block / 2, hop);
}

Bytes adam_state(double parameters, double replicas, std::uint32_t zero) {
  constexpr double weights = 2, gradients = 2, optimizer = 12;
  return Bytes(parameters * (weights / (zero >= 3 ? replicas : 1) + gradients / (zero >= 2 ? replicas : 1) +
                             optimizer / (zero >= 1 ? replicas : 1)));
}

Bytes layer_activations(const LayerShape& shape, Kept kept, bool sequence_parallel) {
  const double tokens_width = shape.seq_len * shape.microbatch * shape.hidden;
  if (kept == Kept::layer_inputs) return Bytes(2 * tokens_width);
  const double attention = kept == Kept::all ? 5 * shape.heads * shape.seq_len / (shape.hidden * shape.tensor) : 0;
  const double rest = sequence_parallel ? 34 / shape.tensor : 10 + 24 / shape.tensor;
  return Bytes(tokens_width * (rest + attention));
}

Flops gpt_training_flops(const GptShape& shape) {
  const double h = shape.hidden, s = shape.seq_len, l = shape.layers;
  return Flops(72 * shape.batch * s * l * h * h * (1 + s / (6 * h) + shape.vocabulary / (12 * l * h)));
}
Flops gpt_recomputing_flops(const GptShape& shape) {
  const double h = shape.hidden, s = shape.seq_len, l = shape.layers;
  return Flops(96 * shape.batch * s * l * h * h * (1 + s / (6 * h) + shape.vocabulary / (16 * l * h)));
}
Flops gpt_flops_per_token(const GptShape& shape) {
  const double h = shape.hidden, l = shape.layers;
  return Flops(6 * (12 * l * h * h + shape.vocabulary * h) + 12 * l * h * shape.seq_len);
}

double utilization(Flops work, Seconds time, double devices, FlopRate peak) {
  return work / time / (peak * devices);
}

Seconds exposed_transfers(const EqualPipeline& pipeline) {
  const double stages = pipeline.stages, microbatches = pipeline.microbatches;
  if (stages <= 1) return Seconds(0);
  switch (pipeline.order) {
    case PipelineOrder::gpipe:
      return 2 * (stages - 1) * pipeline.hop;
    case PipelineOrder::interleaved:
      return 2 * (stages * pipeline.chunks - 1) * pipeline.hop;
    case PipelineOrder::one_forward_one_backward:
      break;
  }
  return 2 * pipeline.hop * ((stages - 1) + (microbatches - 1) - std::ceil((microbatches - 1) / stages));
}

Seconds fill_and_drain(const EqualPipeline& pipeline, Seconds forward_and_backward) {
  const double chunks = pipeline.order == PipelineOrder::interleaved ? pipeline.chunks : 1;
  return (pipeline.stages - 1) * forward_and_backward / chunks;
}

Seconds pipeline_makespan(const EqualPipeline& pipeline, Seconds forward_and_backward) {
  return pipeline.microbatches * forward_and_backward + fill_and_drain(pipeline, forward_and_backward) +
         exposed_transfers(pipeline);
}

ScalingAnswer scale(const ScalingCase& scaling) {
  const double c = 2 * scaling.volume * scaling.link.beta / scaling.single;
  const double a = 2 * scaling.link.alpha / scaling.single;
  const auto strong = [&](double n) { return n / (1 + c * (n - 1) + a * n * (n - 1)); };
  const double n = scaling.devices;
  const double slowdown = 1 + c * (n - 1) + a * n * (n - 1);
  ScalingAnswer answer;
  answer.strong_speedup = strong(n);
  answer.strong_efficiency = answer.strong_speedup / n;
  answer.weak_efficiency = 1 / (1 + c * (n - 1) / n + a * (n - 1));
  answer.weak_speedup = n * answer.weak_efficiency;
  answer.strong_marginal = strong(n + 1) - strong(n);
  answer.strong_derivative = (1 - c - a * n * n) / (slowdown * slowdown);
  if (c >= 1) answer.most_useful_devices = 1;
  if (c < 1 && a > 0) answer.most_useful_devices = std::max(1.0, std::sqrt((1 - c) / a));
  return answer;
}

double pipelined_efficiency(Seconds single, Seconds communication, double stages, double microbatches) {
  return single / (single * ((microbatches + stages - 1) / microbatches) + communication);
}
double pipelined_efficiency_of_mlsysim(Seconds single, Seconds communication, double stages, double microbatches) {
  return single / (single * (1 + (stages - 1) / (microbatches + stages - 1)) + communication);
}

}  // namespace lockstep::validation
