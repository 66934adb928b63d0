#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/catalog.hpp"
#include "topology/fleet.hpp"

namespace lockstep::cli {

// What `lockstep fleet` was asked.
struct FleetRequest {
  std::string fleet;         // file, inline JSON, "-" or the name of a cluster; empty: list what there is
  std::string format;        // of the file; empty: by its looks
  std::string default_link;  // "100 Gbit/s", "100 Gbit/s, 1 us" or an object; empty: the formats' own default
  bool metrics = false;
  bool describe = true;                // false: only export, unless metrics or a route are asked for
  std::vector<std::string> route;      // two vertices, or empty
  std::uint64_t flow = 0;              // the flow label of the route
  std::vector<std::string> export_to;  // format and file, or empty
  std::vector<std::string> settings;   // of --set
};

// What it answers, to be printed and written.
struct FleetAnswer {
  std::string text;
  std::string json;  // the same for programs; both are empty when only a file was asked for
  std::optional<std::pair<std::string, std::string>> file;  // name and content
  std::vector<std::string> warnings;
};

FleetAnswer answer_fleet(const FleetRequest& request, const Catalog& catalog);

}  // namespace lockstep::cli
