#include "studies/attribution/attribution.hpp"

#include <algorithm>
#include <chrono>

#include "studies/attribution/base_run.hpp"

namespace lockstep::studies {
namespace {

// Sorted by what is on the path longest.
std::vector<BlameTable> tables_of(const Suspects& suspects, const std::vector<Seconds>& on_path) {
  std::vector<BlameTable> tables;
  for (std::size_t i = 0; i < suspects.all().size(); ++i) {
    const Suspect& suspect = suspects.all()[i];
    auto table =
        std::find_if(tables.begin(), tables.end(), [&](const BlameTable& one) { return one.kind == suspect.kind; });
    if (table == tables.end()) table = tables.insert(tables.end(), BlameTable{.kind = suspect.kind});
    table->rows.push_back({.suspect = suspect, .on_path = on_path[i]});
  }
  std::stable_sort(tables.begin(), tables.end(),
                   [](const BlameTable& a, const BlameTable& b) { return a.kind < b.kind; });
  for (BlameTable& table : tables) {
    std::stable_sort(table.rows.begin(), table.rows.end(),
                     [](const Blame& a, const Blame& b) { return a.on_path > b.on_path; });
  }
  return tables;
}

// Causes are few, and all of them are asked about.
void leave_out(std::size_t most, BlameTable& table) {
  if (table.kind == SuspectKind::cause || table.rows.size() <= most) return;
  table.left_out = table.rows.size() - most;
  table.most_left_out = table.rows[most].on_path;
  table.rows.resize(most);
}

void simulate_rows(const Suspects& suspects, const Attribution& attribution, BlameTable& table, WhatIfs& what_ifs) {
  std::vector<WhatIf> runs;
  for (const Blame& blame : table.rows) {
    runs.push_back({.healed = suspects.healed(blame.suspect)});
    runs.push_back({.healed = suspects.alone(blame.suspect)});
  }
  const std::vector<Seconds> times = what_ifs.step_times(runs);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    table.rows[i].saved = attribution.time - times[2 * i];
    table.rows[i].alone = times[2 * i + 1] - attribution.ideal;
  }
  std::stable_sort(table.rows.begin(), table.rows.end(),
                   [](const Blame& a, const Blame& b) { return a.saved > b.saved; });
}

}  // namespace

Seconds BlameTable::saved_by_each() const {
  Seconds sum;
  for (const Blame& blame : rows) sum += blame.saved;
  return sum;
}

const BlameTable* Attribution::table(SuspectKind kind) const {
  for (const BlameTable& one : tables) {
    if (one.kind == kind) return &one;
  }
  return nullptr;
}

Attribution attribute(const sim::Scenario& scenario, const AttributionPlan& plan) {
  const Suspects suspects(scenario);
  WhatIfs what_ifs(scenario, plan.at_once);
  const auto begin = std::chrono::steady_clock::now();
  const BaseRun base = watch_base_run(scenario, suspects);
  const std::chrono::duration<double> base_took = std::chrono::steady_clock::now() - begin;
  Attribution attribution{.time = base.step_time, .ideal = base.step_time};
  if (!suspects.all().empty()) attribution.ideal = what_ifs.step_time({.healed = suspects.all_healed()});
  attribution.tables = tables_of(suspects, base.on_path);
  for (const sim::Job& job : scenario.jobs()) attribution.seatings.push_back(seating_of(job));
  std::size_t runs = base.recorded->types.size();
  for (BlameTable& table : attribution.tables) {
    leave_out(plan.most_of_a_kind, table);
    runs += 2 * table.rows.size();
  }
  if (plan.say) plan.say(runs, Seconds(base_took.count()));
  for (BlameTable& table : attribution.tables) simulate_rows(suspects, attribution, table, what_ifs);
  attribution.straggling =
      straggling_of(base.recorded, {.seatings = attribution.seatings, .most_workers = plan.most_of_a_kind}, what_ifs);
  attribution.simulations = what_ifs.simulated() + 1;
  return attribution;
}

}  // namespace lockstep::studies
