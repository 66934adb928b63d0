#include <gtest/gtest.h>

#include <cmath>

#include "base/random_stream.hpp"
#include "base/unit_text.hpp"

namespace lockstep {
namespace {

TEST(UnitTextOutput, PicksTheUnitThatSuitsTheSize) {
  EXPECT_EQ(to_text(Seconds(2e-6)), "2 us");
  EXPECT_EQ(to_text(Seconds(1e-3)), "1 ms");
  EXPECT_EQ(to_text(Seconds(0.9994e-3)), "999.4 us");
  EXPECT_EQ(to_text(Seconds(90)), "1.5 min");
  EXPECT_EQ(to_text(Seconds(200000)), "2.315 d");
  EXPECT_EQ(to_text(Seconds(0)), "0 s");
  EXPECT_EQ(to_text(Seconds(1e-12)), "0.001 ns");
  EXPECT_EQ(to_text(Seconds(-0.25)), "-250 ms");
  EXPECT_EQ(to_text(Bytes(80 * 0x1p30)), "80 GiB");
  EXPECT_EQ(to_text(Bytes(0)), "0 B");
  EXPECT_EQ(to_text(Bandwidth(1.6e12)), "1.6 TB/s");
  EXPECT_EQ(to_text(Flops(123456789)), "123.5 MFLOP");
  EXPECT_EQ(to_text(FlopRate(989e12)), "989 TFLOP/s");
  EXPECT_EQ(to_text(Frequency(200)), "200 Hz");
}

TEST(UnitTextOutput, ExactTextIsTheShortestThatReadsBack) {
  EXPECT_EQ(to_exact_text(Bandwidth(50e9)), "5e+10 B/s");
  EXPECT_EQ(to_exact_text(Seconds(0.1)), "0.1 s");
  EXPECT_EQ(to_exact_text(Seconds(7.5e-7)), "7.5e-07 s");
  EXPECT_EQ(shortest_text(0.1 + 0.2), "0.30000000000000004");
}

template <class AnyQuantity>
void expect_round_trip(double si) {
  const std::string text = to_exact_text(AnyQuantity(si));
  EXPECT_EQ(parse_quantity<AnyQuantity>(text).si(), si) << text;
}

TEST(UnitTextOutput, ExactTextReadsBackForNumbersOfEveryMagnitude) {
  RandomStream stream(1, "unit text");
  for (int exponent = -1074; exponent < 1024; ++exponent) {
    const double value = std::ldexp(1 + stream.uniform(), exponent);
    if (!std::isfinite(value)) continue;
    expect_round_trip<Seconds>(value);
    expect_round_trip<Bytes>(value);
    expect_round_trip<Flops>(value);
    expect_round_trip<Bandwidth>(-value);
    expect_round_trip<FlopRate>(value);
    expect_round_trip<Frequency>(value);
  }
}

TEST(UnitTextOutput, CountsInSingularAndPlural) {
  EXPECT_EQ(counted(1, "device"), "1 device");
  EXPECT_EQ(counted(0, "device"), "0 devices");
  EXPECT_EQ(counted(2, "microbatch"), "2 microbatches");
  EXPECT_EQ(counted(1, "vertex"), "1 vertex");
  EXPECT_EQ(counted(3, "vertex"), "3 vertices");
}

}  // namespace
}  // namespace lockstep
