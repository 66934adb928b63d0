#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "topology/fleet.hpp"

namespace lockstep::topology {

// The part of a fleet in which routes have a choice. A vertex all of whose cables go to one other vertex (a device
// under its leaf switch) is a stub: every route to it is a route to that anchor and one more link. Leaving the stubs
// out makes distance tables hundreds of times smaller in trees and changes nothing in rings and tori, which have none.
class CoreGraph {
 public:
  using Index = std::uint32_t;
  struct Edge {
    Index to = 0;
    LinkId link;
  };

  // `transit[v]` says whether routes may pass through vertex v; others only begin or end routes. Empty: all may.
  CoreGraph(const Fleet& fleet, std::vector<bool> transit);

  std::size_t size() const { return vertices_.size(); }
  VertexId vertex(Index i) const { return vertices_[i]; }
  bool is_stub(VertexId v) const { return is_stub_[v.value()]; }
  // The index of a vertex, or of its anchor when it is a stub; absent for a vertex that no route reaches.
  std::optional<Index> home(VertexId v) const;
  // The link from a stub to its anchor, and the one back; absent where several cables are the choice.
  std::optional<LinkId> only_link_up(VertexId v) const { return only_link(only_up_, v); }
  std::optional<LinkId> only_link_down(VertexId v) const { return only_link(only_down_, v); }
  // A stub's rank among all stubs, anchor by anchor: the digit source of destination-based spreading.
  std::uint32_t position(VertexId v) const { return position_[v.value()]; }
  bool transit(Index i) const { return transit_[i]; }
  std::span<const Edge> out(Index i) const { return {edges_.data() + begin_[i], edges_.data() + begin_[i + 1]}; }
  std::span<const Edge> in(Index i) const {
    return {back_edges_.data() + back_begin_[i], back_edges_.data() + back_begin_[i + 1]};
  }

 private:
  static constexpr Index none = 0xffffffff;

  void find_stubs(const Fleet& fleet, const std::vector<bool>& transit);
  void find_only_links(const Fleet& fleet);
  void number_stubs();
  static std::optional<LinkId> only_link(const std::vector<std::uint32_t>& links, VertexId v) {
    if (links[v.value()] == none) return std::nullopt;
    return LinkId(links[v.value()]);
  }
  void collect_edges(const Fleet& fleet);

  std::vector<bool> is_stub_;
  std::vector<std::uint32_t> anchor_;               // of each vertex: the anchor of a stub, else the vertex itself
  std::vector<Index> index_;                        // of each vertex that is no stub
  std::vector<std::uint32_t> only_up_, only_down_;  // of each stub: its link, or `none` where there are several
  std::vector<std::uint32_t> position_;
  std::vector<VertexId> vertices_;
  std::vector<bool> transit_;
  std::vector<Edge> edges_, back_edges_;
  std::vector<std::uint32_t> begin_, back_begin_;
};

}  // namespace lockstep::topology
