#pragma once

#include <optional>
#include <string>

#include "base/catalog.hpp"
#include "base/json_fields.hpp"
#include "topology/fleet_elements.hpp"

// Readers of the small parts of a fleet description, each either written out or named from the catalog.
namespace lockstep::topology {

struct StatedLink {
  LinkProperties properties;
  bool latency_is_end_to_end = false;  // of catalog fabrics
};

// "link": {"bandwidth": "50 GB/s", "latency": "2 us"} or "InfiniBand_NDR"; absent where the key is.
std::optional<StatedLink> read_stated_link(const JsonFields& fields, const std::string& key, const Catalog& catalog);

// "device": {"compute": …, "memory": …, "memory_bandwidth": …} or "H100"; an empty model where the key is absent.
DeviceModel read_device_model(const JsonFields& fields, const std::string& key, const Catalog& catalog);

}  // namespace lockstep::topology
