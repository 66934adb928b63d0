#pragma once

#include <memory>
#include <optional>

#include "topology/fleet.hpp"
#include "topology/routing/router.hpp"

namespace lockstep::topology {

// The fleet without the storage servers that stand last in it (as with_storage() adds them); absent where it has none.
std::optional<FleetParts> without_storage(const FleetParts& parts);

// Routes between all else as they are without the storage servers, by a router that never sees them: positions, levels
// and distances that routers count by stay what they were. What is for storage or from it takes the routes of the whole
// fleet, where servers are dead ends.
class StorageRouter final : public Router {
 public:
  StorageRouter(Fleet without_storage, std::shared_ptr<const Router> whole)
      : without_storage_(std::move(without_storage)), whole_(std::move(whole)) {}

  bool append_route(const Fleet& fleet, VertexId from, VertexId to, FlowLabel flow,
                    std::vector<LinkId>& route) const override;

 private:
  Fleet without_storage_;
  std::shared_ptr<const Router> whole_;
};

}  // namespace lockstep::topology
