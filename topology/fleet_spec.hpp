#pragma once

#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/json_fields.hpp"
#include "topology/fleet.hpp"
#include "topology/formats/formats.hpp"

namespace lockstep::topology {

// What a fleet description may refer to.
struct FleetSources {
  const Catalog& catalog;
  std::string format = {};                 // of files; empty: by their looks
  int nesting = 0;                         // how many files led here
  std::vector<std::string> settings = {};  // of --set, applied to the description
  ImportOptions import = {};               // `file` and `directory` are set as files are read
};

// The fleet that a scenario's "fleet" object describes: a topology, nodes × fabric, a catalog entry, or a file.
// Throws InputError with file and path for anything that is wrong.
Fleet read_fleet(const JsonFields& spec, const FleetSources& sources);

// The fleet that a person names on the command line: inline JSON, "-" for standard input (given as `standard_input`),
// a file of any import format, or the name of a cluster in the catalog.
Fleet load_fleet(const std::string& argument, const std::string& standard_input, const FleetSources& sources);

}  // namespace lockstep::topology
