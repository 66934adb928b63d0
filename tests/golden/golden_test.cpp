#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/json_setting.hpp"
#include "base/text_file.hpp"
#include "sim/run_scenario.hpp"

// Did anything change? Each bundled scenario has a file of the same name beside this one, with the results that are
// expected of it: any part of what `lockstep run --json` writes. To add one, add both files. Scenarios that take
// seconds are made smaller by "set", a list of what `--set` would say.
namespace lockstep::sim {
namespace {

namespace fs = std::filesystem;
const fs::path scenarios = LOCKSTEP_SCENARIOS;
const fs::path expectations = LOCKSTEP_GOLDEN;

// Every value that is expected is there; numbers to the last digits that rounding may touch.
void expect_within(const Json& expected, const Json& actual, const std::string& path) {
  if (expected.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      ASSERT_TRUE(actual.contains(key)) << path << " has no " << key;
      expect_within(value, actual[key], std::string(path).append(".").append(key));
    }
  } else if (expected.is_array()) {
    ASSERT_EQ(expected.size(), actual.size()) << path;
    for (std::size_t i = 0; i < expected.size(); ++i) expect_within(expected[i], actual[i], path + "[]");
  } else if (expected.is_number_float()) {
    const double wanted = expected.get<double>();
    EXPECT_NEAR(actual.get<double>(), wanted, 1e-12 * std::abs(wanted)) << path;
  } else {
    EXPECT_EQ(expected, actual) << path;
  }
}

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(scenarios)) {
    if (entry.path().extension() == ".json") found.push_back(entry.path().stem().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

class Golden : public testing::TestWithParam<std::string> {};

Json scenario_document(const std::string& name) {
  const std::string file = scenarios / (name + ".json");
  return parse_json(read_text_file(file), file);
}

Scenario read(const Json& document, const std::string& name) {
  static const Catalog catalog = Catalog::bundled();
  return read_scenario(document, {.catalog = catalog, .file = name, .directory = scenarios.string()});
}

TEST_P(Golden, ScenarioGivesWhatItGave) {
  const fs::path expectation = expectations / (GetParam() + ".json");
  ASSERT_TRUE(fs::exists(expectation)) << "write down what is expected of " << GetParam();
  Json expected = parse_json(read_text_file(expectation.string()), expectation.string());
  Json document = scenario_document(GetParam());
  for (const Json& setting : expected.value("set", Json::array())) {
    apply_setting(document, setting.get<std::string>());
  }
  expected.erase("set");
  ASSERT_FALSE(expected.empty());
  const Scenario scenario = read(document, GetParam());
  expect_within(expected, results_of(scenario, run_whole(scenario)), GetParam());
}

// In its own size too, whatever `ScenarioGivesWhatItGave` makes of it.
TEST_P(Golden, ScenarioIsLegalAndFits) {
  const Scenario scenario = read(scenario_document(GetParam()), GetParam());
  for (const auto& workload : scenario.workloads()) EXPECT_EQ(workload->refusal(), std::nullopt);
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Scenarios, Golden, testing::ValuesIn(names()), name_of);

TEST(GoldenFiles, EachHasItsScenario) {
  for (const auto& entry : fs::directory_iterator(expectations)) {
    if (entry.path().extension() != ".json") continue;
    EXPECT_TRUE(fs::exists(scenarios / entry.path().filename())) << entry.path();
  }
}

}  // namespace
}  // namespace lockstep::sim
