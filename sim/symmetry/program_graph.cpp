#include "sim/symmetry/program_graph.hpp"

#include <algorithm>

#include "sim/symmetry/program_walk.hpp"

namespace lockstep::sim {

ProgramGraph::ProgramGraph(std::span<const Job> jobs, Repeats repeats) : bytes_of_phase_(jobs.size()) {
  ProgramWalk(*this, jobs, repeats);
}

bool ProgramGraph::has_loose_ends() const {
  return std::any_of(lines_.begin(), lines_.end(), [](const Line& line) {
    return line.sender.part == Line::nobody || line.receiver.part == Line::nobody;
  });
}

}  // namespace lockstep::sim
