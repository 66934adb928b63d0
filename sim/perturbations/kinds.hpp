#pragma once

#include "sim/perturbations/perturbation.hpp"

// The reader of each kind of perturbation. They throw InputError.
namespace lockstep::sim {

std::unique_ptr<Perturbation> read_slow_devices(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_compute_jitter(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_stall(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_microbatch_jitter(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_sequence_lengths(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_hot_experts(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_slow_links(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_flapping_links(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_link_jitter(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_background_traffic(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_failures(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_preemption(const JsonFields& fields, const PerturbationGround& ground);
std::unique_ptr<Perturbation> read_trace(const JsonFields& fields, const PerturbationGround& ground);

}  // namespace lockstep::sim
