#include <array>

#include "sim/scenario/checkpoint_kind.hpp"
#include "sim/scenario/collective_kind.hpp"
#include "sim/scenario/pipeline_kind.hpp"
#include "sim/scenario/program_kind.hpp"
#include "sim/scenario/training_kind.hpp"
#include "sim/scenario/updates_kind.hpp"

namespace lockstep::sim {
namespace {

topology::Fleet needs_fleet(const JsonFields& fields) {
  fields.fail("", "this workload needs a fleet to run on",
              "add for example \"fleet\": {\"topology\": \"switch\", \"devices\": 8, \"link\": {\"bandwidth\": \"50 "
              "GB/s\", \"latency\": \"2 us\"}} to the scenario");
}

constexpr std::array table = {
    NamedEntry<WorkloadKind>{
        "collective", "One collective operation, or messages between devices.", {read_collective_kind, needs_fleet}},
    NamedEntry<WorkloadKind>{"pipeline",
                             "Microbatches through a pipeline of stages, in the order of a schedule.",
                             {read_pipeline_kind, devices_of_pipeline}},
    NamedEntry<WorkloadKind>{
        "training", "One step of training a model, as a parallel plan divides it.", {read_training_kind, needs_fleet}},
    NamedEntry<WorkloadKind>{"checkpoint",
                             "The state of a training job on its way to storage, back, or to peers' memory.",
                             {read_checkpoint_kind, needs_fleet}},
    NamedEntry<WorkloadKind>{"updates",
                             "Workers and a parameter server, whose protocol says who waits for whom.",
                             {read_updates_kind, devices_of_updates}},
    NamedEntry<WorkloadKind>{"program", "A step program of your own, from a file.", {read_program_kind, needs_fleet}},
};

}  // namespace

std::span<const NamedEntry<WorkloadKind>> workload_kinds() {
  return table;
}

}  // namespace lockstep::sim
