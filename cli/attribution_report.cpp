#include "cli/attribution_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/unit_text.hpp"
#include "cli/table.hpp"

namespace lockstep::cli {
namespace {

using studies::Attribution;
using studies::Blame;
using studies::BlameTable;
using studies::Seating;
using studies::Straggling;
using studies::SuspectKind;

// Six digits; what is less than the rounding of the difference of two steps is nothing.
std::string time_text(Seconds time, Seconds step) {
  if (std::abs(time.si()) < 1e-12 * step.si()) return "0 s";
  const std::string text = to_text(Seconds(std::stod(fmt::format("{:.6g}", std::abs(time.si())))));
  return time < Seconds(0) ? "-" + text : text;
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

bool is_telling(const Blame& blame, Seconds step) {
  const double least = 1e-12 * step.si();
  return std::abs(blame.saved.si()) > least || blame.on_path.si() > least;
}

// What is left out of the table: what saves nothing, and what was not simulated.
void print_rest(const BlameTable& blames, std::size_t silent, Seconds step, std::ostream& out) {
  if (silent > 0) out << counted(silent, "other") << " neither on the critical path nor saving anything\n";
  if (blames.left_out == 0) return;
  out << counted(blames.left_out, "other") << " not simulated (--top), on the critical path for at most "
      << time_text(blames.most_left_out, step) << "\n";
}

void print_table(const BlameTable& blames, const Attribution& attribution, std::ostream& out) {
  const auto text = [&](Seconds time) { return time_text(time, attribution.time); };
  Table table({{std::string(to_text(blames.kind))},
               {"healed saves", Align::right},
               {"of the loss", Align::right},
               {"alone costs", Align::right},
               {"critical path", Align::right}});
  std::size_t silent = 0;
  const bool has_loss = attribution.lost() > Seconds(0);
  for (const Blame& blame : blames.rows) {
    if (blames.kind != SuspectKind::cause && !is_telling(blame, attribution.time)) {
      ++silent;
      continue;
    }
    table.add_row({blame.suspect.name, text(blame.saved), has_loss ? percent(blame.saved / attribution.lost()) : "-",
                   text(blame.alone), text(blame.on_path)});
  }
  out << "\n";
  table.print(out);
  print_rest(blames, silent, attribution.time, out);
  if (blames.kind == SuspectKind::cause && blames.rows.size() > 1) {
    out << "interaction: " << text(attribution.lost() - blames.saved_by_each()) << " of the "
        << text(attribution.lost()) << " lost go only if several are healed\n";
  }
}

std::string seat_text(const studies::Seat& seat, const Attribution& attribution) {
  const bool is_known = std::all_of(attribution.seatings.begin(), attribution.seatings.end(),
                                    [](const Seating& seating) { return seating.is_known; });
  if (!is_known) return "rank " + std::to_string(seat.replica);
  return "replica " + std::to_string(seat.replica) + ", stage " + std::to_string(seat.stage);
}

void print_straggling(const Attribution& attribution, std::ostream& out) {
  const Straggling& straggling = attribution.straggling;
  out << "\nunequal work (OSDI 2025, arXiv 2505.05713): if all work of a type took its mean, "
      << time_text(straggling.ideal, straggling.time) << "\n"
      << fmt::format("  S = {:.4f}", straggling.slowdown);
  for (const studies::TypeSlowdown& type : straggling.types) {
    out << fmt::format("; {} {:.4f}", type.type, type.slowdown);
  }
  out << "\n";
  if (straggling.of_slowest_workers) {
    std::string slowest;
    for (const studies::Seat& seat : straggling.slowest_workers) {
      slowest += (slowest.empty() ? "" : "; ") + seat_text(seat, attribution);
    }
    out << fmt::format("  M_W = {:.3f}: what the slowest workers explain of it ({})\n", *straggling.of_slowest_workers,
                       slowest);
  }
  if (straggling.of_last_stage) {
    out << fmt::format("  M_S = {:.3f}: what the last stage explains of it\n", *straggling.of_last_stage);
  }
}

std::vector<std::vector<std::optional<double>>> empty_cells(const Seating& seating) {
  return {seating.replicas, std::vector<std::optional<double>>(seating.stages)};
}

// What nothing disturbs is known to save nothing, and so is what the critical path does not touch.
HeatMap map_of_savings(const BlameTable& workers, const Seating& seating) {
  HeatMap map{.title = "what healing saves", .unit = " s", .rows = empty_cells(seating)};
  if (workers.most_left_out == Seconds(0)) {
    for (auto& row : map.rows) std::fill(row.begin(), row.end(), 0.0);
  }
  for (const Blame& blame : workers.rows) {
    map.rows[blame.suspect.seat->replica][blame.suspect.seat->stage] = blame.saved.si();
  }
  return map;
}

HeatMap map_of_slowdowns(const Straggling& straggling, const Seating& seating) {
  HeatMap map{.title = "what unequal work of one worker alone adds to the step (S_w - 1)",
              .unit = "",
              .rows = empty_cells(seating)};
  for (const studies::WorkerSlowdown& worker : straggling.workers) {
    constexpr double rounding = 1e-12;
    const double added = worker.slowdown - 1;
    map.rows[worker.seat.replica][worker.seat.stage] = std::abs(added) > rounding ? added : 0;
  }
  return map;
}

}  // namespace

std::optional<HeatMap> heat_map_of(const Attribution& attribution) {
  if (attribution.seatings.size() != 1 || !attribution.seatings.front().is_known) return std::nullopt;
  const Seating& seating = attribution.seatings.front();
  if (seating.replicas * seating.stages < 2) return std::nullopt;
  if (const BlameTable* workers = attribution.table(SuspectKind::worker)) return map_of_savings(*workers, seating);
  return map_of_slowdowns(attribution.straggling, seating);
}

std::string attribution_text(const sim::Scenario& scenario, const Attribution& attribution, const DrawingStyle& style) {
  std::ostringstream out;
  const std::string name = scenario.name().empty() ? "a step" : scenario.name();
  const auto text = [&](Seconds time) { return time_text(time, attribution.time); };
  out << name << ": " << text(attribution.time);
  if (attribution.tables.empty()) {
    out << ", and nothing disturbs it\n";
  } else {
    out << fmt::format(" a step, {} if nothing disturbed it: {} lost, {:.4f} times as long ({} simulations)\n",
                       text(attribution.ideal), text(attribution.lost()), attribution.time / attribution.ideal,
                       attribution.simulations);
  }
  for (const BlameTable& table : attribution.tables) print_table(table, attribution, out);
  if (const auto map = heat_map_of(attribution)) out << "\n" << terminal_heat_map(*map, style);
  print_straggling(attribution, out);
  return out.str();
}

}  // namespace lockstep::cli
