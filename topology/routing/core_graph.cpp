#include "topology/routing/core_graph.hpp"

#include <algorithm>

#include "topology/fleet_graph.hpp"

namespace lockstep::topology {
namespace {

constexpr std::uint32_t nobody = 0xffffffff;
constexpr std::uint32_t several = 0xfffffffe;

// The one usable neighbour that all links of `v` lead to and come from; `nobody` or `several` otherwise. Routes of
// those whom nothing passes through end at a vertex as much as they lead through it, so to what is passed through they
// count.
std::uint32_t only_neighbour(const Fleet& fleet, VertexId v, const std::vector<bool>& transit) {
  std::uint32_t only = nobody;
  auto meet = [&](VertexId other) {
    if (other == v || (!transit[other.value()] && !transit[v.value()])) return;
    if (only == nobody) only = other.value();
    if (only != other.value()) only = several;
  };
  for (const LinkId id : fleet.graph().out_links(v)) meet(fleet.link(id).to);
  for (const LinkId id : fleet.graph().in_links(v)) meet(fleet.link(id).from);
  return only;
}

}  // namespace

CoreGraph::CoreGraph(const Fleet& fleet, std::vector<bool> transit) {
  if (transit.empty()) transit.assign(fleet.vertices().size(), true);
  find_stubs(fleet, transit);
  find_only_links(fleet);
  number_stubs();
  index_.assign(fleet.vertices().size(), none);
  for (std::size_t v = 0; v < fleet.vertices().size(); ++v) {
    if (is_stub_[v]) continue;
    index_[v] = static_cast<Index>(vertices_.size());
    vertices_.emplace_back(v);
    transit_.push_back(transit[v]);
  }
  collect_edges(fleet);
}

void CoreGraph::find_stubs(const Fleet& fleet, const std::vector<bool>& transit) {
  const std::size_t count = fleet.vertices().size();
  is_stub_.assign(count, false);
  anchor_.resize(count);
  std::vector<std::uint32_t> only(count);
  for (std::size_t v = 0; v < count; ++v) only[v] = only_neighbour(fleet, VertexId(v), transit);
  for (std::size_t v = 0; v < count; ++v) {
    const std::uint32_t neighbour = only[v];
    anchor_[v] = static_cast<std::uint32_t>(v);
    if (neighbour == nobody || neighbour == several) continue;
    if (fleet.graph().out_links(VertexId(v)).empty() || fleet.graph().in_links(VertexId(v)).empty()) continue;
    // Of two vertices that only know each other, one must stay.
    if (only[neighbour] != several) continue;
    is_stub_[v] = true;
    anchor_[v] = neighbour;
  }
}

void CoreGraph::find_only_links(const Fleet& fleet) {
  only_up_.assign(anchor_.size(), none);
  only_down_.assign(anchor_.size(), none);
  for (std::uint32_t v = 0; v < anchor_.size(); ++v) {
    if (!is_stub_[v]) continue;
    std::uint32_t ups = 0, downs = 0;
    for (const LinkId id : fleet.graph().out_links(VertexId(v))) {
      if (fleet.link(id).to.value() == anchor_[v]) only_up_[v] = ups++ == 0 ? id.value() : none;
    }
    for (const LinkId id : fleet.graph().in_links(VertexId(v))) {
      if (fleet.link(id).from.value() == anchor_[v]) only_down_[v] = downs++ == 0 ? id.value() : none;
    }
  }
}

void CoreGraph::number_stubs() {
  std::vector<std::uint32_t> stubs;
  for (std::uint32_t v = 0; v < anchor_.size(); ++v) {
    if (is_stub_[v]) stubs.push_back(v);
  }
  std::stable_sort(stubs.begin(), stubs.end(), [&](auto a, auto b) { return anchor_[a] < anchor_[b]; });
  position_.assign(anchor_.size(), 0);
  for (std::uint32_t rank = 0; rank < stubs.size(); ++rank) position_[stubs[rank]] = rank;
}

void CoreGraph::collect_edges(const Fleet& fleet) {
  begin_.push_back(0);
  back_begin_.push_back(0);
  for (const VertexId v : vertices_) {
    for (const LinkId id : fleet.graph().out_links(v)) {
      const VertexId to = fleet.link(id).to;
      if (to != v && !is_stub_[to.value()]) edges_.push_back({index_[to.value()], id});
    }
    for (const LinkId id : fleet.graph().in_links(v)) {
      const VertexId from = fleet.link(id).from;
      if (from != v && !is_stub_[from.value()]) back_edges_.push_back({index_[from.value()], id});
    }
    begin_.push_back(static_cast<std::uint32_t>(edges_.size()));
    back_begin_.push_back(static_cast<std::uint32_t>(back_edges_.size()));
  }
}

std::optional<CoreGraph::Index> CoreGraph::home(VertexId v) const {
  const Index index = index_[anchor_[v.value()]];
  if (index == none) return std::nullopt;
  return index;
}

}  // namespace lockstep::topology
