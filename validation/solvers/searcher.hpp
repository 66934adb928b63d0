#pragma once

#include <cstdint>

#include "validation/solvers/solver.hpp"

// The cost model of a student's search for a plan of data, tensor and pipeline parallelism (Z03): to be reproduced, not
// believed. Compute is not divided among stages, pipelining costs the same whatever its depth, tensor traffic is
// divided by its degree twice, and a gigabyte counts 1024 megabytes.
namespace lockstep::validation {

namespace searcher_constants {
constexpr double base_efficiency = 0.35;    // of one device
constexpr double data_penalty = 0.20;       // efficiency lost for each further replica
constexpr double tensor_penalty = 0.25;     // and for each further tensor rank
constexpr double imbalance_penalty = 0.10;  // for each by which the two differ
constexpr double pipeline_overlap = 0.60;   // divides the compute of every pipeline
constexpr double flops_per_forward = 3;     // forward and backward
constexpr double megabytes_a_gigabyte = 1024;
}  // namespace searcher_constants

struct SearcherCase {
  std::uint32_t data = 1, tensor = 1, stages = 1;
  double forward_tflop = 0;  // of all layers
  double device_gflops = 0;
  double gradients_mb = 0;
  double tensor_mb = 0;  // that tensor ranks exchange
  double largest_activation_mb = 0;
  std::uint32_t devices_per_node = 1;
  double inside_gb_per_s = 0, between_gb_per_s = 0;
};

struct SearcherCost {
  double compute_ms = 0, data_ms = 0, tensor_ms = 0, stages_ms = 0;
  double total_ms() const { return compute_ms + data_ms + tensor_ms + stages_ms; }
};

double searcher_efficiency(double data, double tensor);
SearcherCost searcher_cost(const SearcherCase& plan);

extern const Solver searcher;

}  // namespace lockstep::validation
