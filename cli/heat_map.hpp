#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/drawing_style.hpp"

namespace lockstep::cli {

// A table of numbers as shades: rows are replicas, columns stages. A cell without a number is not known.
struct HeatMap {
  std::string title;
  std::string unit;  // " s"
  std::vector<std::vector<std::optional<double>>> rows;

  double most() const;
};

// A character or more a cell, from nothing to the most. Where the width does not suffice for all stages, neighbours
// share a character, and so do replicas where they are many: the largest of them is shown.
std::string terminal_heat_map(const HeatMap& map, const DrawingStyle& style);
std::string svg_heat_map(const HeatMap& map);

}  // namespace lockstep::cli
