#pragma once

#include "validation/solvers/solver.hpp"

// mlsysim's smaller models, each in a file of its name. docs/solvers.md says how to add one.
namespace lockstep::validation::mlsysim {

extern const Solver checkpoint;
extern const Solver collective;
extern const Solver economics;
extern const Solver hierarchical;
extern const Solver memory;
extern const Solver moe_routing;
extern const Solver network_roofline;
extern const Solver orchestration;
extern const Solver parallelism;
extern const Solver pipeline_bubble;
extern const Solver scaling;
extern const Solver serving;
extern const Solver sustainability;
extern const Solver tail_latency;
extern const Solver topology;

}  // namespace lockstep::validation::mlsysim
