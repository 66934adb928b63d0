#pragma once

#include <memory>
#include <span>
#include <vector>

#include "topology/routing/core_graph.hpp"
#include "topology/routing/router.hpp"

namespace lockstep::topology {

// Routes with the fewest links. Where several links lead on equally well, a rule picks one.
class MinimalRouter final : public Router {
 public:
  enum class TieBreak : std::uint8_t {
    first_link,         // the first in the fleet's order
    flow_hash,          // ECMP: a hash of source, destination and flow at each hop
    destination_digits  // D-mod-k: digit by digit of the destination's position, so that shifts never collide
  };
  struct Options {
    TieBreak tie_break = TieBreak::first_link;
    bool up_down = false;  // only up the levels, then only down: what trees route without deadlock
    std::uint64_t seed = 0;
    std::vector<bool> transit = {};  // as CoreGraph
  };

  MinimalRouter(const Fleet& fleet, Options options);

  bool append_route(const Fleet& fleet, VertexId from, VertexId to, FlowLabel flow,
                    std::vector<LinkId>& route) const override;

 private:
  using Hops = std::uint32_t;
  using Index = CoreGraph::Index;
  // Where several links lead on: the first of them in the core's edges, and how many follow it.
  struct Choice {
    std::uint16_t first = 0;
    std::uint16_t count = 0;  // 0: not looked up yet
  };
  // Links to go from every core vertex to one of them.
  struct Distances {
    mutable std::vector<Hops> total;      // by any permitted way; of up_down: worked out when first asked for
    std::vector<Hops> only_down;          // of up_down: never going up; empty otherwise
    mutable std::vector<Choice> choices;  // of each vertex on the way, where its candidates lie side by side
  };
  class Picker;

  const Distances& towards(Index root) const;
  Distances shortest_towards(Index root) const;
  Distances up_down_towards(Index root) const;
  Hops hops_from(Index at, Index root, const Distances& distances) const;
  bool walk(Index at, Index root, Picker& picker, std::vector<LinkId>& route) const;
  const CoreGraph::Edge& find_edge(Index at, Index root, bool descending, const Distances& distances,
                                   Picker& picker) const;

  CoreGraph core_;
  TieBreak tie_break_;
  bool up_down_;
  std::uint64_t seed_;
  std::vector<std::uint8_t> level_;  // of core vertices
  mutable std::size_t kept_tables_ = 0;
  mutable std::vector<std::unique_ptr<const Distances>> tables_;  // filled when a root is first asked for
};

}  // namespace lockstep::topology
