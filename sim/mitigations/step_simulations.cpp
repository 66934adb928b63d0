#include "sim/mitigations/step_simulations.hpp"

#include <algorithm>

#include "sim/isolated_simulation.hpp"
#include "sim/simulate.hpp"

namespace lockstep::sim {

using workloads::RankId;
using workloads::StreamId;

Timeline StepSimulations::run(std::span<const Job> jobs, const Conditions* conditions) const {
  if (scenario_->engine().network == "fluid") {
    const Simulation simulation{
        .fleet = scenario_->fleet(), .jobs = jobs, .options = scenario_->engine(), .conditions = conditions};
    return simulate_isolated({&simulation, 1}, 1).front().timeline();
  }
  std::optional<Conditions> own;
  if (conditions != nullptr) own = *conditions;
  return simulate(scenario_->fleet(), jobs, scenario_->engine(), nullptr, own ? &*own : nullptr);
}

std::vector<Seconds> StepSimulations::readiness(const Job& job, std::span<const std::uint32_t> replica_of_rank,
                                                const Conditions* conditions) const {
  const Timeline timeline = run({&job, 1}, conditions);
  std::vector<Seconds> ready(1 + *std::ranges::max_element(replica_of_rank));
  for (std::size_t rank = 0; rank < replica_of_rank.size(); ++rank) {
    Seconds& of_replica = ready[replica_of_rank[rank]];
    of_replica = std::max(of_replica, timeline.jobs.front().rank_end[rank] - job.start);
  }
  return ready;
}

void skip_draws(const Job& job, Conditions& conditions) {
  workloads::Op op;
  for (std::uint32_t rank = 0; rank < job.placement.size(); ++rank) {
    for (std::uint32_t stream = 0; stream < job.program->stream_count(RankId(rank)); ++stream) {
      const std::uint64_t length = job.program->length(RankId(rank), StreamId(stream));
      for (std::uint64_t position = 0; position < length; ++position) {
        op.clear();
        job.program->fetch(RankId(rank), StreamId(stream), position, op);
        if (op.kind == workloads::OpKind::compute) conditions.draw_factor(job.placement[rank]);
      }
    }
  }
}

}  // namespace lockstep::sim
