#include "cli/heat_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace lockstep::cli {
namespace {

constexpr std::array<const char*, 5> shades = {"·", "░", "▒", "▓", "█"};
// Of 256, from pale to red.
constexpr std::array<int, 5> colours = {238, 187, 215, 208, 160};

using Cell = std::optional<double>;

// The larger one; what is not known is less than everything.
Cell larger(const Cell& a, const Cell& b) {
  if (!a || !b) return a ? a : b;
  return std::max(*a, *b);
}

// Neighbours in blocks of so many rows and columns.
std::vector<std::vector<Cell>> condensed(const HeatMap& map, std::size_t tall, std::size_t wide) {
  std::vector<std::vector<Cell>> blocks((map.rows.size() + tall - 1) / tall);
  for (std::size_t row = 0; row < map.rows.size(); ++row) {
    auto& block = blocks[row / tall];
    block.resize((map.rows[row].size() + wide - 1) / wide);
    for (std::size_t column = 0; column < map.rows[row].size(); ++column) {
      block[column / wide] = larger(block[column / wide], map.rows[row][column]);
    }
  }
  return blocks;
}

// Nothing has a shade of its own, and the least bit more than nothing another.
std::size_t shade_of(double value, double most) {
  if (!(value > 0) || !(most > 0)) return 0;
  const double steps = static_cast<double>(shades.size() - 1);
  return static_cast<std::size_t>(std::clamp(std::ceil(value / most * steps), 1.0, steps));
}

std::string cell_text(const Cell& cell, double most, std::size_t width, const DrawingStyle& style) {
  if (!cell) return std::string(width - 1, ' ') + "?";
  const std::size_t shade = shade_of(*cell, most);
  std::string text;
  for (std::size_t i = 0; i < width; ++i) text += shades[shade];
  return style.colours ? fmt::format("\x1b[38;5;{}m{}\x1b[0m", colours[shade], text) : text;
}

std::string fill_of(const Cell& cell, double most) {
  if (!cell) return "#ffffff";
  const double share = most > 0 ? std::clamp(*cell / most, 0.0, 1.0) : 0;
  // From near white to a dark red.
  const auto mixed = [share](int from, int to) { return static_cast<int>(std::lround(from + share * (to - from))); };
  return fmt::format("#{:02x}{:02x}{:02x}", mixed(0xf4, 0xa5), mixed(0xf1, 0x0f), mixed(0xea, 0x15));
}

}  // namespace

double HeatMap::most() const {
  double most = 0;
  for (const auto& row : rows) {
    for (const Cell& cell : row) most = std::max(most, cell.value_or(0));
  }
  return most;
}

std::string terminal_heat_map(const HeatMap& map, const DrawingStyle& style) {
  constexpr std::size_t most_rows = 48;
  constexpr std::size_t widest = 4;
  constexpr std::size_t margin = 16;
  const std::size_t columns = map.rows.empty() ? 0 : map.rows.front().size();
  if (columns == 0) return "";
  const std::size_t room = std::max<std::size_t>(style.width, margin + 20) - margin;
  const std::size_t wide = (columns + room - 1) / room;
  const std::size_t tall = (map.rows.size() + most_rows - 1) / most_rows;
  const std::size_t width = std::clamp<std::size_t>(room / columns, 1, widest);
  std::string text = map.title + ": a row a replica, from stage 0 on the left\n";
  const auto blocks = condensed(map, tall, wide);
  bool has_unknown = false;
  for (std::size_t row = 0; row < blocks.size(); ++row) {
    text += fmt::format("  replica {:>4}  ", row * tall);
    for (const Cell& cell : blocks[row]) {
      text += cell_text(cell, map.most(), width, style);
      has_unknown = has_unknown || !cell;
    }
    text += "\n";
  }
  text += fmt::format("  {} none", shades.front());
  for (std::size_t shade = 1; map.most() > 0 && shade < shades.size(); ++shade) {
    const double upper = map.most() * static_cast<double>(shade) / static_cast<double>(shades.size() - 1);
    text += fmt::format("   {} to {:.4g}{}", shades[shade], upper, map.unit);
  }
  text += has_unknown ? "   ? not simulated\n" : "\n";
  if (tall * wide > 1) text += fmt::format("  a cell stands for {} replicas and {} stages\n", tall, wide);
  return text;
}

std::string svg_heat_map(const HeatMap& map) {
  constexpr std::size_t left = 90;
  constexpr std::size_t top = 46;
  constexpr std::size_t side = 28;
  const std::size_t columns = map.rows.empty() ? 0 : map.rows.front().size();
  const std::size_t width = std::max<std::size_t>(left + side * columns + 20, 420);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"11\">\n"
      "<text x=\"8\" y=\"18\" font-size=\"13\">{}, at most {:.4g}{}</text>\n",
      width, top + side * map.rows.size() + 16, map.title, map.most(), map.unit);
  for (std::size_t stage = 0; stage < columns; ++stage) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", left + side * stage + side / 2,
                       top - 6, stage);
  }
  for (std::size_t row = 0; row < map.rows.size(); ++row) {
    const std::size_t y = top + side * row;
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">replica {}</text>\n", left - 8, y + 18, row);
    for (std::size_t stage = 0; stage < map.rows[row].size(); ++stage) {
      const Cell& cell = map.rows[row][stage];
      const std::string value = cell ? fmt::format("{:.6g}{}", *cell, map.unit) : "not simulated";
      svg += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"#ccc\">"
          "<title>replica {}, stage {}: {}</title></rect>\n",
          left + side * stage, y, side - 2, side - 2, fill_of(cell, map.most()), row, stage, value);
    }
  }
  return svg + "</svg>\n";
}

}  // namespace lockstep::cli
