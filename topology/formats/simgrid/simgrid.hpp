#pragma once

#include <iosfwd>
#include <string>

#include "topology/formats/formats.hpp"

// SimGrid's platform files (version 4.1, as SimGrid 3.32 reads them). Routes of an imported platform are those that
// SimGrid finds itself, link by link; a platform that we wrote comes back as the fleet that it was written from.
namespace lockstep::topology {

Fleet import_simgrid_platform(const std::string& text, const ImportOptions& options);
bool looks_like_simgrid_platform(const std::string& text, const std::string& file);

// One zone with every route between devices listed, for plain SimGrid to read. Throws InputError when the routes would
// fill gigabytes.
void export_simgrid_platform(const Fleet& fleet, std::ostream& out);

}  // namespace lockstep::topology
