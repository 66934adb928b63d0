#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/architecture/house.hpp"
#include "tests/architecture/rules.hpp"

namespace lockstep::architecture {
namespace {

const std::filesystem::path root = LOCKSTEP_ROOT;

TEST(Architecture, HoldsInEveryFile) {
  const std::vector<SourceFile> files = read_project(root);
  ASSERT_GT(files.size(), 20U) << "the sources are not where this test looks for them";
  for (const SourceFile& file : files) {
    for (const Violation& violation : check(file)) ADD_FAILURE() << violation.text();
  }
}

TEST(Architecture, ReadmeShowsTheFloorsThatExist) {
  std::string chain;
  for (const std::string_view floor : floors()) {
    if (!std::filesystem::exists(root / floor / "CMakeLists.txt")) continue;
    chain += (chain.empty() ? "" : " ─► ") + std::string(floor);
  }
  EXPECT_THAT(read_text(root / "README.md"), ::testing::HasSubstr(chain));
}

}  // namespace
}  // namespace lockstep::architecture
