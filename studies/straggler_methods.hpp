#pragma once

#include <functional>
#include <string>
#include <vector>

#include "studies/replicas.hpp"

namespace lockstep::studies {

// The perturbation that a sweep adds.
inline constexpr const char* stragglers_name = "stragglers of the study";

// A scenario made out of another, so that the same job is run another way.
struct MethodVariant {
  std::string name;
  std::string meaning;
  // The scenario where that share of the devices is slow. Throws InputError where the job cannot be run like this.
  std::function<Json(const Json& document, double fraction)> document;
  // How many devices a straggler slows down here stand for in the job itself.
  double devices_each = 1;
};

// What a scenario can be run by, itself first. `devices` is how many there are.
std::vector<MethodVariant> methods_for(const ScenarioText& scenario, const sim::Scenario& read);

// The headline that tells how many samples a second a job of that kind gets through; empty for other kinds.
std::string samples_headline(const std::string& kind);

}  // namespace lockstep::studies
