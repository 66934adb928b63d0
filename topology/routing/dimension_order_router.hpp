#pragma once

#include <cstdint>
#include <vector>

#include "topology/fleet.hpp"
#include "topology/routing/router.hpp"

namespace lockstep::topology {

// Corrects one coordinate after another, first dimension first: over a direct link where there is one (hypercubes,
// HyperX), else step by step the shorter way round (upwards when both are equally long). Grid point i has coordinates
// i % d0, i / d0 % d1, …; the grid points are the switches of the network, else the NICs, else the devices.
class DimensionOrderRouter final : public Router {
 public:
  // Throws InputError when the dimensions do not multiply to the number of grid points.
  DimensionOrderRouter(const Fleet& fleet, std::vector<std::uint32_t> dimensions, std::vector<bool> wrap);

  bool append_route(const Fleet& fleet, VertexId from, VertexId to, FlowLabel flow,
                    std::vector<LinkId>& route) const override;

 private:
  bool correct_dimension(const Fleet& fleet, std::size_t dimension, std::uint32_t& at, std::uint32_t to,
                         std::vector<LinkId>& route) const;
  std::uint32_t coordinate(std::uint32_t point, std::size_t dimension) const {
    return point / stride_[dimension] % dimensions_[dimension];
  }

  std::vector<std::uint32_t> dimensions_;
  std::vector<bool> wrap_;
  std::vector<std::uint32_t> stride_;
  std::vector<VertexId> points_;
  std::vector<std::uint32_t> point_of_;  // of each vertex: its grid point, or the one it hangs on
};

}  // namespace lockstep::topology
