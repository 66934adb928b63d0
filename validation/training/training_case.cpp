#include "validation/training/training_case.hpp"

#include <utility>

namespace lockstep::validation {

sim::Job job_of(const TrainingCase& subject) {
  const workloads::TrainingGround ground{
      .fleet = subject.fleet, .devices = subject.members, .fidelity = subject.fidelity, .seed = subject.seed};
  return {.program = std::make_shared<const workloads::TrainingProgram>(subject.spec, std::vector{subject.schedule},
                                                                        ground, subject.costs),
          .placement = subject.members,
          .communication_slowdown = subject.spec.overlap.compute_slowdown};
}

Seconds simulated_time(const TrainingCase& subject, const Simulator& simulator) {
  const sim::Job job = job_of(subject);
  return simulator(*subject.fleet, std::span(&job, 1), subject.engine).jobs.front().end;
}

void change_costs(TrainingCase& subject, CostChange change) {
  subject.costs = [before = std::move(subject.costs), change = std::move(change)](
                      const workloads::TrainingSpec& spec, const workloads::DeviceRates& rates, double expert_load) {
    workloads::StepCosts costs = before(spec, rates, expert_load);
    change(costs, {spec, rates, before});
    return costs;
  };
}

}  // namespace lockstep::validation
