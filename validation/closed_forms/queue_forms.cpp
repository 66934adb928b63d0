// The lines of the table for pipelines that no single run is held against: they speak of averages, or the other way
// round.
#include "validation/closed_forms/pipeline_form.hpp"

namespace lockstep::validation {

std::vector<PipelineForm> queue_forms() {
  return {
      {.id = "S13",
       .title = "throughput of two stages and a buffer",
       .formula = "μ₁(1-ρ^(b+2))/(1-ρ^(b+3)), ρ = μ₁/μ₂; μ(b+2)/(b+3) if equal",
       .source = "Buzacott and Shanthikumar 1993"},
      {.id = "S14",
       .title = "time in a row of stages",
       .formula = "Σ 1/(μ_i - λ)",
       .source = "Burke 1956; Jackson 1957"},
      {.id = "S15",
       .title = "forwards of exponential times",
       .formula = "(M+P-1)t ≤ E[T] ≤ (√M+√P)²t",
       .source = "Jensen's inequality; last-passage percolation, Johansson 2000",
       .kind = FormKind::bound},
      {.id = "Z04",
       .title = "microbatches for a bubble of f",
       .formula = "M ≥ (P-1)(1-f)/f",
       .source = "P01 and P02, solved for M"},
  };
}

}  // namespace lockstep::validation
