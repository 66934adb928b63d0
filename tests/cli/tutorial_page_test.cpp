#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/program.hpp"

// The figures in the tables of docs/tutorial.md are those that the program gives today.
namespace lockstep::testing {
namespace {

using Json = nlohmann::json;
using Settings = std::vector<std::string>;

// One cell, and how to come by its figure.
struct Figure {
  std::size_t column;
  std::vector<std::string> command;  // "run", or "solve" and the solver
  std::string scenario;
  Settings settings;
  std::string place;  // of the figure in the answer
};

struct Row {
  std::string name;
  std::string section;  // its heading begins so
  std::string start;    // of the line
  std::vector<Figure> figures;
  friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.section << ": " << row.start; }
};

std::vector<std::string> cells_of(const Row& row) {
  std::ifstream page(LOCKSTEP_SOURCE_DIR "/docs/tutorial.md");
  std::string line;
  while (std::getline(page, line) && !line.starts_with("## " + row.section)) continue;
  while (std::getline(page, line) && !line.starts_with("| " + row.start + " |")) continue;
  std::vector<std::string> cells;
  std::istringstream rest(line.substr(std::min<std::size_t>(line.size(), 1)));
  for (std::string cell; std::getline(rest, cell, '|');) cells.push_back(cell.substr(1, cell.size() - 2));
  return cells;
}

// "42.5 %" to the digits that it shows.
void expect_shown(double value, const std::string& cell) {
  const std::string number = cell.substr(0, cell.find(' '));
  const std::size_t point = number.find('.');
  const auto digits = point == std::string::npos ? 0 : static_cast<int>(number.size() - point - 1);
  const double shown = cell.ends_with("%") ? 100 * value : value;
  EXPECT_NEAR(shown, std::stod(number), 0.5001 * std::pow(10, -digits)) << cell;
}

class TutorialPage : public ::testing::TestWithParam<Row> {};

TEST_P(TutorialPage, ShowsWhatTheProgramSays) {
  const std::vector<std::string> cells = cells_of(GetParam());
  std::map<std::vector<std::string>, Json> answers;
  for (const Figure& figure : GetParam().figures) {
    ASSERT_LT(figure.column, cells.size()) << "the page has no such row";
    std::vector<std::string> arguments = figure.command;
    arguments.insert(arguments.end(), {figure.scenario, "--json", "-"});
    for (const std::string& setting : figure.settings) arguments.insert(arguments.end(), {"--set", setting});
    if (!answers.contains(arguments)) {
      const ProgramRun done = run_program(arguments);
      ASSERT_EQ(done.exit_code, 0) << done.err;
      answers[arguments] = Json::parse(done.out);
    }
    expect_shown(answers[arguments].at(Json::json_pointer(figure.place)).get<double>(), cells[figure.column]);
  }
}

Settings plan(int tensor, int pipeline, int microbatch, int sequences = 256) {
  return {"workload.parallel.tensor=" + std::to_string(tensor),
          "workload.parallel.pipeline=" + std::to_string(pipeline),
          "workload.parallel.data=" + std::to_string(256 / tensor / pipeline),
          "workload.microbatch=" + std::to_string(microbatch),
          "workload.global_batch=" + std::to_string(sequences),
          "engine.memory=report"};
}

Settings joined(Settings settings, const Settings& more) {
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

const std::vector<std::string> run = {"run"};
const std::vector<std::string> mlsysim = {"solve", "distributed"};

Row fabric(const std::string& name, const std::string& start, const std::string& entry) {
  const Settings on = {"fleet.fabric=" + entry};
  return {name,
          "The fabric",
          start,
          {{2, mlsysim, "tutorial_data_parallel", on, "/outputs/dp_comm_s"},
           {3, mlsysim, "tutorial_data_parallel", on, "/outputs/scaling_efficiency"},
           {4, run, "tutorial_data_parallel", on, "/time_s"},
           {5, run, "tutorial_data_parallel", on, "/scaling_efficiency"},
           {6, run, "tutorial_data_parallel", joined(on, {"workload.collectives.gradients=ring"}), "/time_s"},
           {7, run, "tutorial_3d", on, "/time_s"}}};
}

Row bubble(int stages, int microbatches) {
  const std::string start = std::to_string(stages) + " | " + std::to_string(microbatches);
  const Settings undivided = joined(plan(1, stages, 1), {"solve.microbatch_count=" + std::to_string(microbatches)});
  return {"stages_" + std::to_string(stages) + "_microbatches_" + std::to_string(microbatches),
          "The bubble",
          start,
          {{2, mlsysim, "tutorial_3d", undivided, "/outputs/bubble_fraction"},
           {3, run, "tutorial_3d", plan(8, stages, 1, microbatches * 32 / stages), "/pipeline/bubble_fraction"},
           {4, mlsysim, "tutorial_3d", undivided, "/outputs/bubble_s"}}};
}

Row best(const std::string& name, const std::string& start, const Settings& of_events, int closed_form_microbatches) {
  const Settings closed = joined(of_events, {"solve.microbatch_count=" + std::to_string(closed_form_microbatches)});
  return {name,
          "The best plan",
          start,
          {{1, mlsysim, "tutorial_3d", closed, "/outputs/scaling_efficiency"},
           {2, mlsysim, "tutorial_3d", closed, "/outputs/step_s"},
           {3, mlsysim, "tutorial_3d", closed, "/outputs/effective_throughput_per_s"},
           {4, run, "tutorial_3d", of_events, "/time_s"},
           {5, run, "tutorial_3d", of_events, "/throughput/sequences_per_s"},
           {6, run, "tutorial_3d", of_events, "/mfu"}}};
}

Row lever(int microbatches) {
  const std::string pipeline =
      R"({"workload": {"kind": "pipeline", "schedule": "1f1b", "stages": 8, "microbatches": )" +
      std::to_string(microbatches) + R"(, "forward": "10 ms", "backward": "20 ms"}})";
  const Settings model = plan(8, 8, 1, 4 * microbatches);
  return {"lever_" + std::to_string(microbatches),
          "Exercise 3",
          std::to_string(microbatches),
          {{2, run, pipeline, {}, "/bubble_fraction"},
           {3, run, "tutorial_3d", model, "/pipeline/bubble_fraction"},
           {4, run, "tutorial_3d", joined(model, {"workload.parallel.sequence_parallel=true"}),
            "/pipeline/bubble_fraction"}}};
}

Row scaling(int nodes) {
  Row row{"nodes_" + std::to_string(nodes), "When adding devices", std::to_string(nodes), {}};
  for (const auto& [column, fabric] : {std::pair{1, "Ethernet_10G"}, std::pair{3, "Ethernet_400G"}}) {
    row.figures.push_back(
        {static_cast<std::size_t>(column),
         run,
         "gpt2-small-8xa100",
         {"fleet.nodes=" + std::to_string(nodes), "fleet.fabric=" + std::string(fabric),
          "workload.parallel.data=" + std::to_string(8 * nodes), "workload.global_batch=768", "engine.fidelity=flow"},
         "/time_s"});
  }
  return row;
}

Row part(const std::string& name, const std::string& start, const std::string& of_mlsysim, const std::string& corrected,
         const std::string& of_events) {
  Row row{name, "What events correct", start, {{3, run, "tutorial_3d", {}, of_events}}};
  if (!of_mlsysim.empty()) row.figures.push_back({1, mlsysim, "tutorial_3d", {}, "/outputs/" + of_mlsysim});
  if (!corrected.empty()) {
    row.figures.push_back({2, {"solve", "first_order"}, "tutorial_3d", {}, "/outputs/" + corrected});
  }
  return row;
}

INSTANTIATE_TEST_SUITE_P(
    Tables, TutorialPage,
    ::testing::Values(
        fabric("ethernet", "Ethernet 100G", "Ethernet_100G"), fabric("hdr", "InfiniBand HDR", "InfiniBand_HDR"),
        fabric("ndr", "InfiniBand NDR", "InfiniBand_NDR"), bubble(2, 1), bubble(2, 4), bubble(4, 1), bubble(4, 4),
        bubble(4, 16), bubble(8, 1), bubble(8, 4), bubble(8, 16), best("data", "data 256", plan(1, 1, 1), 1),
        best("tensor", "tensor 2, data 128", plan(2, 1, 1), 1),
        best("pipeline", "pipeline 4, data 64, M = 16 (events: 4)", plan(1, 4, 1), 16),
        best("both", "tensor 2, pipeline 4, data 32, M = 16 (events: 8)", plan(2, 4, 1), 16),
        best("winner", "tensor 8, pipeline 4, data 8, M = 16", plan(8, 4, 2), 16), lever(8), lever(16), scaling(1),
        scaling(2), scaling(4), scaling(8),
        part("compute", "compute", "node_latency_s", "parts_s/compute", "/breakdown_s/compute"),
        part("tensor_parts", "tensor parallelism", "tp_comm_s", "parts_s/tensor", "/breakdown_s/exposed_tensor"),
        part("bubble", "bubble", "bubble_s", "parts_s/bubble", "/breakdown_s/bubble"),
        part("straggling", "waiting for slower ranks", "", "", "/breakdown_s/straggling"),
        part("transfers", "transfers between stages", "", "parts_s/transfers", "/breakdown_s/exposed_pipeline"),
        part("gradients", "gradients", "dp_comm_s", "parts_s/gradients", "/breakdown_s/exposed_gradients"),
        part("optimizer", "optimizer", "", "", "/breakdown_s/optimizer"),
        part("step", "step", "step_s", "step_s", "/time_s")),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace lockstep::testing
