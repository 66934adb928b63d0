#pragma once

#include <string>
#include <vector>

#include "studies/replicas.hpp"
#include "studies/statistics.hpp"

// Replicas under the public names.
namespace lockstep::studies {

// Of each headline that any of the runs has.
struct HeadlineSummary {
  std::string name;
  Summary summary;
};
std::vector<HeadlineSummary> summaries_of(const ReplicaRuns& runs);

// The results of a scenario with replicas: headlines are means, everything else is that of the first replica, and
// "replicas" has the statistics. Requires a run that came to its end.
Json results_of(const ReplicaRuns& runs);

// A row for each replica, with its number and its headlines; empty cells where there are none.
std::string csv_of(const ReplicaRuns& runs);
// The same of a scenario that was run once.
std::string csv_of(const Json& results);

// What the user should know of them.
std::vector<std::string> warnings_of(const ReplicaRuns& runs);

}  // namespace lockstep::studies
