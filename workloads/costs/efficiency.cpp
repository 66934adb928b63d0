#include "workloads/costs/efficiency.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text_file.hpp"
#include "base/unit_text.hpp"

namespace lockstep::workloads {
namespace {

// The default of mlsysim's closed forms (catalog/calibration.json, default_efficiency).
constexpr double usual_efficiency = 0.5;

double checked(double efficiency, const std::string& where) {
  if (efficiency > 0 && efficiency <= 1) return efficiency;
  throw InputError(
      {.where = where, .problem = "an efficiency is above 0 and at most 1, not " + shortest_text(efficiency)});
}

// A number, or [["1 GFLOP", 0.3], ["1 TFLOP", 0.6]].
std::vector<EfficiencyPoint> read_points(const Json& value, const std::string& where) {
  if (value.is_number()) return {{.size = Flops(1), .efficiency = checked(value.get<double>(), where)}};
  if (!value.is_array() || value.empty()) {
    wrong_kind(value, where, "a number or a list of sizes with numbers",
               R"(write [["1 GFLOP", 0.3], ["1 TFLOP", 0.6]])");
  }
  std::vector<EfficiencyPoint> points;
  for (const Json& pair : value) {
    if (!pair.is_array() || pair.size() != 2) wrong_kind(pair, where, "a size and a number");
    points.push_back(
        {.size = read_value<Flops>(pair[0], where), .efficiency = checked(read_value<double>(pair[1], where), where)});
    if (!(points.back().size > Flops(0)) || (points.size() > 1 && points.back().size <= points.rbegin()[1].size)) {
      throw InputError({.where = where, .problem = "sizes must be above 0 and increase"});
    }
  }
  return points;
}

Json points_as_json(const std::vector<EfficiencyPoint>& points) {
  if (points.size() == 1) return Json(points[0].efficiency);
  Json json = Json::array();
  for (const EfficiencyPoint& point : points) json.push_back({to_exact_text(point.size), point.efficiency});
  return json;
}

}  // namespace

EfficiencyModel EfficiencyModel::flat(double efficiency, const std::string& where) {
  EfficiencyModel model;
  model.points_.fill({{.size = Flops(1), .efficiency = checked(efficiency, where)}});
  return model;
}

double EfficiencyModel::efficiency(OperatorKind kind, Flops size) const {
  const std::vector<EfficiencyPoint>& points = points_.at(static_cast<std::size_t>(kind));
  const auto above = std::find_if(points.begin(), points.end(), [&](const auto& point) { return point.size >= size; });
  if (above == points.begin()) return points.front().efficiency;
  if (above == points.end()) return points.back().efficiency;
  const EfficiencyPoint& below = *(above - 1);
  const double share = std::log(size / below.size) / std::log(above->size / below.size);
  return below.efficiency + share * (above->efficiency - below.efficiency);
}

Json EfficiencyModel::as_json() const {
  Json json;
  for (std::size_t kind = 0; kind < operator_kind_count; ++kind) {
    json["efficiency"][operator_kind_names()[kind]] = points_as_json(points_.at(kind));
  }
  const Json first = json["efficiency"].front();
  const bool same =
      std::all_of(json["efficiency"].begin(), json["efficiency"].end(), [&](const Json& one) { return one == first; });
  if (same) json["efficiency"] = first;
  json["memory_efficiency"] = memory_efficiency_;
  json["launch"] = to_exact_text(launch_);
  return json;
}

EfficiencyModel read_efficiency(const JsonFields& fields, const std::string& directory) {
  if (fields.has("calibration")) {
    const auto file = std::filesystem::path(directory) / fields.required<std::string>("calibration");
    if (fields.has("efficiency")) fields.fail("efficiency", "is stated here and in the calibration");
    const Json calibration = parse_json(read_text_file(file.string(), std::size_t{1} << 24), file.string());
    const JsonFields inner(calibration, file.string());
    if (inner.has("calibration")) inner.fail("calibration", "a calibration holds figures, not another calibration");
    EfficiencyModel model = read_efficiency(inner, file.parent_path().string());
    for (const char* described : {"name", "source", "notes"}) inner.raw(described);
    inner.reject_unknown();
    return model;
  }
  EfficiencyModel model = EfficiencyModel::flat(usual_efficiency);
  if (const Json* stated = fields.raw("efficiency"); stated != nullptr && stated->is_object()) {
    const JsonFields kinds = fields.object("efficiency");
    if (const Json* value = kinds.raw("default")) model.points_.fill(read_points(*value, kinds.where("default")));
    for (std::size_t kind = 0; kind < operator_kind_count; ++kind) {
      const std::string name = operator_kind_names()[kind];
      if (const Json* value = kinds.raw(name)) model.points_.at(kind) = read_points(*value, kinds.where(name));
    }
    kinds.reject_unknown();
  } else if (stated != nullptr) {
    model = EfficiencyModel::flat(fields.required<double>("efficiency"), fields.where("efficiency"));
  }
  model.memory_efficiency_ = checked(fields.value_or("memory_efficiency", 1.0), fields.where("memory_efficiency"));
  model.launch_ = fields.value_or<Seconds>("launch", Seconds(0));
  return model;
}

DeviceRates rates_of(const topology::DeviceModel& device, const std::string& where) {
  if (!device.compute || !(*device.compute > FlopRate(0))) {
    throw InputError({.where = where,
                      .problem = "a training step needs to know how fast its devices compute",
                      .suggestion = R"(give the fleet for example "device": "H100")"});
  }
  DeviceRates rates{.compute = *device.compute, .memory = device.memory_bandwidth};
  if (rates.memory && !(*rates.memory > Bandwidth(0))) rates.memory.reset();
  return rates;
}

Seconds duration_of(const OperatorWork& work, OperatorKind kind, const DeviceRates& rates,
                    const EfficiencyModel& efficiency) {
  Seconds taken(0);
  if (work.flops > Flops(0)) taken = work.flops / (efficiency.efficiency(kind, work.flops) * rates.compute);
  if (rates.memory) taken = std::max(taken, work.bytes / (efficiency.memory_efficiency() * *rates.memory));
  return taken > Seconds(0) ? taken + efficiency.launch() : taken;
}

PassTimes& PassTimes::operator+=(const PassTimes& other) {
  forward += other.forward;
  backward_input += other.backward_input;
  backward_weight += other.backward_weight;
  recompute += other.recompute;
  return *this;
}

PassTimes times_of(std::span<const Operator> operators, Recompute recompute, const DeviceRates& rates,
                   const EfficiencyModel& efficiency) {
  PassTimes sum;
  for (const Operator& one : operators) {
    const auto taken = [&](const OperatorWork& work) { return duration_of(work, one.kind, rates, efficiency); };
    const Seconds forward = taken(one.forward);
    sum += {
        .forward = forward, .backward_input = taken(one.backward_input), .backward_weight = taken(one.backward_weight)};
    const bool again =
        recompute == Recompute::full || (recompute == Recompute::selective && one.between_scores_and_values);
    if (again) sum.recompute += forward;
  }
  return sum;
}

}  // namespace lockstep::workloads
