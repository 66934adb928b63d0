#pragma once

#include "sim/scenario/workload.hpp"

namespace lockstep::sim {

// {"kind": "program", "file": "x.jsonl"}: a step program of the user's own, one operation a line.
std::unique_ptr<Workload> read_program_kind(const JsonFields& fields, const WorkloadGround& ground);

}  // namespace lockstep::sim
