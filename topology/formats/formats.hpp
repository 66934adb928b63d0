#pragma once

#include <iosfwd>
#include <optional>
#include <span>
#include <string>

#include "base/named_table.hpp"
#include "topology/fleet.hpp"

// Fleets from and to files of other programs. One reader or writer a file, one line each in the tables of formats.cpp.
namespace lockstep::topology {

struct ImportOptions {
  std::string file;             // for messages
  std::string directory = ".";  // what relative names inside the file are relative to
  // What links get whose file says nothing of their speed; `default_link_stated` is false when nobody chose it.
  LinkProperties default_link = {Bandwidth(12.5e9), Seconds(1e-6), LinkKind::network};
  bool default_link_stated = false;
};

// Throws InputError for text that is not well formed. What a fleet cannot hold becomes a warning of the fleet.
using ImportFunction = Fleet (*)(const std::string& text, const ImportOptions& options);
// Whether text looks like the format; cheap, and never throws.
using DetectFunction = bool (*)(const std::string& text, const std::string& file);
struct Importer {
  ImportFunction read;
  DetectFunction looks_like;
};
// Throws InputError when the format cannot hold this fleet.
using ExportFunction = void (*)(const Fleet& fleet, std::ostream& out);

std::span<const NamedEntry<Importer>> import_formats();
std::span<const NamedEntry<ExportFunction>> export_formats();

// Reads text in the named format, or in the one that it looks like when `format` is empty.
Fleet import_fleet(const std::string& text, const std::string& format, const ImportOptions& options);

// Tells the fleet's user that `count` links of the file had no speed and which one they got; nothing when count is 0.
class FleetBuilder;
void warn_of_default_link(FleetBuilder& builder, std::size_t count, const ImportOptions& options);

}  // namespace lockstep::topology
