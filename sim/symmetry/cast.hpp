#pragma once

#include "sim/symmetry/partition.hpp"

namespace lockstep::sim {

// One that a part that is left sends to or receives from.
struct Partner {
  std::uint32_t role = 0;  // in the scene
  std::uint32_t line = 0;  // that stands for the one between them
};

// Who stands for whom when one actor of each class plays for all: the scenes that are left, with those parts in each
// that are left, and the lines between them, all numbered anew.
class Cast {
 public:
  Cast(ProgramGraph graph, Partition partition);

  const ProgramGraph& graph() const { return graph_; }
  const Partition& partition() const { return partition_; }

  // The parts of a class of scenes: each is that of the actor who stands for its class.
  const std::vector<std::uint32_t>& parts(std::uint32_t scene_class) const { return scenes_[scene_class].parts; }
  std::uint32_t first_agent(std::uint32_t scene_class) const { return scenes_[scene_class].first_agent; }
  // The place among parts() of the one that stands for this part.
  std::uint32_t role(std::uint32_t part) const { return role_of_[part]; }
  // The number of the line that stands for this line.
  std::uint32_t line(std::uint32_t line) const { return line_of_[line]; }
  // Of each line that is left, the line that stands for it.
  const std::vector<std::uint32_t>& lines() const { return lines_; }
  // Require a part that is left.
  Partner receiver(std::uint32_t part, workloads::RankId peer, workloads::Tag tag) const;
  Partner sender(std::uint32_t part, workloads::RankId peer, workloads::Tag tag) const;

  const Part& part(std::uint32_t number) const { return graph_.parts()[number]; }
  const Actor& actor(const Part& part) const { return graph_.actors()[part.actor]; }

 private:
  struct SceneLeft {
    std::vector<std::uint32_t> parts;
    std::uint32_t first_agent = 0;
  };
  // An end of a line, as its part knows it.
  struct End {
    std::uint32_t part = 0;
    bool sends = false;
    workloads::RankId peer;
    workloads::Tag tag = 0;
    friend auto operator<=>(const End&, const End&) = default;
  };

  void cast_parts();
  void cast_lines();
  void find_partners();
  const Partner& partner(const End& end) const;

  ProgramGraph graph_;
  Partition partition_;
  std::vector<SceneLeft> scenes_;  // of each class
  std::vector<std::uint32_t> role_of_;
  std::vector<std::uint32_t> line_of_;
  std::vector<std::uint32_t> lines_;
  std::vector<std::pair<End, Partner>> partners_;  // by end
  std::vector<std::uint32_t> first_partner_;       // of each part
};

}  // namespace lockstep::sim
