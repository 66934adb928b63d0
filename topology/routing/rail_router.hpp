#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "topology/fleet.hpp"
#include "topology/routing/router.hpp"

namespace lockstep::topology {

// Routes between the devices of multi-NIC nodes. Inside a node: the shortest path over the node's own links. Between
// nodes: out and in through NICs of one rail where the fabric has rails. A device whose own NIC is on another rail
// reaches the right one over the node's links first (NCCL's PXN), or changes rails in the spine, as the spec says.
class RailRouter final : public Router {
 public:
  explicit RailRouter(const Fleet& fleet);

  bool append_route(const Fleet& fleet, VertexId from, VertexId to, FlowLabel flow,
                    std::vector<LinkId>& route) const override;

 private:
  // A stretch of links, kept in `kept_links_`.
  struct Stretch {
    std::uint32_t begin = 0;
    std::uint16_t size = 0;
    bool looked_up = false;
    bool reachable = false;
  };
  bool append_inside(const Fleet& fleet, VertexId from, VertexId to, std::vector<LinkId>& route) const;
  Stretch find_inside(const Fleet& fleet, VertexId from, VertexId to) const;
  void find_nearest_ports(const Fleet& fleet, VertexId of, const std::vector<VertexId>& node);
  // The port through which `vertex` is entered, and the one of `from`'s node that suits it.
  VertexId entry_port(VertexId vertex, FlowLabel flow) const;
  VertexId exit_port(const Fleet& fleet, VertexId from, VertexId entry, FlowLabel flow) const;

  RoutingSpec::CrossRail cross_rail_;
  std::shared_ptr<const Router> fabric_;
  std::vector<std::vector<VertexId>> ports_of_node_;  // vertices with a link out of their node
  std::vector<std::vector<VertexId>> nearest_ports_;  // of each vertex in a node
  std::vector<std::uint32_t> rank_in_node_;           // of each vertex in a node
  std::vector<std::uint32_t> node_size_;
  // Of each node: the stretches between any two of its vertices, found when first asked for.
  mutable std::vector<std::vector<Stretch>> inside_;
  mutable std::vector<LinkId> kept_links_;
};

}  // namespace lockstep::topology
