#include "cli/table.hpp"

#include <gtest/gtest.h>

namespace lockstep::cli {
namespace {

std::string printed(const Table& table, std::size_t indent = 0) {
  std::ostringstream out;
  table.print(out, indent);
  return out.str();
}

TEST(Table, AlignsNamesLeftAndNumbersRight) {
  Table table({{"name"}, {"value", Align::right}, {"unit"}});
  table.add_row({"bandwidth", "50", "GB/s"});
  table.add_row({"latency", "2000", "ns"});
  EXPECT_EQ(printed(table),
            "name       value  unit\n"
            "---------  -----  ----\n"
            "bandwidth     50  GB/s\n"
            "latency     2000  ns\n");
}

TEST(Table, LeavesNoSpaceAtTheEndOfALine) {
  Table table({{"a"}, {"wide title", Align::right}, {""}});
  table.add_row({"long cell"});
  table.add_row({"", "1", ""});
  EXPECT_EQ(printed(table),
            "a          wide title\n"
            "---------  ----------\n"
            "long cell\n"
            "                    1\n");
}

TEST(Table, AlignsByWhatIsSeenNotByBytes) {
  Table table({{"time"}, {"n", Align::right}});
  table.add_row({"µs", "∞"});
  table.add_row({"\u8a08", "10"});
  EXPECT_EQ(printed(table),
            "time   n\n"
            "----  --\n"
            "µs     ∞\n"
            "\u8a08    10\n");
}

TEST(Table, StaysInItsLineWhateverACellHolds) {
  Table table({{"ti\ntle"}, {"b"}});
  table.add_row({"x\ny", "\x1b[2J"});
  EXPECT_EQ(printed(table),
            "ti tle  b\n"
            "------  ----\n"
            "x y      [2J\n");
}

TEST(Table, OmitsTheHeadWithoutTitles) {
  Table table({{""}, {"", Align::right}});
  table.add_row({"a", "1"});
  table.add_row({"bb", "22"});
  EXPECT_EQ(printed(table), "a    1\nbb  22\n");
}

TEST(Table, IndentsEveryLine) {
  Table table({{"a"}});
  table.add_row({"1"});
  EXPECT_EQ(printed(table, 2), "  a\n  -\n  1\n");
}

TEST(Table, ShowsItsTitlesWhenItHasNoRows) {
  const Table table({{"a"}, {"b"}});
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(printed(table), "a  b\n-  -\n");
}

}  // namespace
}  // namespace lockstep::cli
