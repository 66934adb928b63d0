#pragma once

#include <string>
#include <vector>

#include "base/json_fields.hpp"
#include "topology/fleet.hpp"

// How scenarios name devices of their fleet: those that a workload runs on, and those that something happens to.
namespace lockstep::sim {

// Whole numbers from 0: one, or a list, in which "4-7" stands for 4, 5, 6, 7.
std::vector<std::uint64_t> read_numbers(const JsonFields& fields, const std::string& key);

// The devices under `key`, which is required, in the order in which they are stated: numbers, ranges like "0-31" and
// names, one or a list of them; or an object with "nodes", "racks" or "pods" (numbers), or with "every" n-th device,
// "from" one on (0 unless stated). Throws InputError where there is none of them in the fleet, and where one is there
// twice.
std::vector<topology::VertexId> read_devices(const JsonFields& fields, const std::string& key,
                                             const topology::Fleet& fleet);

// The devices of nodes, racks or pods (which of them `key` says) by their numbers.
std::vector<topology::VertexId> read_devices_at(const JsonFields& fields, const std::string& key,
                                                const topology::Fleet& fleet);

}  // namespace lockstep::sim
