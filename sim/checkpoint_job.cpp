#include "sim/checkpoint_job.hpp"

#include <utility>

namespace lockstep::sim {

Job checkpoint_job(const workloads::CheckpointLoad& load, const topology::Fleet& fleet,
                   std::vector<topology::VertexId> devices, const workloads::CheckpointTraffic& traffic) {
  auto program = std::make_shared<const workloads::CheckpointProgram>(load, fleet, devices, traffic);
  return {.program = std::move(program), .placement = std::move(devices)};
}

}  // namespace lockstep::sim
