#include "bench/table_reporter.hpp"

#include <array>
#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "base/unit_text.hpp"

namespace lockstep::bench {
namespace {

using Run = benchmark::BenchmarkReporter::Run;
using Figures = std::map<std::string, double>;

using Cells = std::array<std::string, 6>;

std::string line_of(const Cells& cells) {
  std::ostringstream line;
  line << "| " << std::left << std::setw(46) << cells[0] << std::right;
  for (std::size_t column = 1; column < cells.size(); ++column) line << " | " << std::setw(9) << cells[column];
  line << " |";
  return line.str();
}

std::map<std::string, double> read_seconds(const std::filesystem::path& file) {
  std::map<std::string, double> seconds;
  std::ifstream stream(file);
  if (!stream) return seconds;
  const auto table = nlohmann::json::parse(stream);
  for (const auto& [name, figures] : table.items()) {
    seconds[name] = figures.at("seconds").get<double>();
  }
  return seconds;
}

// Without what says how it is timed.
std::string name_of(const Run& run) {
  const std::string& arguments = run.run_name.args;
  return run.run_name.function_name + (arguments.empty() ? "" : "/" + arguments);
}

Figures figures_of(const Run& run) {
  Figures figures = {{"seconds", run.GetAdjustedRealTime() / benchmark::GetTimeUnitMultiplier(run.time_unit)}};
  for (const auto& [name, counter] : run.counters) figures[name] = counter.value;
  return figures;
}

// A figure of three digits, in thousands, millions and so on where there are so many.
std::string rounded(double figure) {
  constexpr std::array<const char*, 4> thousands = {"", " k", " M", " G"};
  std::size_t power = 0;
  for (; figure >= 1000 && power + 1 < thousands.size(); ++power) figure /= 1000;
  std::ostringstream text;
  text << std::setprecision(3) << figure << thousands[power];
  return text.str();
}

// The first of these that the figures have.
std::string first_of(const Figures& figures, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto found = figures.find(name); found != figures.end()) return rounded(found->second);
  }
  return "";
}

}  // namespace

TableReporter::TableReporter(std::filesystem::path folder)
    : folder_(std::move(folder)), before_(read_seconds(folder_ / "before.json")) {}

void TableReporter::add_line(const std::string& line) {
  GetOutputStream() << line << std::endl;
  lines_ += line + "\n";
}

bool TableReporter::ReportContext(const Context&) {
  add_line(line_of({"benchmark", "time", "a second", "of bare", "of before", "peak MiB"}));
  add_line(line_of({"---", "--:", "--:", "--:", "--:", "--:"}));
  return true;
}

void TableReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    const std::string name = name_of(run);
    if (run.error_occurred) {
      add_line("| " + name + ": " + run.error_message + " |");
      continue;
    }
    const Figures& figures = figures_[name] = figures_of(run);
    const double seconds = figures.at("seconds");
    const auto before = before_.find(name);
    add_line(line_of({name, to_text(Seconds(seconds)), first_of(figures, {"events/s", "items_per_second"}),
                      first_of(figures, {"of_bare"}), before != before_.end() ? rounded(seconds / before->second) : "",
                      first_of(figures, {"peak_MiB"})}));
  }
}

void TableReporter::Finalize() {
  std::ofstream(folder_ / "table.md") << lines_;
  std::ofstream(folder_ / "table.json") << nlohmann::json(figures_).dump(2) << "\n";
}

}  // namespace lockstep::bench
