#pragma once

#include "validation/solvers/figures.hpp"
#include "validation/solvers/solver.hpp"

namespace lockstep::validation::mlsysim {

// The revisions of mlsysim (harvard-edge/cs249r_book) that differ: 289e0182 of March 2026, and 25b627c5 of September.
enum class Revision { march2026, current };

struct SingleNodeCase {
  ModelFigures model;
  DeviceFigures device;
  Revision revision = Revision::current;
  Precision precision = Precision::fp16;
  double efficiency = 0.5;
  std::uint32_t batch_size = 1;
  bool is_training = false;
  std::uint32_t seq_len = 2048;
  std::uint32_t zero_stage = 0;
  std::uint32_t dp_size = 1;
  bool is_lora = false;
  bool activation_recomputation = false;
};

struct NodeProfile {
  Seconds latency = {}, compute = {}, memory = {}, overhead = {};
  bool is_memory_bound = false;
  bool feasible = false;
  double mfu = 0;
  double hfu = 0;
  double intensity = 0;  // flop per byte
  double energy_j = 0;
  Bytes footprint = {};
  Bandwidth effective_bandwidth = {};
  FlopRate effective_flops = {};
  double throughput_per_s = 0;
};

// Engine.solve as it is: a roofline that counts a language model's flops once a sequence instead of once a token, and
// pages over the host link where the undivided model does not fit. Throws InputError for efficiencies out of (0, 1] and
// empty batches.
NodeProfile solve_single_node(const SingleNodeCase& node);

// Bytes of activations: Korthikanti et al. 2023, scaled from fp16. `strategy` is that of the recomputation.
enum class Recomputation { none, selective, full };
Bytes activation_bytes(const ModelFigures& model, double layers, double seq_len, double batch, Precision precision,
                       Recomputation strategy);

extern const Solver single_node;

}  // namespace lockstep::validation::mlsysim
