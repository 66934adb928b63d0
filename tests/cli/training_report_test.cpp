#include "cli/training_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lockstep::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Json stage(double weights, double activations, const Json& usable) {
  return {{"weights_bytes", weights}, {"gradients_bytes", 0},
          {"optimizer_bytes", 0},     {"activations_bytes", activations},
          {"buffers_bytes", 0},       {"total_bytes", weights + activations},
          {"usable_bytes", usable}};
}

std::string report(const Json& results, const DrawingStyle& style = {}) {
  std::ostringstream out;
  print_training(results, style, out);
  return out.str();
}

std::string memory(std::initializer_list<Json> stages, const DrawingStyle& style = {}) {
  Json list = Json::array();
  for (const Json& one : stages) list.push_back(one);
  return report({{"memory", {{"per_stage", list}, {"usable_bytes", list.front()["usable_bytes"]}}}}, style);
}

TEST(TrainingReport, IsSilentAboutOtherWorkloads) {
  EXPECT_EQ(report({{"time_s", 1.0}}), "");
}

TEST(TrainingReport, DrawsMemoryUpToWhatCanBeUsed) {
  const std::string text = memory({stage(4e9, 4e9, 16e9), stage(8e9, 8e9, 16e9)}, {.width = 1});
  EXPECT_THAT(text, HasSubstr("50.0 %  WWWWWAAAAA.........|\n"));
  EXPECT_THAT(text, HasSubstr("100.0 %  WWWWWWWWWWAAAAAAAAA|\n"));
}

TEST(TrainingReport, MarksWhatIsBeyond) {
  const std::string text = memory({stage(4e9, 16e9, 10e9)}, {.width = 1});
  EXPECT_THAT(text, HasSubstr("200.0 %  WWWWAAAAAA|AAAAAAAAA\n"));
}

TEST(TrainingReport, DrawsMemoryWhoseLimitIsUnknown) {
  const std::string text = memory({stage(8e9, 8e9, {})}, {.width = 1});
  EXPECT_THAT(text, HasSubstr("unknown  WWWWWWWWWWAAAAAAAAA\n"));
}

TEST(TrainingReport, HasColoursOnTerminalsAlone) {
  EXPECT_THAT(memory({stage(8e9, 8e9, {})}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(memory({stage(8e9, 8e9, {})}, {.colours = true}), HasSubstr("\x1b["));
}

TEST(TrainingReport, SharesOutTheTime) {
  const std::string text =
      report({{"breakdown_s", {{"compute", 3.0}, {"exposed_tensor", 1.0}, {"exposed_norm", 1e-9}, {"bubble", 0.0}}}},
             {.width = 1});
  EXPECT_THAT(text, HasSubstr("compute                        3 s  75.0 %  ###############\n"));
  EXPECT_THAT(text, HasSubstr("exposed tensor                 1 s  25.0 %  #####\n"));
  EXPECT_THAT(text, HasSubstr("exposed norm                  1 ns   0.0 %\n"));
  EXPECT_THAT(text, Not(HasSubstr("bubble")));
}

}  // namespace
}  // namespace lockstep::cli
