#include "sim/mitigations/mitigations.hpp"

#include <algorithm>
#include <array>

#include "sim/mitigations/mitigation_readers.hpp"
#include "sim/scenario/workload.hpp"

namespace lockstep::sim {
namespace {

constexpr std::array table = {
    NamedEntry<MitigationReader>{"backup_workers",
                                 "Some replicas are in reserve: a step takes the first gradients that make up its "
                                 "batch.",
                                 read_backup_workers},
    NamedEntry<MitigationReader>{"drop_slowest",
                                 "A step does without the gradients of its slowest replicas, and has a smaller batch.",
                                 read_drop_slowest},
    NamedEntry<MitigationReader>{"bounded_waiting",
                                 "A step waits so long after its first replicas, and goes on without the rest.",
                                 read_bounded_waiting},
    NamedEntry<MitigationReader>{"rebalance", "Microbatches go from slow replicas to fast ones.", read_rebalance},
};

void check_choice(const ReplicaChoice& choice, const ReplicatedStep& step, const JsonFields& scenario) {
  if (const auto reason = step.ties()) {
    scenario.fail("mitigations", "no replica can be left out: " + *reason,
                  R"("rebalance" gives slow replicas less to do instead)");
  }
  const auto problem = choice.problem_with(static_cast<std::uint32_t>(step.microbatches().size()));
  if (problem) scenario.fail("mitigations", *problem);
}

}  // namespace

std::span<const NamedEntry<MitigationReader>> mitigation_kinds() {
  return table;
}

Mitigations Mitigations::read(const JsonFields& scenario) {
  Mitigations all;
  if (!scenario.has("mitigations")) return all;
  for (const JsonFields& fields : scenario.objects("mitigations")) {
    const auto kind = fields.required<std::string>("kind");
    const auto& entry = find_entry(mitigation_kinds(), kind, "kind of mitigation", fields.where("kind"));
    const bool chooses = all.choice != nullptr;
    const bool rebalances = all.rebalance.has_value();
    entry.function(fields, all);
    fields.reject_unknown();
    const bool is_second = kind == "rebalance" ? rebalances : chooses;
    if (is_second) fields.fail("kind", "another mitigation decides this already", "leave out one of the two");
    all.kinds.push_back(kind);
  }
  return all;
}

void check_mitigations(const Mitigations& mitigations, Workload& workload, const JsonFields& scenario) {
  const ReplicatedStep* step = workload.replicated();
  if (step == nullptr) {
    scenario.fail("mitigations", "the workload has no replicas that could be late",
                  "mitigations are for workloads of kind \"training\"; \"updates\" have protocols instead");
  }
  if (mitigations.choice != nullptr) check_choice(*mitigations.choice, *step, scenario);
  if (!mitigations.rebalance) return;
  std::vector<std::uint32_t> unequal = mitigations.rebalance->shares;
  if (unequal.empty()) {
    unequal = step->microbatches();
    const auto least = std::ranges::min_element(unequal);
    if (unequal.size() > 1 && *least > 1) {
      --*least;
      ++*(least == unequal.begin() ? std::next(least) : unequal.begin());
    } else {
      scenario.fail("mitigations", "there are no microbatches to move from one replica to another",
                    "rebalancing needs several replicas with several microbatches each");
    }
  }
  if (const auto problem = step->problem_with(unequal)) {
    scenario.fail("mitigations", "microbatches cannot go from one replica to another: " + *problem);
  }
}

}  // namespace lockstep::sim
