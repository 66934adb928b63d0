#include "studies/headlines.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

namespace lockstep::studies {
namespace {

// Figures, and objects all of whose figures are meant, those of objects in them too.
constexpr std::array table = {"time_s",
                              "steps.total_s",
                              "steps.stddev_s",
                              "steps.min_s",
                              "steps.max_s",
                              "algorithm_bandwidth_bytes_per_s",
                              "bus_bandwidth_bytes_per_s",
                              "bubble_fraction",
                              "pipeline.bubble_fraction",
                              "idle_s",
                              "throughput",
                              "mfu",
                              "hfu",
                              "model_flops_per_device_per_s",
                              "scaling_efficiency",
                              "breakdown_s",
                              "goodput",
                              "effective_training_time_ratio",
                              "updates_per_s",
                              "samples_per_s",
                              "mitigation",
                              "staleness.mean",
                              "staleness.max"};

Json::json_pointer pointer_to(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  return Json::json_pointer("/" + name);
}

void add(const Json& value, const std::string& name, std::vector<Headline>& headlines) {
  if (value.is_number()) headlines.push_back({name, value.get<double>()});
  if (!value.is_object()) return;
  for (const auto& [key, part] : value.items()) {
    // A name that a user gave may hold what ends the parts of a path; such a figure has no path.
    if (key.find_first_of("./~") != std::string::npos) continue;
    std::string path = name;
    path.append(".").append(key);
    add(part, path, headlines);
  }
}

void add_all(const Json& results, const std::string& prefix, std::vector<Headline>& headlines) {
  for (const char* name : table) {
    const auto pointer = pointer_to(name);
    if (results.contains(pointer)) add(results[pointer], prefix + name, headlines);
  }
}

}  // namespace

std::vector<Headline> headlines_of(const Json& results) {
  std::vector<Headline> headlines;
  // Of a campaign everything else is about its first step.
  if (results.contains("campaign")) {
    if (results.contains("time_s")) add(results["time_s"], "time_s", headlines);
    add(results["campaign"], "campaign", headlines);
    // How often a step was simulated depends on what other replicas had told by then.
    std::erase_if(headlines, [](const Headline& headline) { return headline.name == "campaign.simulated_steps"; });
    return headlines;
  }
  add_all(results, "", headlines);
  if (!results.contains("workloads")) return headlines;
  const Json& workloads = results["workloads"];
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    add_all(workloads[i], "workloads." + std::to_string(i) + ".", headlines);
  }
  return headlines;
}

void put(Json& json, const std::string& name, Json value) {
  json[pointer_to(name)] = std::move(value);
}

}  // namespace lockstep::studies
