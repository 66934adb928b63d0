#pragma once

#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "topology/fleet_elements.hpp"

namespace lockstep::topology {

// The fleet as a Boost.Graph in compressed rows: vertex v is VertexId(v), and each edge knows its LinkId. Only for
// source files of topology/: the header is heavy.
class FleetGraph {
 public:
  struct EdgeLink {
    std::uint32_t link = 0;
  };
  using Graph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, EdgeLink, boost::no_property,
                                                   std::uint32_t, std::uint32_t>;

  FleetGraph(std::size_t vertex_count, std::span<const Link> links);

  const Graph& graph() const { return graph_; }
  // Links that leave (or enter) a vertex, in the fleet's order.
  std::span<const LinkId> out_links(VertexId vertex) const { return row(out_, out_begin_, vertex); }
  std::span<const LinkId> in_links(VertexId vertex) const { return row(in_, in_begin_, vertex); }

 private:
  static std::span<const LinkId> row(const std::vector<LinkId>& links, const std::vector<std::uint32_t>& begin,
                                     VertexId vertex) {
    return {links.data() + begin[vertex.value()], links.data() + begin[vertex.value() + 1]};
  }

  Graph graph_;
  std::vector<LinkId> out_, in_;
  std::vector<std::uint32_t> out_begin_, in_begin_;
};

}  // namespace lockstep::topology
