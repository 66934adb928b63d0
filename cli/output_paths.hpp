#pragma once

#include <span>
#include <string>

namespace lockstep::cli {

// Where an option of a command writes to.
struct OutputPath {
  std::string option;
  std::string path;  // empty: it was not asked for
};

// Throws InputError where two outputs are one, standard output included, or where one would replace the file `input`
// that the command reads. Devices and pipes may be written to twice.
void require_apart(std::span<const OutputPath> outputs, const std::string& input);

}  // namespace lockstep::cli
