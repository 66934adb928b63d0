#include "cli/training_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/unit_text.hpp"
#include "cli/table.hpp"

namespace lockstep::cli {
namespace {

constexpr std::size_t indent = 2;
constexpr std::size_t least_bar = 20;
constexpr std::size_t longest_bar = 60;

// What a rank's memory holds: its letter and its colour on terminals (of 256), as schedules are drawn.
struct Part {
  const char* key;
  const char* name;
  char letter;
  int colour;
};
constexpr std::array parts = {Part{"weights_bytes", "weights", 'W', 68}, Part{"gradients_bytes", "gradients", 'G', 71},
                              Part{"optimizer_bytes", "optimizer", 'O', 73},
                              Part{"activations_bytes", "activations", 'A', 179},
                              Part{"buffers_bytes", "buffers", 'B', 139}};
constexpr int too_much_colour = 167;

std::string painted(const std::string& text, int colour, const DrawingStyle& style) {
  if (!style.colours || text.empty()) return text;
  return fmt::format("\x1b[1;38;5;16;48;5;{}m{}\x1b[0m", colour, text);
}

// The table with one bar beside each of its rows, below titles and rule.
void print_beside(const Table& table, const std::vector<std::string>& bars, std::ostream& out) {
  std::ostringstream text;
  table.print(text, indent);
  std::istringstream lines(text.str());
  std::string line;
  for (std::size_t i = 0; std::getline(lines, line); ++i) {
    const std::string bar = i < 2 ? "" : bars[i - 2];
    out << line << (bar.empty() ? "" : "  " + bar) << '\n';
  }
}

std::size_t bar_width(const Table& table, const DrawingStyle& style) {
  std::ostringstream text;
  table.print(text, indent);
  const std::size_t used = text.str().find('\n') + 3;
  return std::clamp(style.width > used ? style.width - used : 0, least_bar, longest_bar);
}

double number(const Json& object, const char* key) {
  return object[key].get<double>();
}

// One character for so many bytes; up to the usable memory dots are free, beyond it everything is too much.
std::string memory_bar(const Json& stage, double bytes_per_character, const DrawingStyle& style) {
  const auto place = [&](double bytes) { return static_cast<std::size_t>(std::llround(bytes / bytes_per_character)); };
  const std::size_t limit = stage["usable_bytes"].is_null() ? SIZE_MAX : place(number(stage, "usable_bytes"));
  std::string bar;
  double bytes = 0;
  std::size_t column = 0;
  for (const Part& part : parts) {
    bytes += number(stage, part.key);
    const std::size_t end = std::max(place(bytes), column);
    const std::size_t fitting = std::clamp(limit, column, end) - column;
    bar += painted(std::string(fitting, part.letter), part.colour, style);
    if (column <= limit && end > limit) bar += '|';
    bar += painted(std::string(end - column - fitting, part.letter), too_much_colour, style);
    column = end;
  }
  if (limit != SIZE_MAX && column <= limit) bar += std::string(limit - column, style.colours ? ' ' : '.') + "|";
  return bar;
}

void print_memory(const Json& memory, const DrawingStyle& style, std::ostream& out) {
  std::vector<Table::Column> columns = {{"memory of a rank"}};
  for (const Part& part : parts) columns.push_back({part.name, Align::right});
  columns.push_back({"total", Align::right});
  columns.push_back({"of usable", Align::right});
  Table table(columns);
  double largest = 0;
  for (const Json& stage : memory["per_stage"]) {
    std::vector<std::string> cells = {"stage " + std::to_string(&stage - &memory["per_stage"].front())};
    for (const Part& part : parts) cells.push_back(to_text(Bytes(number(stage, part.key))));
    const double total = number(stage, "total_bytes");
    cells.push_back(to_text(Bytes(total)));
    const bool is_known = !stage["usable_bytes"].is_null();
    cells.push_back(is_known ? fmt::format("{:.1f} %", 100 * total / number(stage, "usable_bytes")) : "unknown");
    table.add_row(std::move(cells));
    largest = std::max({largest, total, is_known ? number(stage, "usable_bytes") : 0});
  }
  const double bytes_per_character = largest / static_cast<double>(bar_width(table, style) - 1);
  std::vector<std::string> bars;
  for (const Json& stage : memory["per_stage"]) bars.push_back(memory_bar(stage, bytes_per_character, style));
  out << '\n';
  print_beside(table, bars, out);
  out << std::string(indent, ' ') << "bars: the parts by their initials";
  if (!memory["usable_bytes"].is_null()) out << ", | what can be used";
  out << '\n';
}

std::string words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

void print_breakdown(const Json& breakdown, const DrawingStyle& style, std::ostream& out) {
  double step = 0;
  for (const auto& [name, seconds] : breakdown.items()) step += seconds.get<double>();
  if (!(step > 0)) return;
  Table table({{"where the time goes"}, {"a rank's mean", Align::right}, {"share", Align::right}});
  std::vector<double> shares;
  for (const auto& [name, seconds] : breakdown.items()) {
    if (seconds.get<double>() == 0) continue;
    shares.push_back(seconds.get<double>() / step);
    table.add_row({words(name), to_text(Seconds(seconds.get<double>())), fmt::format("{:.1f} %", 100 * shares.back())});
  }
  const auto width = static_cast<double>(bar_width(table, style));
  std::vector<std::string> bars;
  for (const double share : shares) {
    const std::string bar(static_cast<std::size_t>(std::llround(share * width)), style.colours ? ' ' : '#');
    bars.push_back(painted(bar, parts.front().colour, style));
  }
  out << '\n';
  print_beside(table, bars, out);
}

}  // namespace

void print_training(const Json& results, const DrawingStyle& style, std::ostream& out) {
  if (results.contains("breakdown_s")) print_breakdown(results["breakdown_s"], style, out);
  if (results.contains("memory")) print_memory(results["memory"], style, out);
}

}  // namespace lockstep::cli
