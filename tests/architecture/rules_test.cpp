#include "tests/architecture/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep::architecture {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What the rules say about a file with this text, one line each.
std::string complaints(const std::string& path, const std::string& text) {
  std::string all;
  for (const Violation& violation : check(SourceFile(path, text))) all += violation.text() + "\n";
  return all;
}

TEST(IncludeRules, LetEachFloorIncludeItselfAndThoseBelow) {
  EXPECT_THAT(complaints("sim/engine.cpp", "#include \"sim/engine.hpp\"\n#include \"topology/fleet.hpp\"\n"),
              IsEmpty());
  EXPECT_THAT(complaints("topology/fleet.cpp", "#include <vector>\n#include \"base/error.hpp\"\n"), IsEmpty());
}

TEST(IncludeRules, FindAnIncludeThatClimbsAFloor) {
  EXPECT_EQ(complaints("topology/fleet.cpp", "\n#include \"sim/engine.hpp\"\n"),
            "topology/fleet.cpp:2: \"sim/engine.hpp\" lies above: 'topology' may include only lower floors\n");
  EXPECT_THAT(complaints("base/error.cpp", "  #  include \"cli/main.hpp\"\n"), HasSubstr("base/error.cpp:1:"));
}

TEST(IncludeRules, FindALibraryOutsideItsFolder) {
  EXPECT_THAT(complaints("sim/engine.cpp", "#include <simgrid/s4u.hpp>\n"),
              HasSubstr("SimGrid is not for this folder"));
  EXPECT_THAT(complaints("sim/engines/simgrid/engine.cpp", "#include <simgrid/s4u.hpp>\n"), IsEmpty());
  EXPECT_THAT(complaints("workloads/schedule.cpp", "#include <boost/graph/dijkstra_shortest_paths.hpp>\n"),
              HasSubstr("Boost.Graph is not for this folder"));
  EXPECT_THAT(complaints("topology/fleet.cpp", "#include <fmt/format.h>\n"), HasSubstr("fmt is not for this folder"));
}

TEST(IncludeRules, FindALibraryThatTheTableDoesNotKnow) {
  EXPECT_THAT(complaints("base/error.cpp", "#include <absl/strings/str_cat.h>\n"), HasSubstr("belongs to no library"));
  EXPECT_THAT(complaints("base/error.cpp", "#include <boost/spirit/home/x3.hpp>\n"),
              HasSubstr("belongs to no library"));
}

TEST(IncludeRules, AskForPathsFromTheRoot) {
  EXPECT_THAT(complaints("topology/fleet.cpp", "#include \"fleet.hpp\"\n"), HasSubstr("not a path from the root"));
}

TEST(IncludeRules, LetBenchmarksTimeWhatTheyWantBesideTheFloors) {
  EXPECT_THAT(complaints("bench/sim/ring_bench.cpp", "#include \"bench/sim/ring.hpp\"\n#include <simgrid/s4u.hpp>\n"),
              IsEmpty());
  EXPECT_THAT(complaints("sim/engine.cpp", "#include \"bench/sim/ring.hpp\"\n"), HasSubstr("not a path"));
}

TEST(IncludeRules, KeepHeavyHeadersOutOfHeaders) {
  EXPECT_THAT(complaints("base/fields.hpp", "#pragma once\n#include <nlohmann/json.hpp>\n"),
              HasSubstr("base/fields.hpp:2: only source files may include the heavy nlohmann/json.hpp"));
  EXPECT_THAT(complaints("base/fields.hpp", "#pragma once\n#include <nlohmann/json_fwd.hpp>\n"), IsEmpty());
  EXPECT_THAT(complaints("base/fields.cpp", "#include <nlohmann/json.hpp>\n"), IsEmpty());
}

TEST(IncludeRules, KeepTheGraphInsideTopology) {
  const std::string text = "#include \"topology/fleet_graph.hpp\"\n";
  EXPECT_THAT(complaints("topology/metrics.cpp", text), IsEmpty());
  EXPECT_THAT(complaints("sim/engine.cpp", text), HasSubstr("is for topology/ alone"));
  EXPECT_THAT(complaints("topology/metrics.hpp", "#pragma once\n" + text), HasSubstr("heavy"));
}

TEST(IncludeRules, LeaveTestsFree) {
  EXPECT_THAT(complaints("tests/base/a_test.cpp", "#include <simgrid/s4u.hpp>\n#include \"helper.hpp\"\n"), IsEmpty());
}

TEST(StyleRules, AskHeadersForPragmaOnce) {
  EXPECT_THAT(complaints("base/error.hpp", "#include <string>\n"), HasSubstr("base/error.hpp:1: a header begins with"));
  EXPECT_THAT(complaints("base/error.cpp", "#include <string>\n"), IsEmpty());
}

TEST(StyleRules, FindAnOpenedNamespaceInAHeader) {
  EXPECT_THAT(complaints("base/a.hpp", "#pragma once\nusing namespace std;\n"), HasSubstr("base/a.hpp:2:"));
  EXPECT_THAT(complaints("tests/a.hpp", "#pragma once\n  using namespace std;\n"), HasSubstr("tests/a.hpp:2:"));
  EXPECT_THAT(complaints("base/a.cpp", "using namespace literals;\n"), IsEmpty());
}

TEST(StyleRules, FindPrintingBelowTheProgram) {
  EXPECT_THAT(complaints("topology/a.cpp", "void f() { std::cout << 1; }\n"), HasSubstr("topology/a.cpp:1:"));
  EXPECT_THAT(complaints("sim/a.cpp", "void f() { std::exit(1); }\n"), HasSubstr("only cli/ may print"));
  EXPECT_THAT(complaints("sim/a.cpp", "// exit(1) is for cli/\nstd::snprintf(b, n, f);\non_exit(1);\n"), IsEmpty());
  EXPECT_THAT(complaints("cli/a.cpp", "void f() { std::cout << 1; }\n"), IsEmpty());
}

TEST(StyleRules, FindMacros) {
  EXPECT_THAT(complaints("base/a.cpp", "#define TWICE(x) (2 * (x))\n"), HasSubstr("no macros"));
  EXPECT_THAT(complaints("base/contract.hpp", "#pragma once\n#define LOCKSTEP_ENSURE(x)\n"), IsEmpty());
}

TEST(StyleRules, FindFilesThatGrewTooLong) {
  const std::string line = "int x;\n";
  std::string text;
  for (int i = 0; i < 600; ++i) text += line;
  EXPECT_THAT(complaints("base/a.cpp", text), IsEmpty());
  EXPECT_THAT(complaints("base/a.cpp", text + line), HasSubstr("base/a.cpp:601: the file is longer than 600 lines"));
}

TEST(LinkRules, FindATargetThatLiesAbove) {
  EXPECT_EQ(complaints("base/CMakeLists.txt", "lockstep_add_library(base\n  SOURCES a.cpp\n  LINKS topology)\n"),
            "base/CMakeLists.txt:3: links 'topology', which lies above\n");
  EXPECT_THAT(complaints("sim/CMakeLists.txt", "lockstep_add_library(sim SOURCES a.cpp LINKS workloads base)\n"),
              IsEmpty());
}

TEST(LinkRules, FindALibraryOutsideItsFolder) {
  EXPECT_THAT(complaints("topology/CMakeLists.txt", "target_link_libraries(topology PRIVATE fmt::fmt)\n"),
              HasSubstr("'fmt::fmt', which is not for this folder"));
  EXPECT_THAT(complaints("topology/CMakeLists.txt", "lockstep_add_library(topology PRIVATE_LINKS absl::strings)\n"),
              HasSubstr("'absl::strings', which is in no table"));
  EXPECT_THAT(complaints("sim/CMakeLists.txt", "lockstep_add_library(sim PRIVATE_LINKS PkgConfig::simgrid)\n"),
              IsEmpty());
}

}  // namespace
}  // namespace lockstep::architecture
