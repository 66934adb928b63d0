#include "studies/summary_json.hpp"

#include <nlohmann/json.hpp>

namespace lockstep::studies {

Json mean_json(const Summary& summary) {
  Json json = {{"mean", summary.mean}};
  if (summary.ci95) {
    json["ci95_low"] = summary.ci95->low;
    json["ci95_high"] = summary.ci95->high;
  }
  return json;
}

}  // namespace lockstep::studies
