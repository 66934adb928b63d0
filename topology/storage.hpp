#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/json_fields.hpp"
#include "topology/fleet.hpp"

// Storage that all of a fleet shares: servers on its switches.
namespace lockstep::topology {

struct StorageSpec {
  Bandwidth read = {};   // of all servers together, what they give
  Bandwidth write = {};  // of all servers together, what they take
  Seconds latency = {};  // of the link to each server
  std::uint32_t servers = 1;
  std::vector<std::string> at = {};  // names of vertices; empty: the switches of the top tier
};

// "storage": {"bandwidth": "2 TB/s" or "read": …, "write": …, "latency": …, "servers": 4, "at": […]}, or the name of
// an entry of the catalog, which may also stand as "name" beside fields that replace its figures. Absent where the key
// is.
std::optional<StorageSpec> read_storage(const JsonFields& fields, const std::string& key, const Catalog& catalog);

// The fleet with the servers after all that it has, each on a cable with its part of the bandwidth, spread evenly over
// the vertices. Routes between what was there stay what they were. Throws InputError at `where` where there is nothing
// to connect them to, or no way from there to the devices that the routing knows.
Fleet with_storage(const Fleet& fleet, const StorageSpec& storage, const std::string& where);

// The servers, in order.
std::vector<VertexId> storage_servers(const Fleet& fleet);

}  // namespace lockstep::topology
