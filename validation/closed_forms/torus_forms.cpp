// The lines of the table for bucket algorithms.
#include "validation/closed_forms/assumptions.hpp"
#include "validation/closed_forms/torus.hpp"

namespace lockstep::validation {
namespace {

using enum workloads::Operation;
using enum PortModel;

using Answer = std::optional<Prediction>;

Answer bucket(const Situation& at) {
  if (at.sides().empty()) return std::nullopt;
  return Prediction{bucket_all_reduce(at.sides(), at.bytes(), at.cost())};
}

Answer bucket_all_ports(const Situation& at) {
  if (at.sides().empty()) return std::nullopt;
  const auto dimensions = static_cast<std::uint32_t>(at.sides().size());
  return Prediction{all_port_bucket_all_reduce(at.sides().front(), dimensions, at.bytes(), at.cost())};
}

}  // namespace

std::vector<ClosedForm> torus_forms() {
  return {
      {.id = "C18",
       .title = "bucket all-reduce on a torus",
       .formula = "2Σ(d_i - 1)α + 2(p-1)/p nβ + (p-1)/p nγ",
       .source = "Chan et al. 2007; Jain and Sabharwal 2010",
       .operations = {all_reduce},
       .algorithms = {"bucket"},
       .port_models = {fluid, contention_free, blocking, hiding_latency},
       .assumptions = {&equal_links, &uncontended, &single_channel, &divisible, &simultaneous_arrival, &no_overhead,
                       &every_message},
       .predict = bucket},
      {.id = "C19",
       .title = "bucket all-reduce on all ports of a cube",
       .formula = "2d(A-1)α + 2(p-1)/p nβ/(2d)",
       .source = "Jain and Sabharwal 2010; Sack and Gropp 2012",
       .operations = {all_reduce},
       .algorithms = {"bucket_all_ports"},
       .port_models = {fluid, contention_free},
       .assumptions = {&equal_sides, &equal_links, &uncontended, &single_channel, &divisible, &no_reduction,
                       &simultaneous_arrival, &no_overhead, &every_message},
       .predict = bucket_all_ports},
  };
}

}  // namespace lockstep::validation
