#include "topology/formats/simgrid/platform_numbers.hpp"

#include <gtest/gtest.h>

namespace lockstep::topology::simgrid {
namespace {

using Numbers = std::vector<std::uint32_t>;

TEST(PlatformNumbers, HaveSimGridsUnitsOfTime) {
  EXPECT_EQ(seconds_from("59.904us"), Seconds(59.904 * 1e-6));
  EXPECT_EQ(seconds_from("10ms"), Seconds(10 * 1e-3));
  EXPECT_EQ(seconds_from("1m"), Seconds(60));
  EXPECT_EQ(seconds_from("2w"), Seconds(14 * 86400));
  EXPECT_EQ(seconds_from("0.25"), Seconds(0.25));
  EXPECT_EQ(seconds_from("0"), Seconds(0));
}

TEST(PlatformNumbers, KeepBitsAndBytesAndPowersOfTwoApart) {
  EXPECT_EQ(bandwidth_from("125MBps"), Bandwidth(125e6));
  EXPECT_EQ(bandwidth_from("1Gbps"), Bandwidth(125e6));
  EXPECT_EQ(bandwidth_from("1KiBps"), Bandwidth(1024));
  EXPECT_EQ(bandwidth_from("8Kibps"), Bandwidth(1024));
  EXPECT_EQ(bandwidth_from("5e+10Bps"), Bandwidth(5e10));
  EXPECT_EQ(bandwidth_from("1e6"), Bandwidth(1e6));
}

TEST(PlatformNumbers, HaveShortAndLongUnitsOfSpeed) {
  EXPECT_EQ(flop_rate_from("98.095Mf"), FlopRate(98.095e6));
  EXPECT_EQ(flop_rate_from("1Ef"), FlopRate(1e18));
  EXPECT_EQ(flop_rate_from("2exaflops"), FlopRate(2e18));
  EXPECT_EQ(flop_rate_from("3 flops"), FlopRate(3));
  EXPECT_EQ(flop_rate_from("7"), FlopRate(7));
}

TEST(PlatformNumbers, AreNothingWhereTextIsNoNumberOrTheUnitIsUnknown) {
  for (const char* text : {"", "us", "1 parsec", "1e999s", "nan", "inf", "--1s", "1MBps", "0x10"}) {
    EXPECT_FALSE(seconds_from(text)) << text;
  }
  for (const char* text : {"", "Gbps", "1GB", "1mBps", "1e308GBps"}) EXPECT_FALSE(bandwidth_from(text)) << text;
  for (const char* text : {"", "Gf", "1Gif", "1gigaf"}) EXPECT_FALSE(flop_rate_from(text)) << text;
}

TEST(PlatformNumbers, CountWithoutSignOrUnit) {
  EXPECT_EQ(count_from("4"), 4u);
  EXPECT_EQ(count_from("0.0"), 0u);
  for (const char* text : {"", "-1", "4x", "1e3", "99999999999", "."}) EXPECT_FALSE(count_from(text)) << text;
}

TEST(Radical, ListsRangesInTheOrderOfTheText) {
  EXPECT_EQ(Radical::from("0-3,7, 5").value().first(100), (Numbers{0, 1, 2, 3, 7, 5}));
  EXPECT_EQ(Radical::from("0-3,7").value().first(2), (Numbers{0, 1}));
}

TEST(Radical, IsCountedWithoutBeingListed) {
  EXPECT_EQ(Radical::from("0-4294967295").value().size(), std::uint64_t{1} << 32);
}

TEST(Radical, IsNothingWhereARangeIsBroken) {
  for (const char* text : {"", "a", "1-", "-1", "1-2-3", "5-2", "0-9999999999", "1,,2"}) {
    EXPECT_FALSE(Radical::from(text)) << text;
  }
}

}  // namespace
}  // namespace lockstep::topology::simgrid
