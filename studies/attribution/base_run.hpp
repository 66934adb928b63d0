#pragma once

#include <memory>

#include "studies/attribution/suspects.hpp"
#include "studies/attribution/what_ifs.hpp"

namespace lockstep::studies {

// The run as it is, watched.
struct BaseRun {
  Seconds step_time;
  std::vector<Seconds> on_path;  // of each suspect, in a mean step
  std::shared_ptr<const RecordedWork> recorded;
};

// In a process of its own.
BaseRun watch_base_run(const sim::Scenario& scenario, const Suspects& suspects);

}  // namespace lockstep::studies
