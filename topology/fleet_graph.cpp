#include "topology/fleet_graph.hpp"

#include <utility>

namespace lockstep::topology {
namespace {

// Groups links by one of their ends, keeping the fleet's order within each group.
void fill_rows(std::size_t vertex_count, std::span<const Link> links, VertexId Link::*end, std::vector<LinkId>& rows,
               std::vector<std::uint32_t>& begin) {
  begin.assign(vertex_count + 1, 0);
  for (const Link& link : links) ++begin[(link.*end).value() + 1];
  for (std::size_t v = 0; v < vertex_count; ++v) begin[v + 1] += begin[v];
  rows.resize(links.size());
  std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
  for (std::size_t i = 0; i < links.size(); ++i) rows[next[(links[i].*end).value()]++] = LinkId(i);
}

}  // namespace

FleetGraph::FleetGraph(std::size_t vertex_count, std::span<const Link> links) {
  fill_rows(vertex_count, links, &Link::from, out_, out_begin_);
  fill_rows(vertex_count, links, &Link::to, in_, in_begin_);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  std::vector<EdgeLink> properties;
  edges.reserve(links.size());
  properties.reserve(links.size());
  for (const LinkId id : out_) {
    edges.emplace_back(links[id.value()].from.value(), links[id.value()].to.value());
    properties.push_back({id.value()});
  }
  graph_ = Graph(boost::edges_are_sorted, edges.begin(), edges.end(), properties.begin(),
                 static_cast<std::uint32_t>(vertex_count), static_cast<std::uint32_t>(links.size()));
}

}  // namespace lockstep::topology
