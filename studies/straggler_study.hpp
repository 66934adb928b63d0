#pragma once

#include <string>
#include <vector>

#include "studies/replicas.hpp"
#include "studies/statistics.hpp"

// What slow devices cost, and what helps against them: the same scenario with ever more and ever slower stragglers,
// under every method that it may be run by.
namespace lockstep::studies {

struct StragglerSweep {
  std::vector<double> fractions = {0.01, 0.05, 0.1, 0.2};  // of the devices
  std::vector<double> factors = {1.1, 1.5, 2, 4};          // times as slow
  std::uint32_t replicas = 20;                             // each draws anew who is slow
  unsigned jobs = 1;                                       // processes at once
};

// A way to run the job.
struct StragglerMethod {
  std::string name;
  std::string meaning;       // one sentence
  Summary undisturbed = {};  // samples a second without stragglers
  std::string refusal = {};  // why it cannot be; empty where it can
};

struct StragglerCell {
  double fraction = 0;
  double factor = 1;
  std::uint32_t slow_devices = 0;
  std::vector<Summary> samples_per_s = {};  // of each method, those without a refusal
};

struct StragglerStudy {
  std::uint32_t devices = 0;
  std::vector<StragglerMethod> methods;  // the first is the scenario as it is
  std::vector<StragglerCell> cells;      // fraction by fraction, each with all factors
};

// Throws InputError for a scenario whose kind of workload has no samples a second. The process must not have simulated
// on `fluid` itself.
StragglerStudy study_stragglers(const ScenarioText& scenario, const StragglerSweep& sweep);

// The question that such studies are about, with its answer: for so many devices, each so many times as slow.
std::string answer_of(const StragglerStudy& study, const StragglerCell& cell);

Json as_json(const StragglerStudy& study);

}  // namespace lockstep::studies
