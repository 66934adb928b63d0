#pragma once

#include "sim/symmetry/partition.hpp"

namespace lockstep::sim {

// Who stands for whom when one actor of each class plays for all: the scenes that are left, with those parts in each
// that are left, and the lines between them, all numbered anew.
class Cast {
 public:
  Cast(ProgramGraph graph, Partition partition);

  const ProgramGraph& graph() const { return graph_; }
  const Partition& partition() const { return partition_; }

  // The parts of a class of scenes: each is that of the actor who stands for its class.
  const std::vector<std::uint32_t>& parts(std::uint32_t scene_class) const { return parts_[scene_class]; }
  std::uint32_t first_agent(std::uint32_t scene_class) const;
  // The place among parts() of the one that stands for this part.
  std::uint32_t role(std::uint32_t part) const { return role_of_[part]; }
  // The number of the line that stands for this line.
  std::uint32_t line(std::uint32_t line) const { return line_of_[line]; }
  // Of each line that is left, the line that stands for it.
  const std::vector<std::uint32_t>& lines() const { return lines_; }

  const Part& part(std::uint32_t number) const { return graph_.parts()[number]; }
  const Actor& actor(const Part& part) const { return graph_.actors()[part.actor]; }

 private:
  void cast_parts();
  void cast_lines();

  ProgramGraph graph_;
  Partition partition_;
  std::vector<std::vector<std::uint32_t>> parts_;
  std::vector<std::uint32_t> role_of_;
  std::vector<std::uint32_t> line_of_;
  std::vector<std::uint32_t> lines_;
};

}  // namespace lockstep::sim
