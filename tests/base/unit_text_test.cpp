#include "base/unit_text.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.hpp"

namespace lockstep {
namespace {

double seconds(const std::string& text) {
  return parse_quantity<Seconds>(text).si();
}
double bytes(const std::string& text) {
  return parse_quantity<Bytes>(text).si();
}
double bandwidth(const std::string& text) {
  return parse_quantity<Bandwidth>(text).si();
}

template <class AnyQuantity>
std::string refusal(const std::string& text) {
  try {
    return "read as " + to_exact_text(parse_quantity<AnyQuantity>(text, "a.json: key"));
  } catch (const InputError& error) {
    EXPECT_EQ(error.text().where, "a.json: key");
    EXPECT_TRUE(error.text().suggestion.starts_with("write for example")) << error.what();
    return error.text().problem;
  }
}

TEST(UnitText, ReadsEveryUnitOfTime) {
  EXPECT_EQ(seconds("3 s"), 3);
  EXPECT_EQ(seconds("3 ms"), 3e-3);
  EXPECT_EQ(seconds("3 us"), 3e-6);
  EXPECT_EQ(seconds("3 \u00b5s"), 3e-6);
  EXPECT_EQ(seconds("3 \u03bcs"), 3e-6);
  EXPECT_EQ(seconds("3 ns"), 3e-9);
  EXPECT_EQ(seconds("3 ps"), 3e-12);
  EXPECT_EQ(seconds("3 min"), 180);
  EXPECT_EQ(seconds("3 m"), 180);
  EXPECT_EQ(seconds("3 h"), 10800);
  EXPECT_EQ(seconds("3 d"), 259200);
  EXPECT_EQ(seconds("1 day"), 86400);
  EXPECT_EQ(seconds("2 days"), 172800);
  EXPECT_EQ(seconds("1 w"), 604800);
  EXPECT_EQ(seconds("1 week"), 604800);
  EXPECT_EQ(seconds("2 weeks"), 1209600);
}

TEST(UnitText, KeepsBitsAndBytesApart) {
  EXPECT_EQ(bandwidth("400 Gbit/s"), 50e9);
  EXPECT_EQ(bandwidth("400 Gb/s"), 50e9);
  EXPECT_EQ(bandwidth("400 Gbps"), 50e9);
  EXPECT_EQ(bandwidth("50 GB/s"), 50e9);
  EXPECT_EQ(bandwidth("50 GBps"), 50e9);
  EXPECT_EQ(bandwidth("50 Gbytes/s"), 50e9);
  EXPECT_EQ(bytes("8 kbit"), 1000);
  EXPECT_EQ(bytes("8 kb"), 1000);
  EXPECT_EQ(bytes("1 kB"), 1000);
  EXPECT_EQ(bytes("1 bit"), 0.125);
}

TEST(UnitText, KeepsPowersOfTenAndOfTwoApart) {
  const std::string letters = "kMGTPEZY";
  double ten = 1;
  for (const char letter : letters) EXPECT_EQ(bytes(std::string("1 ") + letter + "B"), ten *= 1000);
  double two = 1;
  for (const char letter : std::string("KMGTPE")) EXPECT_EQ(bytes(std::string("1 ") + letter + "iB"), two *= 1024);
  EXPECT_EQ(bytes("1 KB"), 1000);
  EXPECT_EQ(bandwidth("1 GiB/s"), 0x1p30);
  EXPECT_EQ(bandwidth("8 Gibit/s"), 0x1p30);
}

TEST(UnitText, ReadsWorkSpeedAndRate) {
  EXPECT_EQ(parse_quantity<Flops>("3 TFLOP").si(), 3e12);
  EXPECT_EQ(parse_quantity<Flops>("3 Gflops").si(), 3e9);
  EXPECT_EQ(parse_quantity<FlopRate>("989 TFLOP/s").si(), 989e12);
  EXPECT_EQ(parse_quantity<FlopRate>("989 TFLOPS").si(), 989e12);
  EXPECT_EQ(parse_quantity<FlopRate>("989 TFLOPs/s").si(), 989e12);
  EXPECT_EQ(parse_quantity<Frequency>("200 /s").si(), 200);
  EXPECT_EQ(parse_quantity<Frequency>("200 1/s").si(), 200);
  EXPECT_EQ(parse_quantity<Frequency>("1.98 GHz").si(), 1.98e9);
}

TEST(UnitText, ReadsSimGridsSpellings) {
  EXPECT_EQ(bandwidth("125MBps"), 125e6);
  EXPECT_EQ(bandwidth("10Gbps"), 1.25e9);
  EXPECT_EQ(bandwidth("100kBps"), 1e5);
  EXPECT_EQ(seconds("50us"), 5e-5);
  EXPECT_EQ(parse_quantity<FlopRate>("1Gf").si(), 1e9);
  EXPECT_EQ(parse_quantity<FlopRate>("100Mf").si(), 1e8);
}

TEST(UnitText, ReadsToTheNearestDoubleWhateverTheUnit) {
  EXPECT_EQ(seconds("7.5e-07 s"), 7.5e-07);
  EXPECT_EQ(seconds("0.75 us"), 7.5e-07);
  EXPECT_EQ(seconds("750 ns"), 7.5e-07);
  EXPECT_EQ(seconds("4.35 us"), 4.35e-6);
  EXPECT_EQ(seconds("1.1e3 us"), 1.1e-3);
  EXPECT_EQ(seconds("1.1E+3 us"), 1.1e-3);
  EXPECT_EQ(bytes("0.3 GB"), 3e8);
  EXPECT_EQ(bytes("1.5e-3 kB"), 1.5);
  EXPECT_EQ(bandwidth("0.1 Tbit/s"), 1.25e10);
}

TEST(UnitText, NumbersMayBeWrittenTersely) {
  EXPECT_EQ(seconds(".5 s"), 0.5);
  EXPECT_EQ(seconds("5. s"), 5);
  EXPECT_EQ(seconds("+5 s"), 5);
  EXPECT_EQ(seconds("  5  s  "), 5);
  EXPECT_EQ(seconds("-5 s"), -5);
  EXPECT_EQ(seconds("0 s"), 0);
  EXPECT_EQ(bytes("3EB"), 3e18);  // E is the prefix, not an exponent
}

TEST(UnitText, RefusesWhatIsNoNumberWithAFittingUnit) {
  EXPECT_EQ(refusal<Seconds>("5"), "\"5\" is not a time: it has no unit");
  EXPECT_EQ(refusal<Seconds>("5 sec"), "\"5 sec\" is not a time: the unit 'sec' does not fit");
  EXPECT_EQ(refusal<Seconds>("5 ks"), "\"5 ks\" is not a time: the unit 'ks' does not fit");
  EXPECT_EQ(refusal<Seconds>("5 MiB"), "\"5 MiB\" is not a time: the unit 'MiB' does not fit");
  EXPECT_EQ(refusal<Bytes>("5 GB/s"), "\"5 GB/s\" is not a size: the unit 'GB/s' does not fit");
  EXPECT_EQ(refusal<Bandwidth>("5 GB"), "\"5 GB\" is not a bandwidth: the unit 'GB' does not fit");
  EXPECT_EQ(refusal<Bandwidth>("5 gb/s"), "\"5 gb/s\" is not a bandwidth: the unit 'gb/s' does not fit");
  EXPECT_EQ(refusal<FlopRate>("5 TFLOP"), "\"5 TFLOP\" is not a computing speed: the unit 'TFLOP' does not fit");
  for (const std::string text : {"", " ", "s", "us 5", "inf s", "nan s", "-inf s", "e5 s", "--5 s", "+-5 s", "- 5 s"}) {
    EXPECT_EQ(refusal<Seconds>(text), "\"" + text + "\" is not a time: it does not begin with a number");
  }
  for (const std::string text : {"0x10 s", "1,5 s", "1e s", "1 5 s", "5 s s", "5\ts", "5 s\n"}) {
    EXPECT_NE(refusal<Seconds>(text).find("does not fit"), std::string::npos) << text;
  }
}

TEST(UnitText, RefusesNumbersBeyondDoubleAndRoundsTinyOnesToZero) {
  for (const std::string text : {"5e400 s", "1e99999999999999999999 s", "1.7976931348623157e308 h", "-5e400 s"}) {
    EXPECT_EQ(refusal<Seconds>(text), "\"" + text + "\" is not a time: the number is out of range");
  }
  const std::string nines(400, '9');
  const std::string zeros(400, '0');
  EXPECT_NE(refusal<Bytes>(nines + " B").find("out of range"), std::string::npos);
  EXPECT_NE(refusal<Bytes>("1e300 EB").find("out of range"), std::string::npos);
  EXPECT_EQ(seconds("1e-400 s"), 0);
  EXPECT_EQ(seconds("1e-99999999999999999999 s"), 0);
  EXPECT_EQ(seconds("0." + zeros + "1 s"), 0);
  EXPECT_EQ(seconds("5e-324 s"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(bytes("1e-310 GB"), 1e-301);
  EXPECT_EQ(seconds("1e310 ns"), 1e301);
  EXPECT_EQ(seconds("1" + zeros + "e-400 s"), 1);
}

TEST(UnitText, QuotesOnlyTheStartOfEndlessText) {
  const std::string endless(1'000'000, 'x');
  EXPECT_LT(refusal<Seconds>(endless).size(), 200U);
  EXPECT_LT(refusal<Seconds>("1 " + endless).size(), 300U);
  EXPECT_LT(refusal<Seconds>(std::string(1'000'000, '7')).size(), 200U);
}

}  // namespace
}  // namespace lockstep
