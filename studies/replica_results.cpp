#include "studies/replica_results.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/contract.hpp"
#include "base/unit_text.hpp"
#include "studies/headlines.hpp"

namespace lockstep::studies {
namespace {

Json as_json(const Summary& summary, std::size_t replicas) {
  Json json = {{"mean", summary.mean}, {"stddev", nullptr}, {"ci95_low", nullptr}, {"ci95_high", nullptr}};
  if (summary.stddev) json["stddev"] = *summary.stddev;
  if (summary.ci95) {
    json["ci95_low"] = summary.ci95->low;
    json["ci95_high"] = summary.ci95->high;
  }
  json.update(
      {{"p50", summary.p50}, {"p95", summary.p95}, {"p99", summary.p99}, {"min", summary.min}, {"max", summary.max}});
  if (summary.count < replicas) json["count"] = summary.count;
  return json;
}

Summary summary_of_runs(const ReplicaRuns& runs, const std::string& headline) {
  const Summary summary = summary_of(runs.sample(headline));
  return runs.is_random ? summary : known_for_sure(summary);
}

std::optional<double> precision_of(const ReplicaRuns& runs) {
  RunningMean judged;
  for (const double value : runs.sample(runs.judged)) judged.add(value);
  return runs.is_random ? judged.precision() : 0;
}

// How many there were, and why not more.
Json extent_of(const ReplicaRuns& runs) {
  Json json = {{"count", runs.rows.size()}, {"stated", runs.stated}};
  if (!runs.is_random) json["random"] = false;
  if (runs.is_interrupted) json["interrupted"] = true;
  if (runs.wanted_precision) {
    const auto achieved = precision_of(runs);
    json["precision"] = {{"wanted", *runs.wanted_precision},
                         {"achieved", achieved ? Json(*achieved) : Json()},
                         {"reached", runs.is_precise || !runs.is_random}};
  }
  for (const FailedReplica& failed : runs.failed) {
    json["failed"].push_back({{"replica", failed.replica}, {"error", failed.error}});
  }
  return json;
}

}  // namespace

std::vector<HeadlineSummary> summaries_of(const ReplicaRuns& runs) {
  std::vector<HeadlineSummary> summaries;
  for (const std::string& name : runs.headlines) {
    if (!runs.sample(name).empty()) summaries.push_back({name, summary_of_runs(runs, name)});
  }
  return summaries;
}

Json results_of(const ReplicaRuns& runs) {
  LOCKSTEP_REQUIRE(!runs.rows.empty());
  Json results = *runs.first;
  Json replicas = extent_of(runs);
  for (const auto& [name, summary] : summaries_of(runs)) {
    put(results, name, summary.mean);
    put(replicas, name, as_json(summary, runs.rows.size()));
  }
  results["replicas"] = std::move(replicas);
  return results;
}

std::string csv_of(const Json& results) {
  ReplicaRuns runs;
  ReplicaRuns::Row row;
  for (const auto& [name, value] : headlines_of(results)) {
    runs.headlines.push_back(name);
    row.values.emplace_back(value);
  }
  runs.rows.push_back(std::move(row));
  return csv_of(runs);
}

std::string csv_of(const ReplicaRuns& runs) {
  std::string csv = "replica";
  for (const std::string& name : runs.headlines) csv += "," + name;
  csv += "\n";
  for (const ReplicaRuns::Row& row : runs.rows) {
    csv += std::to_string(row.replica);
    for (std::size_t i = 0; i < runs.headlines.size(); ++i) {
      const bool is_there = i < row.values.size() && row.values[i];
      csv += is_there ? "," + shortest_text(*row.values[i]) : ",";
    }
    csv += "\n";
  }
  return csv;
}

std::vector<std::string> warnings_of(const ReplicaRuns& runs) {
  std::vector<std::string> warnings;
  if (!runs.is_random)
    warnings.emplace_back("nothing in this scenario is random: all replicas are the same, one was run");
  if (!runs.failed.empty()) {
    warnings.push_back("the statistics are of the " + counted(runs.rows.size(), "replica") +
                       " that came to an end, and leave out " + std::to_string(runs.failed.size()));
  }
  if (runs.is_interrupted) {
    warnings.push_back("interrupted: the first " + counted(runs.rows.size() + runs.failed.size(), "replica") + " of " +
                       std::to_string(runs.stated) + " are kept");
  }
  const bool falls_short = runs.is_random && runs.wanted_precision && !runs.is_precise && !runs.is_interrupted;
  if (falls_short) {
    warnings.push_back("the precision of " + shortest_text(100 * *runs.wanted_precision) + " % is not reached with " +
                       counted(runs.stated, "replica") + ": allow more");
  }
  return warnings;
}

}  // namespace lockstep::studies
