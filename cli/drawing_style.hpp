#pragma once

#include <cstddef>

namespace lockstep::cli {

// How the terminal shows drawings.
struct DrawingStyle {
  std::size_t width = 100;  // in characters
  bool colours = false;
};

}  // namespace lockstep::cli
