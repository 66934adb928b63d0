#include "cli/straggler_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "cli/table.hpp"

namespace lockstep::cli {
namespace {

using studies::StragglerCell;
using studies::StragglerMethod;
using studies::StragglerStudy;

std::vector<StragglerMethod> possible_methods(const StragglerStudy& study) {
  std::vector<StragglerMethod> methods;
  for (const StragglerMethod& method : study.methods) {
    if (method.refusal.empty()) methods.push_back(method);
  }
  return methods;
}

std::string share_text(const studies::Summary& summary, double whole) {
  if (!summary.ci95 || summary.ci95->high - summary.ci95->low < 1e-9 * summary.mean) {
    return fmt::format("{:.1f} %", 100 * summary.mean / whole);
  }
  return fmt::format("{:.1f} ± {:.1f} %", 100 * summary.mean / whole,
                     50 * (summary.ci95->high - summary.ci95->low) / whole);
}

// A row a cell: what each method keeps of its own samples a second, and all of them against the first.
std::vector<std::vector<std::string>> rows_of(const StragglerStudy& study) {
  const std::vector<StragglerMethod> methods = possible_methods(study);
  std::vector<std::vector<std::string>> rows;
  for (const StragglerCell& cell : study.cells) {
    const char* none = cell.slow_devices == 0 ? " (none)" : "";
    std::vector<std::string> row = {fmt::format("{:.3g} %{}", 100 * cell.fraction, none),
                                    fmt::format("{:.3g}", cell.factor)};
    for (std::size_t i = 0; i < methods.size(); ++i) {
      row.push_back(share_text(cell.samples_per_s[i], methods[i].undisturbed.mean));
    }
    for (std::size_t i = 1; i < methods.size(); ++i) {
      row.push_back(fmt::format("{:.3f}", cell.samples_per_s[i].mean / cell.samples_per_s.front().mean));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> titles_of(const StragglerStudy& study) {
  const std::vector<StragglerMethod> methods = possible_methods(study);
  std::vector<std::string> titles = {"stragglers", "times as slow"};
  for (const StragglerMethod& method : methods) titles.push_back(method.name);
  for (std::size_t i = 1; i < methods.size(); ++i) titles.push_back(methods[i].name + " : sync");
  return titles;
}

// The cell that the question is usually about: one in twenty, half as fast; else the one in the middle.
const StragglerCell& asked_cell(const StragglerStudy& study) {
  const auto usual = std::find_if(study.cells.begin(), study.cells.end(),
                                  [](const StragglerCell& cell) { return cell.fraction == 0.05 && cell.factor == 2; });
  return usual != study.cells.end() ? *usual : study.cells[study.cells.size() / 2];
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '<') {
      safe += "&lt;";
    } else if (letter == '&') {
      safe += "&amp;";
    } else {
      safe += letter;
    }
  }
  return safe;
}

// What each method keeps, over how slow stragglers are, for one fraction of them.
std::string chart(const StragglerStudy& study, double fraction) {
  constexpr double width = 420, height = 220, left = 46, bottom = 30;
  constexpr std::array colours = {"#c23b22", "#2a6fbb", "#3a923a", "#8a5fbf", "#b8860b"};
  std::vector<const StragglerCell*> cells;
  double most = 1;
  for (const StragglerCell& cell : study.cells) {
    if (cell.fraction != fraction) continue;
    cells.push_back(&cell);
    most = std::max(most, cell.factor);
  }
  const std::vector<StragglerMethod> methods = possible_methods(study);
  std::string svg = fmt::format(
      "<figure><figcaption>{:.3g} % stragglers</figcaption><svg viewBox=\"0 0 {} {}\" width=\"{}\" role=\"img\">\n",
      100 * fraction, width, height, width);
  const auto x = [&](double factor) { return left + (width - left - 10) * (factor - 1) / std::max(1e-9, most - 1); };
  const auto y = [&](double share) { return 10 + (height - bottom - 10) * (1 - std::min(share, 1.05)); };
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    svg += fmt::format(
        "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#ddd\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:.0f} %</text>\n",
        left, width - 10, y(share), left - 5, y(share) + 4, 100 * share);
  }
  for (const StragglerCell* cell : cells) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.3g}x</text>\n", x(cell->factor),
                       height - 12, cell->factor);
  }
  for (std::size_t i = 0; i < methods.size(); ++i) {
    std::string points = fmt::format("{:.1f},{:.1f}", x(1), y(1));
    for (const StragglerCell* cell : cells) {
      points +=
          fmt::format(" {:.1f},{:.1f}", x(cell->factor), y(cell->samples_per_s[i].mean / methods[i].undisturbed.mean));
    }
    const char* colour = colours.at(i % colours.size());
    svg += fmt::format(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>"
        "<text x=\"{}\" y=\"{}\" fill=\"{}\">{}</text>\n",
        points, colour, left + 8, height - bottom - 8 - 13 * static_cast<double>(i), colour, escaped(methods[i].name));
  }
  return svg + "</svg></figure>\n";
}

}  // namespace

std::string straggler_text(const StragglerStudy& study) {
  std::ostringstream out;
  out << "samples a second that are left of each method's own without stragglers, and beside those of sync\n\n";
  std::vector<Table::Column> columns;
  for (const std::string& title : titles_of(study)) columns.push_back({title, Align::right});
  Table table(columns);
  for (auto& row : rows_of(study)) table.add_row(std::move(row));
  table.print(out, 2);
  out << "\n";
  for (const StragglerMethod& method : study.methods) {
    out << "  " << method.name << ": " << method.meaning;
    if (method.refusal.empty()) {
      out << fmt::format("; {:.5g} samples a second without stragglers\n", method.undisturbed.mean);
    } else {
      out << "; not here: " << method.refusal << "\n";
    }
  }
  out << "\n" << studies::answer_of(study, asked_cell(study)) << "\n";
  return out.str();
}

std::string straggler_page(const StragglerStudy& study, const std::string& title) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Stragglers</title>\n<style>\n"
      "body{font:15px/1.5 sans-serif;max-width:900px;margin:2em auto;padding:0 1em;color:#222}\n"
      "figure{display:inline-block;margin:0 1em 1em 0}svg text{font:11px sans-serif}\n"
      "table{border-collapse:collapse}td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid #ddd}\n"
      "</style></head><body>\n";
  page += "<h1>Stragglers: " + escaped(title) + "</h1>\n<p><b>" +
          escaped(studies::answer_of(study, asked_cell(study))) + "</b></p>\n<ul>\n";
  for (const StragglerMethod& method : study.methods) {
    page += "<li><b>" + escaped(method.name) + "</b>: " + escaped(method.meaning) +
            (method.refusal.empty() ? "" : "; not here: " + escaped(method.refusal)) + "</li>\n";
  }
  page += "</ul>\n";
  double last = 0;
  for (const StragglerCell& cell : study.cells) {
    if (cell.fraction != last) page += chart(study, cell.fraction);
    last = cell.fraction;
  }
  page += "<table><tr>";
  for (const std::string& name : titles_of(study)) page += "<th>" + escaped(name) + "</th>";
  page += "</tr>\n";
  for (const auto& row : rows_of(study)) {
    page += "<tr>";
    for (const std::string& value : row) page += "<td>" + escaped(value) + "</td>";
    page += "</tr>\n";
  }
  return page + "</table>\n</body></html>\n";
}

}  // namespace lockstep::cli
