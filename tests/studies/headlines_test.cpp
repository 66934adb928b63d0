#include "studies/headlines.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

namespace lockstep::studies {
namespace {

std::map<std::string, double> found_in(const Json& results) {
  std::map<std::string, double> found;
  for (const auto& [name, value] : headlines_of(results)) found[name] = value;
  return found;
}

TEST(Headlines, AreTheFiguresOfTheTableAndOfItsObjects) {
  const Json results = {{"time_s", 2.5},
                        {"events", 100},
                        {"throughput", {{"tokens_per_s", 4}, {"sequences_per_s", 0.5}}},
                        {"pipeline", {{"bubble_fraction", 0.25}, {"stages", {{{"busy_s", 1}}}}}},
                        {"mfu", nullptr},
                        {"network", {{"bytes_total", 1e9}}}};
  const std::map<std::string, double> expected = {{"time_s", 2.5},
                                                  {"throughput.tokens_per_s", 4},
                                                  {"throughput.sequences_per_s", 0.5},
                                                  {"pipeline.bubble_fraction", 0.25}};
  EXPECT_EQ(found_in(results), expected);
}

// Everything else is about its first step, and how many steps were simulated for it is of no account.
TEST(Headlines, OfACampaignAreItsOwn) {
  const Json results = {{"time_s", 2.5},
                        {"throughput", {{"tokens_per_s", 4}}},
                        {"campaign", {{"goodput", 0.9}, {"lost_s", {{"restart", 7}}}, {"simulated_steps", 2}}}};
  const std::map<std::string, double> expected = {
      {"time_s", 2.5}, {"campaign.goodput", 0.9}, {"campaign.lost_s.restart", 7}};
  EXPECT_EQ(found_in(results), expected);
}

TEST(Headlines, OfSeveralWorkloadsAreNamedAfterTheirNumbers) {
  const Json results = {{"time_s", 3}, {"workloads", {{{"time_s", 1}}, {{"time_s", 2}, {"kind", "pipeline"}}}}};
  const std::map<std::string, double> expected = {{"time_s", 3}, {"workloads.0.time_s", 1}, {"workloads.1.time_s", 2}};
  EXPECT_EQ(found_in(results), expected);
}

TEST(Headlines, StandWhereTheirNamesSay) {
  Json results = {{"time_s", 3}, {"throughput", {{"tokens_per_s", 4}}}, {"workloads", {{{"time_s", 1}}}}};
  for (const auto& [name, value] : headlines_of(results)) put(results, name, -value);
  EXPECT_EQ(results.dump(), R"({"time_s":-3.0,"throughput":{"tokens_per_s":-4.0},"workloads":[{"time_s":-1.0}]})");
  Json made;
  put(made, "workloads.0.time_s", 1);
  put(made, "workloads.1.mfu", 2);
  EXPECT_EQ(made.dump(), R"({"workloads":[{"time_s":1},{"mfu":2}]})");
}

// A cause that someone calls "a/b" must not end up in the middle of something else.
TEST(Headlines, LeaveOutWhatHasNoPath) {
  const Json results = {{"campaign", {{"causes", {{"a/b", 1}, {"c.d", 2}, {"e", 3}}}}}};
  EXPECT_EQ(found_in(results), (std::map<std::string, double>{{"campaign.causes.e", 3}}));
}

}  // namespace
}  // namespace lockstep::studies
