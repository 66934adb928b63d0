#include "cli/run_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "cli/output.hpp"
#include "cli/patience_note.hpp"
#include "cli/run_facts.hpp"
#include "cli/scenario_source.hpp"
#include "cli/table.hpp"
#include "cli/training_report.hpp"
#include "sim/run_scenario.hpp"
#include "sim/traces/chrome_trace.hpp"
#include "workloads/step_program/json_lines.hpp"

namespace lockstep::cli {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

void print_lines(const Lines& lines, std::ostream& out) {
  for (const auto& [name, value] : lines) out << fmt::format("  {:<22}{}\n", name, value);
}

void print_links(const Json& network, std::ostream& out) {
  if (network["links"].empty()) return;
  out << "\n";
  Table table({{"busiest links"}, {"carried", Align::right}, {"utilization", Align::right}});
  for (const Json& link : network["links"]) {
    table.add_row({link["name"].get<std::string>(), to_text(Bytes(link["bytes"].get<double>())),
                   fmt::format("{:.1f} %", 100 * link["utilization"].get<double>())});
  }
  table.print(out, 2);
}

std::string time_text(const sim::Scenario& scenario, const sim::Timeline& timeline) {
  const std::uint64_t steps = scenario.simulated_steps();
  if (steps == 1) return to_text(timeline.end);
  return fmt::format("{} a step, {} for {} steps", to_text(timeline.end / static_cast<double>(steps)),
                     to_text(timeline.end), steps);
}

std::string text_of(const sim::Scenario& scenario, const sim::ScenarioRun& run, const Json& results,
                    const DrawingStyle& style) {
  const sim::Timeline& timeline = run.timeline;
  std::ostringstream out;
  const Json& engine = results["engine"];
  out << (scenario.name().empty() ? "scenario" : scenario.name()) << "\n";
  Lines lines = {{"fleet", scenario.fleet().name() + ", " + counted(scenario.fleet().device_count(), "device")},
                 {"engine", fmt::format("{}, fidelity {}", engine["network"].get<std::string>(),
                                        engine["fidelity"].get<std::string>())},
                 {"time", time_text(scenario, timeline)},
                 {"events", std::to_string(timeline.events)}};
  print_lines(lines, out);
  const auto workloads = scenario.workloads();
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    const sim::JobTimeline& job = timeline.jobs[i];
    if (workloads.size() > 1) {
      out << fmt::format("\nworkload {}: {} to {}\n", i, to_text(job.start), to_text(job.end));
    }
    print_lines(workloads[i]->summary(job), out);
    print_training(workloads.size() > 1 ? results["workloads"][i] : results, style, out);
  }
  print_links(results["network"], out);
  if (run.campaign) {
    out << "\n";
    print_lines(sim::summary_of(*run.campaign), out);
  }
  return out.str();
}

std::string program_text(const sim::Scenario& scenario) {
  const std::vector<sim::Job> jobs = scenario.jobs();
  if (jobs.size() != 1) {
    throw InputError({.where = "--program",
                      .problem = "the scenario has " + std::to_string(jobs.size()) + " workloads, a program file one"});
  }
  std::ostringstream text;
  workloads::write_program(*jobs.front().program, text);
  return text.str();
}

sim::TraceOptions trace_options(const RunRequest& request) {
  sim::TraceOptions options;
  for (const std::uint32_t rank : request.trace_ranks) options.ranks.emplace_back(rank);
  return options;
}

RunAnswer list_scenarios() {
  Json names = Json::array();
  for (const EmbeddedText& scenario : bundled_scenarios()) names.push_back(scenario.file_stem);
  return {.text = list_of_scenarios(), .json = json_text({{"scenarios", std::move(names)}}), .warnings = {}};
}

[[noreturn]] void refuse_without_scenario() {
  throw InputError({.where = "run",
                    .problem = "no scenario is named",
                    .suggestion = "name one, as in lockstep run ring_all_reduce; lockstep run alone lists them"});
}

void check_traced_ranks(const RunRequest& request, const sim::Scenario& scenario) {
  if (request.trace_ranks.empty()) return;
  if (request.trace.empty()) {
    throw InputError({.where = "--trace-ranks",
                      .problem = "there is no trace to show these ranks in",
                      .suggestion = "say where it goes: --trace FILE"});
  }
  std::size_t ranks = 0;
  for (const sim::Job& job : scenario.jobs()) ranks = std::max(ranks, job.placement.size());
  for (const std::uint32_t rank : request.trace_ranks) {
    if (rank < ranks) continue;
    throw InputError({.where = "--trace-ranks",
                      .problem = "there is no rank " + std::to_string(rank),
                      .suggestion = "ranks are numbered from 0 to " + std::to_string(ranks - 1)});
  }
}

// What takes long, and comes to nothing in the end, is worth knowing before.
sim::ScenarioRun patiently_run(const sim::Scenario& scenario, sim::Observer* observer, const Saying& say) {
  if (!say) return sim::run_whole(scenario, observer);
  const bool has_messages = scenario.fidelity() == workloads::Fidelity::message;
  std::string advice = has_messages ? "; collectives as flows have fewer events: --set engine.fidelity=flow" : "";
  for (const std::string& refusal : scenario.refusals()) advice += "; and the answer will be no: " + refusal;
  const PatienceNote note(say, std::move(advice));
  return sim::run_whole(scenario, observer);
}

}  // namespace

RunAnswer answer_run(const RunRequest& request, const DrawingStyle& style, const Catalog& catalog, const Saying& say) {
  if (request.scenario.empty()) {
    const bool asks_for_more = !request.settings.empty() || !request.trace.empty() || !request.program.empty();
    if (request.names_scenario || asks_for_more) refuse_without_scenario();
    return list_scenarios();
  }
  const RunFacts facts;
  const sim::Scenario scenario = load_scenario(request.scenario, request.settings, catalog);
  check_traced_ranks(request, scenario);
  std::vector<std::pair<std::string, std::string>> files;
  if (!request.program.empty()) files.emplace_back(request.program, program_text(scenario));
  std::optional<sim::ChromeTrace> trace;
  if (!request.trace.empty()) trace.emplace(scenario.fleet(), scenario.jobs(), trace_options(request));
  const sim::ScenarioRun run = patiently_run(scenario, trace ? &*trace : nullptr, say);
  if (trace) {
    std::ostringstream text;
    trace->write(text);
    files.emplace_back(request.trace, text.str());
  }
  const Json results = sim::results_of(scenario, run);
  std::vector<std::string> refusals = scenario.refusals();
  for (std::string& refusal : run.refusals()) refusals.push_back(std::move(refusal));
  return {.text = text_of(scenario, run, results, style),
          .json = json_text(facts.added_to(results)),
          .warnings = scenario.warnings(),
          .refusals = std::move(refusals),
          .files = std::move(files)};
}

}  // namespace lockstep::cli
