#pragma once

#include "validation/solvers/first_order.hpp"
#include "validation/training/training_case.hpp"

namespace lockstep::validation {

// How closed forms see what a fleet's graph has: nodes of equally many devices, one link inside a node, one between
// two.
FleetFigures measured_figures(const topology::Fleet& fleet, std::span<const topology::VertexId> devices);

// A message that has its route for itself: the latency of all links, the bandwidth of the slowest.
Hockney cost_of_route(const topology::Fleet& fleet, topology::VertexId from, topology::VertexId to);

// What a message costs on the slowest hop of the slowest group of a kind, and of the fastest group. Groups that stand
// alike have the same.
struct GroupCost {
  Hockney slowest, fastest;
};
// Of rings through the groups, for messages of about so many bytes.
GroupCost ring_cost(const TrainingCase& subject, const workloads::RankLayout& layout, workloads::GroupKind kind,
                    Bytes message);
// From each stage to the next, and where chunks go round, from the last to the first.
GroupCost hop_cost(const TrainingCase& subject, const workloads::RankLayout& layout, Bytes message);

}  // namespace lockstep::validation
