#include <array>

#include "sim/updates/protocol_readers.hpp"

namespace lockstep::sim {
namespace {

constexpr std::array table = {
    NamedEntry<ProtocolReader>{"sync", "Each update takes a gradient of every worker, and all wait for it.", read_sync},
    NamedEntry<ProtocolReader>{
        "k_sync", "Each update takes the k fastest gradients; the other workers begin anew with all.", read_k_sync},
    NamedEntry<ProtocolReader>{
        "k_batch_sync", "Each update takes the first k gradients, several of one worker too; then all begin anew.",
        read_k_batch_sync},
    NamedEntry<ProtocolReader>{"async", "Each gradient is an update; nobody waits.", read_async},
    NamedEntry<ProtocolReader>{
        "k_async", "Each update takes gradients of k workers, who wait for it; the others compute on.", read_k_async},
    NamedEntry<ProtocolReader>{
        "k_batch_async", "Each update takes k gradients, several of one worker too; nobody waits.", read_k_batch_async},
    NamedEntry<ProtocolReader>{"ssp", "Each gradient is an update; nobody runs more than a bound ahead of the slowest.",
                               read_ssp},
    NamedEntry<ProtocolReader>{"local_sgd", "Workers make several steps of their own; then all average what they have.",
                               read_local_sgd},
    NamedEntry<ProtocolReader>{
        "backup", "As k_sync: some of the workers are spare, and each update does without the slowest.", read_backup},
};

}  // namespace

std::span<const NamedEntry<ProtocolReader>> protocols() {
  return table;
}

std::uint32_t read_k_of_workers(const JsonFields& fields, std::uint32_t workers) {
  return static_cast<std::uint32_t>(fields.count("k", 1, workers));
}

std::uint32_t read_k_of_gradients(const JsonFields& fields) {
  constexpr std::int64_t most = 1'000'000'000;
  return static_cast<std::uint32_t>(fields.count("k", 1, most));
}

}  // namespace lockstep::sim
