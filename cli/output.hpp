#pragma once

#include <string>

#include "base/json_fields.hpp"

namespace lockstep::cli {

// Writes a whole file or none: the content goes to a file beside it, which then takes its name. "-" is standard output.
// Throws InputError when the place cannot be written to.
void write_output(const std::string& path, const std::string& content);
// JSON as people and programs read it: indented, and ended by a line break.
std::string json_text(const Json& json);

}  // namespace lockstep::cli
