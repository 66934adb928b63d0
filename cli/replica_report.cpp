#include "cli/replica_report.hpp"

#include <fmt/format.h>

#include <array>
#include <ostream>

#include "base/unit_text.hpp"
#include "cli/display_text.hpp"
#include "cli/table.hpp"
#include "studies/replica_results.hpp"

namespace lockstep::cli {
namespace {

constexpr std::size_t indent = 2;

bool is_share(const std::string& name) {
  constexpr std::array<std::string_view, 6> endings = {"mfu", "hfu", "fraction", "ratio", "efficiency", "goodput"};
  for (const std::string_view ending : endings) {
    if (name.ends_with(ending)) return true;
  }
  return false;
}

// Names of figures end with their unit, or are parts of an object whose name does: "breakdown_s.compute".
std::string figure_text(const std::string& name, double value) {
  if (name.ends_with("bytes_per_s")) return to_text(Bandwidth(value));
  if (name.ends_with("flops_per_device_per_s")) return to_text(FlopRate(value));
  const bool is_rate = name.find("_per_s") != std::string::npos;
  if (!is_rate && (name.ends_with("_s") || name.find("_s.") != std::string::npos)) return to_text(Seconds(value));
  if (is_share(name)) return fmt::format("{:.2f} %", 100 * value);
  return short_number_text(value);
}

std::string extent_text(const studies::ReplicaRuns& runs) {
  if (!runs.is_random) return fmt::format("1 stands for all {}: nothing is random", runs.stated);
  std::string text = std::to_string(runs.rows.size());
  if (runs.rows.size() < runs.stated) text += fmt::format(" of {}", runs.stated);
  if (!runs.failed.empty()) text += fmt::format(", {} failed", runs.failed.size());
  if (runs.is_precise)
    text += fmt::format(": the {} is known to {:.4g} %", runs.judged == "time_s" ? "time" : "goodput",
                        100 * *runs.wanted_precision);
  return text;
}

std::vector<std::string> row_of(const studies::HeadlineSummary& headline) {
  const studies::Summary& summary = headline.summary;
  const auto text = [&](double value) { return figure_text(headline.name, value); };
  return {headline.name,
          text(summary.mean),
          summary.ci95 ? "± " + text((summary.ci95->high - summary.ci95->low) / 2) : "unknown",
          text(summary.p50),
          text(summary.p95),
          text(summary.p99)};
}

}  // namespace

void print_replicas(const sim::Scenario& scenario, const studies::ReplicaRuns& runs, std::ostream& out) {
  const auto print_line = [&](const std::string& name, const std::string& value) {
    out << fmt::format("  {:<22}{}\n", name, value);
  };
  print_line("replicas", extent_text(runs));
  print_line("seed", std::to_string(scenario.seed()));
  out << '\n';
  Table table({{"headline"},
               {"mean", Align::right},
               {"95 % interval", Align::right},
               {"p50", Align::right},
               {"p95", Align::right},
               {"p99", Align::right}});
  for (const studies::HeadlineSummary& headline : studies::summaries_of(runs)) {
    if (headline.summary.min != 0 || headline.summary.max != 0) table.add_row(row_of(headline));
  }
  table.print(out, indent);
}

}  // namespace lockstep::cli
