#pragma once

#include "validation/solvers/mlsysim/single_node.hpp"

namespace lockstep::validation::mlsysim {

struct DistributedCase {
  ModelFigures model;
  FleetFigures fleet;
  Revision revision = Revision::current;
  Precision precision = Precision::fp16;
  double efficiency = 0.5;
  std::uint32_t batch_size = 1;  // of the whole fleet, in samples
  std::uint32_t tp_size = 1, pp_size = 1, ep_size = 1;
  std::uint32_t v_stages = 1;
  std::uint32_t microbatch_count = 1;
  std::uint32_t seq_len = 2048;
  std::uint32_t zero_stage = 0;
  bool is_lora = false;
  bool activation_recomputation = false;
  bool overlap_comm = false;
  double overlap_efficiency = 0.85;
  double congestion_factor = 1;
  double straggler_factor = 1;
  double moe_routing_imbalance_factor = 1;
  std::uint32_t gradient_accumulation_steps = 1;
};

struct DistributedStep {
  NodeProfile node;
  Seconds data = {}, tensor = {}, expert = {};  // what each communication takes
  Seconds communication = {};                   // their sum
  double bubble_fraction = 0;
  Seconds bubble = {};
  Seconds step = {};
  double scaling_efficiency = 0;
  double effective_throughput_per_s = 0;  // as mlsysim counts it: tp·pp·ep times the sequences
  std::uint32_t dp_size = 1;
};

// DistributedModel.solve as it is, mistakes included: docs/solvers.md lists them. Throws InputError for what the
// original refuses.
DistributedStep solve_distributed(const DistributedCase& step);

// Seconds that 6 P_active flops a token take when every device of the fleet reaches `efficiency` of its fp16 peak: no
// step of a language model in fp16 is shorter.
Seconds ideal_step(const DistributedCase& step);

extern const Solver distributed;

}  // namespace lockstep::validation::mlsysim
