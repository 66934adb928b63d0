#include "cli/run_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "cli/interruption.hpp"
#include "cli/ladder_run.hpp"
#include "cli/output.hpp"
#include "cli/patience_note.hpp"
#include "cli/replica_progress.hpp"
#include "cli/replica_report.hpp"
#include "cli/run_facts.hpp"
#include "cli/scenario_source.hpp"
#include "cli/table.hpp"
#include "cli/training_report.hpp"
#include "sim/run_scenario.hpp"
#include "sim/traces/chrome_trace.hpp"
#include "studies/replica_results.hpp"
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

void print_title(const sim::Scenario& scenario, std::ostream& out) {
  const Json& engine = scenario.as_run()["engine"];
  out << (scenario.name().empty() ? "scenario" : scenario.name()) << "\n";
  print_lines({{"fleet", scenario.fleet().name() + ", " + counted(scenario.fleet().device_count(), "device")},
               {"engine", fmt::format("{}, fidelity {}", engine["network"].get<std::string>(),
                                      engine["fidelity"].get<std::string>())}},
              out);
}

std::string time_text(const sim::Scenario& scenario, const sim::Timeline& timeline) {
  const std::uint64_t steps = scenario.simulated_steps();
  if (steps == 1) return to_text(timeline.end);
  std::string text = fmt::format("{} a step, {} for {} steps", to_text(timeline.end / static_cast<double>(steps)),
                                 to_text(timeline.end), steps);
  const sim::JobTimeline& job = timeline.jobs.front();
  if (job.repeated > 0) text += fmt::format(", all alike from step {} on", job.simulated_steps());
  return text;
}

// Where it was folded, or would have been worth it.
Lines folding_lines(const sim::Scenario& scenario, const sim::Timeline& timeline) {
  constexpr std::uint64_t many_events = 1'000'000;
  const sim::FoldReport& folding = timeline.folding;
  if (!folding.obstacle) {
    return {{"folding", fmt::format("{} of {}, {} simulated", counted(folding.actors, "rank"),
                                    counted(folding.classes, "kind"), counted(timeline.simulated, "event"))}};
  }
  if (!scenario.engine().fold || timeline.simulated < many_events) return {};
  return {{"folding", "none: " + *folding.obstacle}};
}

std::string text_of(const sim::Scenario& scenario, const sim::ScenarioRun& run, const Json& results,
                    const DrawingStyle& style) {
  const sim::Timeline& timeline = run.timeline;
  std::ostringstream out;
  print_title(scenario, out);
  if (run.campaign) {
    print_lines(sim::summary_of(*run.campaign), out);
    out << "\nits first step\n";
  }
  print_lines({{"time", time_text(scenario, timeline)}, {"events", std::to_string(timeline.events)}}, out);
  print_lines(folding_lines(scenario, timeline), out);
  const auto workloads = scenario.workloads();
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    const sim::JobTimeline& job = timeline.jobs[i];
    if (workloads.size() > 1) {
      out << fmt::format("\nworkload {}: {} to {}\n", i, to_text(job.start), to_text(job.end));
    }
    print_lines(run.mitigated ? run.mitigated->workload->summary(run.mitigated->told()) : workloads[i]->summary(job),
                out);
    if (run.mitigated) print_lines(sim::summary_of(scenario, *run.mitigated), out);
    print_training(workloads.size() > 1 ? results["workloads"][i] : results, style, out);
  }
  print_links(results["network"], out);
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

// A ladder is of several runs.
void refuse_files_of_one_run(const RunRequest& request) {
  for (const auto& [option, path] : {std::pair("--trace", request.trace), std::pair("--program", request.program),
                                     std::pair("--csv", request.csv)}) {
    if (path.empty()) continue;
    throw InputError({.where = option,
                      .problem = "this is written of one run, and --ladder makes several",
                      .suggestion = "leave one of the two out"});
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

// What has to be known of a run beside what was asked.
struct Ground {
  const RunRequest& request;
  const sim::Scenario& scenario;
  const RunFacts facts = {};
};

sim::ScenarioRun run_once(const Ground& ground, const Voice& voice, RunAnswer& answer) {
  const auto& [request, scenario, facts] = ground;
  if (request.trace.empty()) return patiently_run(scenario, nullptr, voice.note);
  sim::ChromeTrace trace(scenario.fleet(), scenario.jobs(), trace_options(request));
  sim::ScenarioRun run = patiently_run(scenario, &trace, voice.note);
  std::ostringstream text;
  trace.write(text);
  answer.files.emplace_back(request.trace, text.str());
  return run;
}

void answer_once(const Ground& ground, const DrawingStyle& style, const Voice& voice, RunAnswer& answer) {
  const sim::ScenarioRun run = run_once(ground, voice, answer);
  const Json results = sim::results_of(ground.scenario, run);
  for (std::string& refusal : run.refusals()) answer.refusals.push_back(std::move(refusal));
  answer.text = text_of(ground.scenario, run, results, style);
  answer.json = json_text(ground.facts.added_to(results));
  if (!ground.request.csv.empty()) answer.files.emplace_back(ground.request.csv, studies::csv_of(results));
}

studies::ReplicaRuns run_replicas(const Ground& ground, const studies::ScenarioText& text, const Voice& voice) {
  const Interruption interruption;
  ReplicaProgressNotes notes(voice);
  studies::ReplicaPlan plan = studies::plan_of(ground.scenario, ground.request.jobs);
  plan.goes_on = [&](const studies::ReplicaProgress& progress) {
    notes.tell(progress);
    return !interruption.is_asked();
  };
  return studies::run_replicas(text, plan);
}

void append_failures(std::span<const studies::FailedReplica> failed, std::vector<std::string>& refusals) {
  constexpr std::size_t most_listed = 10;
  for (const auto& [replica, error] : failed.first(std::min(failed.size(), most_listed))) {
    refusals.push_back("replica " + std::to_string(replica) + ": " + error);
  }
  if (failed.size() > most_listed) refusals.push_back("and " + counted(failed.size() - most_listed, "more replica"));
}

void answer_replicas(const Ground& ground, const studies::ScenarioText& text, const Voice& voice, RunAnswer& answer) {
  const studies::ReplicaRuns runs = run_replicas(ground, text, voice);
  if (runs.rows.empty()) throw Interrupted("interrupted before a replica was finished");
  answer.is_interrupted = runs.is_interrupted;
  std::ostringstream out;
  print_title(ground.scenario, out);
  print_replicas(ground.scenario, runs, out);
  answer.text = out.str();
  answer.json = json_text(ground.facts.added_to(studies::results_of(runs)));
  for (std::string& warning : studies::warnings_of(runs)) answer.warnings.push_back(std::move(warning));
  append_failures(runs.failed, answer.refusals);
  append_failures(runs.refused, answer.refusals);
  if (!ground.request.csv.empty()) answer.files.emplace_back(ground.request.csv, studies::csv_of(runs));
  // This process has not simulated yet, and may do so once: it shows the first replica.
  if (!ground.request.trace.empty() && !runs.is_interrupted) run_once(ground, voice, answer);
}

}  // namespace

RunAnswer answer_run(const RunRequest& request, const DrawingStyle& style, const Catalog& catalog, const Voice& voice) {
  if (request.scenario.empty()) {
    const bool asks_for_more = !request.settings.empty() || !request.trace.empty() || !request.program.empty() ||
                               !request.csv.empty() || request.ladder;
    if (request.names_scenario || asks_for_more) refuse_without_scenario();
    return list_scenarios();
  }
  const ScenarioDocument document = load_document(request.scenario, request.settings);
  const sim::ScenarioSource source{.catalog = catalog, .file = document.file, .directory = document.directory};
  const sim::Scenario scenario = sim::read_scenario(*document.json, source);
  const Ground ground{.request = request, .scenario = scenario};
  if (request.ladder) refuse_files_of_one_run(request);
  check_traced_ranks(request, scenario);
  if (!request.trace.empty()) refuse_mitigations(scenario, "--trace");
  RunAnswer answer{.warnings = scenario.warnings(), .refusals = scenario.refusals()};
  if (!request.program.empty()) answer.files.emplace_back(request.program, program_text(scenario));
  if (request.ladder) {
    answer_ladder({.document = *document.json, .source = source}, scenario, voice.note, answer);
  } else if (scenario.run().replicas > 1) {
    answer_replicas(ground, {.document = *document.json, .source = source}, voice, answer);
  } else {
    answer_once(ground, style, voice, answer);
  }
  return answer;
}

}  // namespace lockstep::cli
