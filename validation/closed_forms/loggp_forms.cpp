// The lines of the table for LogGP.
#include "validation/closed_forms/assumptions.hpp"
#include "validation/closed_forms/loggp.hpp"

namespace lockstep::validation {
namespace {

using enum workloads::Operation;
using enum PortModel;

using Answer = std::optional<Prediction>;

Answer loggp_ring(const Situation& at) {
  if (at.port_model() != loggp) return std::nullopt;
  const sim::PortModel& ports = at.subject().engine.ports;
  const LogGP cost{.latency = at.cost().alpha,
                   .overhead = ports.overhead.value_or(Seconds(0)),
                   .gap = ports.gap.value_or(Seconds(0)),
                   .byte = ports.gap_per_byte ? *ports.gap_per_byte / Bytes(1) : at.cost().beta};
  return Prediction{loggp_ring_all_reduce(at.members(), at.bytes(), cost)};
}

}  // namespace

std::vector<ClosedForm> loggp_forms() {
  return {
      {.id = "C32",
       .title = "ring all-reduce under LogGP",
       .formula = "2(p-1)(L + 2o + (m-1)G), m = n/p",
       .source = "Alexandrov et al. 1995",
       .operations = {all_reduce},
       .algorithms = {"ring"},
       .port_models = {loggp},
       .assumptions = {&hidden_gap, &equal_links, &single_segment, &single_channel, &divisible, &no_reduction,
                       &simultaneous_arrival, &no_overhead, &every_message},
       .predict = loggp_ring},
      {.id = "C33",
       .title = "reach of the best LogP broadcast",
       .formula = "P(t) = 1 while t < L + 2o, then P(t-g) + P(t-L-2o)",
       .source = "Karp et al. 1993",
       .subject = ClosedForm::Subject::none,
       .operations = {},
       .algorithms = {},
       .port_models = {loggp},
       .assumptions = {},
       .predict = nullptr},
  };
}

}  // namespace lockstep::validation
