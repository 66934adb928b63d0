#pragma once

#include <benchmark/benchmark.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace lockstep::bench {

// Prints benchmarks as a table, one line after the other, and keeps it in a folder as table.md and table.json. Where
// the folder holds before.json, the table of an earlier commit, times are compared with those.
class TableReporter final : public benchmark::BenchmarkReporter {
 public:
  explicit TableReporter(std::filesystem::path folder);

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  void add_line(const std::string& line);

  std::filesystem::path folder_;
  std::map<std::string, double> before_;  // seconds by name
  std::map<std::string, std::map<std::string, double>> figures_;
  std::string lines_;
};

}  // namespace lockstep::bench
