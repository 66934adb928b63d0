#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/catalog.hpp"
#include "base/error.hpp"
#include "cli/catalog_command.hpp"
#include "cli/check_command.hpp"
#include "cli/fleet_command.hpp"
#include "cli/interruption.hpp"
#include "cli/option_values.hpp"
#include "cli/output.hpp"
#include "cli/output_paths.hpp"
#include "cli/run_command.hpp"
#include "cli/schedule_command.hpp"
#include "cli/solve_command.hpp"
#include "cli/study_command.hpp"

namespace lockstep::cli {
namespace {

// The exit codes of the public surface.
enum ExitCode : int { ok = 0, answer_is_no = 1, bad_input = 2, own_fault = 3, interrupted = 130 };

struct CommonOptions {
  std::string json;                   // where results go as JSON; "-" is standard output
  std::vector<std::string> catalogs;  // of the user
  bool quiet = false;
};

void add_common_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--json", options.json, "write the result as JSON to FILE ('-': to standard output, alone)")
      ->type_name("FILE");
  command.add_option("--catalog", options.catalogs, "add a catalog of your own: a JSON file, or a directory of them")
      ->type_name("FILE|DIR");
  command.add_flag("--quiet,-q", options.quiet, "print results and errors only");
}

// Appends, so that other options may add settings too.
void add_settings(CLI::App& command, std::vector<std::string>& settings, const std::string& description) {
  command
      .add_option_function<std::vector<std::string>>(
          "--set",
          [&settings](const std::vector<std::string>& stated) {
            settings.insert(settings.end(), stated.begin(), stated.end());
          },
          description)
      ->allow_extra_args(false)
      ->type_name("FIELD=VALUE");
}

Catalog open_catalog(const CommonOptions& options) {
  Catalog catalog = Catalog::bundled();
  for (const std::string& path : options.catalogs) catalog.add(path);
  return catalog;
}

// Standard output carries the text, or the JSON alone when that is where it was asked for.
void print_result(const CommonOptions& options, const std::string& text, const std::string& json) {
  if (!options.json.empty()) write_output(options.json, json);
  if (options.json != "-") write_output("-", text);
}

using Files = std::vector<std::pair<std::string, std::string>>;  // paths and contents

// As print_result(); a file that goes to standard output has it alone.
void print_answer(const CommonOptions& options, const Files& files, const std::string& text, const std::string& json) {
  bool writes_to_stdout = false;
  for (const auto& [path, content] : files) {
    write_output(path, content);
    writes_to_stdout = writes_to_stdout || path == "-";
  }
  if (!options.json.empty()) write_output(options.json, json);
  if (!writes_to_stdout && options.json != "-") write_output("-", text);
}

void print_warnings(const CommonOptions& options, const std::vector<std::string>& warnings) {
  if (options.quiet) return;
  for (const std::string& warning : warnings) std::cerr << "warning: " << warning << '\n';
}

// As wide as the terminal, and in colour unless NO_COLOR (no-color.org) is set; plain where it is none.
DrawingStyle style_of_output() {
  DrawingStyle style;
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0) return style;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.width = size.ws_col;
  const char* no_colour = std::getenv("NO_COLOR");
  style.colours = no_colour == nullptr || *no_colour == '\0';
  return style;
}

// What the exit code says of an answer that is there in full.
int exit_code_of(const std::vector<std::string>& refusals) {
  for (const std::string& refusal : refusals) std::cerr << "error: " << refusal << '\n';
  return refusals.empty() ? ok : answer_is_no;
}

void add_fleet_command(CLI::App& program, CommonOptions& common, FleetRequest& request, int& exit_code) {
  CLI::App* command = program.add_subcommand("fleet", "describe, route, import and export a fleet");
  command->add_option("FLEET", request.fleet,
                      "a file of any format, inline JSON, '-' for standard input, or a cluster of the catalog; "
                      "without it: the list of topologies and formats");
  command->add_flag("--metrics", request.metrics, "also the costly figures: busiest links, oversubscription");
  command->add_option("--route", request.route, "the links from vertex A to vertex B (names, or device numbers)")
      ->expected(2)
      ->type_name("A B");
  command->add_option("--flow", request.flow, "the flow label of the route, where flows are spread (default 0)")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--export", request.export_to, "write the fleet to FILE ('-': standard output)")
      ->expected(2)
      ->type_name("FORMAT FILE");
  command->add_option("--format", request.format, "the format of the file (default: by its looks)");
  command->add_option("--default-link", request.default_link,
                      "what links get whose file states no speed: \"100 Gbit/s\" or \"100 Gbit/s, 1 us\"");
  add_settings(*command, request.settings, "change a field of the description: path.to.field=value (repeatable)");
  add_common_options(*command, common);
  command->callback([&] {
    const bool two_on_stdout = common.json == "-" && request.export_to.size() == 2 && request.export_to[1] == "-";
    if (two_on_stdout) {
      throw InputError({.where = "--export",
                        .problem = "standard output cannot take both the exported file and the JSON",
                        .suggestion = "write one of them to a file"});
    }
    request.describe = !common.json.empty() || request.export_to.empty();
    const FleetAnswer answer = answer_fleet(request, open_catalog(common));
    print_warnings(common, answer.warnings);
    if (answer.file) write_output(answer.file->first, answer.file->second);
    if (!answer.text.empty()) print_result(common, answer.text, answer.json);
    exit_code = ok;
  });
}

void add_catalog_command(CLI::App& program, CommonOptions& common, CatalogQuery& query, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("catalog", "list devices, nodes, fabrics, clusters, models, … and sources");
  command->add_option("KIND", query.kind, "what to list; without it: the kinds");
  command->add_option("NAME", query.name, "one entry, with the source of each figure");
  add_common_options(*command, common);
  command->callback([&] {
    const Catalog catalog = open_catalog(common);
    std::ostringstream text;
    print_catalog(catalog, query, text);
    print_result(common, text.str(), json_text(catalog_json(catalog, query)));
    exit_code = ok;
  });
}

void add_seed(CLI::App& command, std::vector<std::string>& settings) {
  command
      .add_option_function<std::string>(
          "--seed", [&settings](const std::string& seed) { settings.push_back("run.seed=" + checked_seed(seed)); },
          "the seed of all random draws")
      ->type_name("NUMBER");
}

// What replicas need beside the common options.
void add_replica_options(CLI::App& command, RunRequest& request) {
  command
      .add_option_function<std::string>(
          "--replicas", [&](const std::string& count) { request.settings.push_back("run.replicas=" + count); },
          "run it so many times, with other draws each time")
      ->type_name("NUMBER");
  command
      .add_option_function<std::string>(
          "--jobs,-j", [&](const std::string& jobs) { request.jobs = checked_jobs(jobs); },
          "replicas at once (default: as many as processors); changes no result")
      ->type_name("NUMBER");
  command.add_option("--csv", request.csv, "write the headlines to FILE, one row a replica")->type_name("FILE");
}

// Rewrites the line that the cursor is in.
void show_status(const std::string& text) {
  std::cerr << "\r\x1b[K" << text << std::flush;
}

Voice voice_of(const CommonOptions& options) {
  if (options.quiet) return {};
  return {.note = [](const std::string& note) { std::cerr << "note: " + note + "\n"; },
          .status = ::isatty(STDERR_FILENO) != 0 ? Saying(show_status) : Saying()};
}

void add_run_command(CLI::App& program, CommonOptions& common, RunRequest& request, int& exit_code) {
  CLI::App* command = program.add_subcommand("run", "simulate a scenario");
  const CLI::Option* scenario =
      command->add_option("SCENARIO", request.scenario,
                          "a file, '-' for standard input, inline JSON, or a bundled scenario; without it: their list");
  add_settings(*command, request.settings, "change a field of the scenario: path.to.field=value (repeatable)");
  add_seed(*command, request.settings);
  command->add_option("--trace", request.trace, "write a Chrome trace to FILE, for ui.perfetto.dev")->type_name("FILE");
  command->add_option("--trace-ranks", request.trace_ranks, "trace these ranks only: 0,1,7")->delimiter(',');
  command->add_option("--program", request.program, "write the step program to FILE, one operation a line")
      ->type_name("FILE");
  command->add_flag("--ladder", request.ladder,
                    "run it at each fidelity (closed form, flow, message), and compare time, error and events");
  add_replica_options(*command, request);
  add_common_options(*command, common);
  command->callback([&, scenario] {
    request.names_scenario = scenario->count() > 0;
    require_apart(std::vector<OutputPath>{{"--json", common.json},
                                          {"--trace", request.trace},
                                          {"--program", request.program},
                                          {"--csv", request.csv}},
                  request.scenario);
    const RunAnswer answer = answer_run(request, style_of_output(), open_catalog(common), voice_of(common));
    print_warnings(common, answer.warnings);
    print_answer(common, answer.files, answer.text, answer.json);
    exit_code = exit_code_of(answer.refusals);
    if (answer.is_interrupted) exit_code = interrupted;
  });
}

void add_check_command(CLI::App& program, CommonOptions& common, CheckRequest& request, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("check", "simulate scenarios beside the closed forms, and price broken assumptions");
  command->add_option("SCENARIO", request.scenarios, "files, '-', inline JSON, or bundled scenarios")->required();
  add_settings(*command, request.settings, "change a field of each scenario: path.to.field=value (repeatable)");
  add_common_options(*command, common);
  command->add_flag("--all-prices", request.all_prices,
                    "price the assumptions of training steps whose simulation is long, too");
  command->callback([&] {
    const CheckAnswer answer = answer_check(request, open_catalog(common));
    print_warnings(common, answer.warnings);
    print_result(common, answer.text, answer.json);
    exit_code = exit_code_of(answer.refusals);
    if (!answer.agrees) exit_code = answer_is_no;
  });
}

void add_schedule_command(CLI::App& program, CommonOptions& common, ScheduleRequest& request, int& exit_code) {
  CLI::App* command = program.add_subcommand("schedule", "draw, check, compare and convert pipeline schedules");
  command->add_option("SCHEDULE", request.schedule,
                      "a schedule by name, or a file (PyTorch's CSV, or JSON); without it: the names");
  command->add_option("--compare", request.compare, "a table of several schedules instead: 1f1b,zb_h1,zb_v")
      ->type_name("NAMES");
  // The fields of a pipeline that are asked for most, by their own names.
  for (const std::string_view name : schedule_options) {
    const std::string field(name);
    std::string option = "--" + field;
    std::replace(option.begin(), option.end(), '_', '-');
    command->add_option_function<std::string>(
        option, [&request, field](const std::string& value) { request.fields[field] = value; },
        "the pipeline's \"" + field + "\"");
  }
  add_settings(*command, request.settings, "any other field of a pipeline: stage_scale=[1,1,1.5,1] (repeatable)");
  command->add_flag("--check", request.check, "say what was checked instead of drawing");
  command->add_flag("--legacy-notation", request.legacy_notation, "read B as the input gradient, BW as the backward");
  command->add_option("--csv", request.csv, "write the schedule as PyTorch's CSV to FILE")->type_name("FILE");
  command->add_option("--schedule-json", request.schedule_json, "write the schedule as JSON to FILE, to be read again")
      ->type_name("FILE");
  command->add_option("--svg", request.svg, "write the drawing as a picture to FILE")->type_name("FILE");
  command->add_option("--trace", request.trace, "write a Chrome trace to FILE; a fixed transfer time shows as waiting")
      ->type_name("FILE");
  add_common_options(*command, common);
  command->callback([&] {
    require_apart(
        std::vector<OutputPath>{
            {"--json", common.json}, {"--csv", request.csv}, {"--svg", request.svg}, {"--trace", request.trace}},
        request.schedule);
    const ScheduleAnswer answer = answer_schedule(request, style_of_output());
    print_answer(common, answer.files, answer.text, answer.json);
    exit_code = ok;
  });
}

void add_solve_command(CLI::App& program, CommonOptions& common, SolveRequest& request, int& exit_code) {
  CLI::App* command = program.add_subcommand("solve", "evaluate one analytical solver, without simulating");
  command->add_option("SOLVER", request.solver, "which one; without it: their list");
  command->add_option("SCENARIO", request.scenario,
                      "a file, '-' for standard input, inline JSON with the solver's inputs, or a bundled scenario; "
                      "without it: what the solver takes and gives");
  add_settings(*command, request.settings, "change a field of the scenario: path.to.field=value (repeatable)");
  add_common_options(*command, common);
  command->callback([&] {
    const SolveAnswer answer = answer_solve(request, open_catalog(common));
    print_warnings(common, answer.warnings);
    print_result(common, answer.text, answer.json);
    exit_code = ok;
  });
}

void add_study_command(CLI::App& program, CommonOptions& common, StudyRequest& request, int& exit_code) {
  CLI::App* command = program.add_subcommand("study", "answer a question by many simulations of a scenario");
  command->add_option("NAME", request.study, "which study; without it: their list");
  command->add_option("SCENARIO", request.scenario,
                      "a file, '-' for standard input, inline JSON, or a bundled scenario");
  add_settings(*command, request.settings, "change a field of the scenario: path.to.field=value (repeatable)");
  add_seed(*command, request.settings);
  command
      ->add_option("--svg", request.svg,
                   "attribution, checkpoint: write the heat map, or the curve, as a picture to FILE")
      ->type_name("FILE");
  command->add_option("--top", request.top, "how many suspects of each kind are simulated (default 16)")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--fractions", request.fractions, "straggler: shares of slow devices: 0.01,0.05")->delimiter(',');
  command->add_option("--factors", request.factors, "straggler: how many times as slow they are: 1.5,2")
      ->delimiter(',');
  command->add_option("--replicas", request.replicas, "how often each point is run, with other draws")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--report", request.report, "straggler: write it as a page to FILE.html")->type_name("FILE");
  command
      ->add_option_function<std::string>(
          "--jobs,-j", [&request](const std::string& jobs) { request.jobs = checked_jobs(jobs); },
          "how many simulations run at once (default: one a processor)")
      ->type_name("NUMBER");
  add_common_options(*command, common);
  command->callback([&] {
    require_apart(
        std::vector<OutputPath>{{"--json", common.json}, {"--svg", request.svg}, {"--report", request.report}},
        request.scenario);
    if (!common.quiet) request.say = [](const std::string& note) { std::cerr << "note: " + note + "\n"; };
    const StudyAnswer answer = answer_study(request, style_of_output(), open_catalog(common));
    print_warnings(common, answer.warnings);
    print_answer(common, answer.files, answer.text, answer.json);
    exit_code = ok;
  });
}

// Options of the program itself are left to the parser.
void check_command_name(const CLI::App& program, const std::string& name) {
  if (name.starts_with("-")) return;
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands(nullptr)) names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  throw InputError({.problem = "there is no command '" + excerpt(name) + "'",
                    .suggestion = suggest_name(name, names) + "; see lockstep --help"});
}

int run(int argc, char** argv) {
  CLI::App program("lockstep: simulate distributed training steps event by event, and check the formulas", "lockstep");
  program.set_version_flag("--version", std::string("lockstep ") + LOCKSTEP_VERSION);
  program.require_subcommand(1);
  CommonOptions common;
  FleetRequest fleet;
  CatalogQuery catalog;
  RunRequest simulation;
  simulation.jobs = std::max(1U, std::thread::hardware_concurrency());
  CheckRequest check;
  SolveRequest solving;
  ScheduleRequest schedule;
  StudyRequest study{.jobs = std::max(1U, std::thread::hardware_concurrency())};
  int exit_code = ok;
  add_run_command(program, common, simulation, exit_code);
  add_check_command(program, common, check, exit_code);
  add_solve_command(program, common, solving, exit_code);
  add_schedule_command(program, common, schedule, exit_code);
  add_study_command(program, common, study, exit_code);
  add_fleet_command(program, common, fleet, exit_code);
  add_catalog_command(program, common, catalog, exit_code);
  if (argc == 1) {
    std::cout << program.help();
    return ok;
  }
  check_command_name(program, argv[1]);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help and --version
    return program.exit(asked);
  } catch (const CLI::ParseError& error) {
    std::cerr << "error: " << error.what() << "; see lockstep --help\n";
    return bad_input;
  }
  return exit_code;
}

}  // namespace
}  // namespace lockstep::cli

int main(int argc, char** argv) {
  using namespace lockstep;
  try {
    return cli::run(argc, argv);
  } catch (const InputError& error) {
    std::cerr << "error: " << error.what() << '\n';
    return cli::bad_input;
  } catch (const SimulationError& error) {
    std::cerr << "error: " << error.what() << '\n';
    return cli::answer_is_no;
  } catch (const cli::Interrupted& error) {
    std::cerr << "error: " << error.what() << '\n';
    return cli::interrupted;
  } catch (const std::bad_alloc&) {
    std::cerr << "error: this does not fit into the memory of this machine; describe something smaller\n";
    return cli::bad_input;
  } catch (const std::exception& error) {
    std::cerr << "error: this is a fault of lockstep, not of your input: " << error.what() << '\n';
    return cli::own_fault;
  }
}
