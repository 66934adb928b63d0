#include "tests/sim/symmetry/folded_runs.hpp"

namespace lockstep::sim {
namespace {

Json star(int devices) {
  return {{"topology", "star"},
          {"devices", devices},
          {"link", {{"bandwidth", "50 GB/s"}, {"latency", "1 us"}}},
          {"device", {{"compute", "100 TFLOP/s"}}}};
}

Json collective(const std::string& operation, const std::string& algorithm) {
  return {{"kind", "collective"}, {"operation", operation}, {"algorithm", algorithm}, {"bytes", "64 MiB"}};
}

Json scenario(const Json& fleet, const Json& workload, const std::string& network) {
  return {{"fleet", fleet}, {"workload", workload}, {"engine", {{"network", network}}}};
}

class FoldingOn : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Networks, FoldingOn, testing::Values("fluid", "contention_free"));

TEST_P(FoldingOn, ARingOfEqualsIsOneRankThatSendsToItself) {
  EXPECT_EQ(classes_of(scenario(star(12), collective("all_reduce", "ring"), GetParam())), 1);
}

TEST_P(FoldingOn, AnAllToAllAmongEqualsIsOneRank) {
  EXPECT_EQ(classes_of(scenario(star(12), collective("all_to_all", "pairwise"), GetParam())), 1);
}

TEST_P(FoldingOn, ATreeKeepsItsLevels) {
  EXPECT_EQ(classes_of(scenario(star(8), collective("all_reduce", "tree"), GetParam())), 8);
}

TEST_P(FoldingOn, OneSlowLinkPartsARingByDistance) {
  Json document = scenario(star(12), collective("all_reduce", "ring"), GetParam());
  document["perturbations"] = {{{"kind", "slow_links"}, {"links", {"d3->s0"}}, {"factor", 2}}};
  EXPECT_EQ(classes_of(document), 12);
}

}  // namespace
}  // namespace lockstep::sim
