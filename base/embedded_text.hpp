#pragma once

#include <string_view>

namespace lockstep {

// A file of the project that the build wrote into a library, so that the program needs no path to find it.
struct EmbeddedText {
  std::string_view file_stem;  // "devices" of catalog/devices.json
  std::string_view text;
};

}  // namespace lockstep
