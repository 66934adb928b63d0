#pragma once

#include <span>
#include <string_view>

namespace lockstep {

// A file of catalog/ that the build wrote into the library, so that the program needs no path to find it.
struct CatalogText {
  std::string_view file_stem;  // "devices" of catalog/devices.json
  std::string_view text;
};

std::span<const CatalogText> catalog_texts();

}  // namespace lockstep
