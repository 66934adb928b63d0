#include "workloads/costs/efficiency.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "tests/own_folder.hpp"

namespace lockstep::workloads {
namespace {

using namespace literals;

EfficiencyModel model_from(const std::string& text, const std::string& directory = ".") {
  const Json document = parse_json(text, "scenario.json");
  return read_efficiency(JsonFields(document, "scenario.json", "compute"), directory);
}

const DeviceRates device = {.compute = 100.0_TFLOP_per_s, .memory = 1000.0_GB_per_s};

TEST(Efficiency, OfANumberHoldsForEveryOperator) {
  const EfficiencyModel model = model_from(R"({"efficiency":0.4})");
  EXPECT_EQ(model.efficiency(OperatorKind::projection, Flops(1e3)), 0.4);
  EXPECT_EQ(model.efficiency(OperatorKind::attention, Flops(1e15)), 0.4);
  EXPECT_EQ(model_from("{}").efficiency(OperatorKind::head, Flops(1)), 0.5);
}

TEST(Efficiency, OfATableGrowsWithTheLogarithmOfTheSize) {
  const EfficiencyModel model =
      model_from(R"({"efficiency":{"default":0.3,"projection":[["1 GFLOP",0.2],["100 GFLOP",0.6]],"attention":0.25}})");
  EXPECT_EQ(model.efficiency(OperatorKind::projection, Flops(1e6)), 0.2);
  EXPECT_NEAR(model.efficiency(OperatorKind::projection, Flops(1e10)), 0.4, 1e-12);
  EXPECT_EQ(model.efficiency(OperatorKind::projection, Flops(1e12)), 0.6);
  EXPECT_EQ(model.efficiency(OperatorKind::attention, Flops(1e12)), 0.25);
  EXPECT_EQ(model.efficiency(OperatorKind::experts, Flops(1e12)), 0.3);
}

TEST(Efficiency, IsReadFromACalibrationFile) {
  const std::string directory = own_folder().string();
  own_file("calibration.json",
           R"({"source":"measured","efficiency":{"default":0.7},"memory_efficiency":0.8,"launch":"3 us"})");
  const EfficiencyModel model = model_from(R"({"calibration":"calibration.json"})", directory);
  EXPECT_EQ(model.efficiency(OperatorKind::projection, Flops(1e6)), 0.7);
  EXPECT_EQ(model.memory_efficiency(), 0.8);
  EXPECT_EQ(model.launch(), 3.0_us);
  own_file("loop.json", R"({"calibration":"loop.json"})");
  EXPECT_THROW(model_from(R"({"calibration":"loop.json"})", directory), InputError);
  EXPECT_THROW(model_from(R"({"calibration":"nowhere.json"})", directory), InputError);
}

TEST(Efficiency, WritesWhatItReadsBack) {
  for (const char* text : {R"({"efficiency":0.4})", R"({"efficiency":{"projection":[["1 GFLOP",0.2],["2 GFLOP",0.6]]},
    "memory_efficiency":0.9,"launch":"2 us"})"}) {
    const Json written = model_from(text).as_json();
    EXPECT_EQ(model_from(written.dump()).as_json(), written);
  }
}

TEST(Efficiency, IsAboveNothingAndAtMostAll) {
  for (const char* text :
       {R"({"efficiency":0})", R"({"efficiency":1.1})", R"({"efficiency":"fast"})",
        R"({"efficiency":{"projection":[["2 GFLOP",0.2],["1 GFLOP",0.6]]}})", R"({"efficiency":{"projection":[]}})",
        R"({"efficiency":{"gemm":0.5}})", R"({"memory_efficiency":-1})"}) {
    EXPECT_THROW(model_from(text), InputError) << text;
  }
}

TEST(Roofline, TakesTheLongerOfComputeAndMemory) {
  const EfficiencyModel model = EfficiencyModel::flat(0.5);
  const OperatorWork compute_bound{Flops(1e12), Bytes(1e6)};
  EXPECT_EQ(duration_of(compute_bound, OperatorKind::projection, device, model), 20.0_ms);
  const OperatorWork memory_bound{Flops(1e6), Bytes(1e9)};
  EXPECT_EQ(duration_of(memory_bound, OperatorKind::projection, device, model), 1.0_ms);
  EXPECT_EQ(duration_of({}, OperatorKind::projection, device, model), Seconds(0));
  EXPECT_EQ(duration_of(memory_bound, OperatorKind::norm, {.compute = 100.0_TFLOP_per_s}, model), 20.0_ns);
}

TEST(Roofline, AddsUpThePassesOfALayer) {
  const auto model = std::get<TransformerModel>(model_of(Catalog::bundled().find("model", "Llama3_8B")));
  const Execution execution{.sequence_length = 4096};
  const auto layer = layer_operators(model, LayerKind::dense, execution);
  const EfficiencyModel efficiency = EfficiencyModel::flat(1);
  const PassWork work = work_of(layer, Recompute::full);
  const PassTimes times = times_of(layer, Recompute::full, device, efficiency);
  EXPECT_GE(times.forward, work.forward.flops / device.compute);
  EXPECT_LE(times.forward, work.forward.flops / device.compute + work.forward.bytes / *device.memory);
  EXPECT_EQ(times.recompute, times.forward);
}

TEST(DeviceRates, MustBeKnown) {
  EXPECT_THROW(rates_of({.name = "d"}, "fleet.device"), InputError);
  EXPECT_FALSE(rates_of({.name = "d", .compute = 1.0_TFLOP_per_s}, "").memory);
}

}  // namespace
}  // namespace lockstep::workloads
