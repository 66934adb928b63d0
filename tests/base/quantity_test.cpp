#include "base/quantity.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace lockstep {
namespace {

using namespace literals;

template <class A, class B>
concept can_add = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept can_compare = requires(A a, B b) {
  a < b;
};

static_assert(std::is_same_v<decltype(Bytes() / Bandwidth()), Seconds>);
static_assert(std::is_same_v<decltype(Flops() / FlopRate()), Seconds>);
static_assert(std::is_same_v<decltype(Bytes() / Seconds()), Bandwidth>);
static_assert(std::is_same_v<decltype(Seconds() * Bandwidth()), Bytes>);
static_assert(std::is_same_v<decltype(1.0 / Seconds()), Frequency>);
static_assert(std::is_same_v<decltype(Seconds() / Seconds()), double>);
static_assert(std::is_same_v<decltype(Frequency() * Seconds()), double>);

static_assert(can_add<Seconds, Seconds> && can_compare<Bytes, Bytes>);
static_assert(!can_add<Seconds, Bytes> && !can_add<Seconds, double> && !can_add<double, Seconds>);
static_assert(!can_compare<Seconds, Bytes> && !can_compare<Seconds, double>);
static_assert(!std::is_convertible_v<double, Seconds> && !std::is_convertible_v<Seconds, double>);
static_assert(sizeof(Seconds) == sizeof(double) && std::is_trivially_copyable_v<Seconds>);

TEST(Quantity, RingFormulaReadsAsWritten) {
  const Seconds latency = 2.0_us;
  const Bytes size = 1.0_GB;
  const Bandwidth bandwidth = 400.0_Gbit_per_s;
  const double ranks = 8;
  const Seconds total = 2 * (ranks - 1) * (latency + size / ranks / bandwidth);
  EXPECT_DOUBLE_EQ(total.si(), 14 * (2e-6 + 1e9 / 8 / 50e9));
}

TEST(Quantity, AccumulatesAndOrders) {
  Seconds sum;
  sum += 3.0_s;
  sum -= 1.0_s;
  sum *= 4;
  sum /= 2;
  EXPECT_EQ(sum, 4.0_s);
  EXPECT_LT(-sum, Seconds());
  EXPECT_EQ(sum * 0.5, 0.5 * sum);
}

TEST(Quantity, LiteralsAreTheNearestDoubles) {
  EXPECT_EQ((10.0_us).si(), 1e-5);
  EXPECT_EQ((3.0_ms).si(), 3e-3);
  EXPECT_EQ((7.0_ns).si(), 7e-9);
  EXPECT_EQ((1.0_MiB).si(), 1048576);
  EXPECT_EQ((1.0_GiB).si(), 1073741824);
  EXPECT_EQ((64.0_B + 1.0_MB).si(), 1000064);
  EXPECT_EQ((8.0_Gbit_per_s).si(), (1.0_GB_per_s).si());
  EXPECT_EQ((2.0_TFLOP_per_s).si(), 2e12);
}

}  // namespace
}  // namespace lockstep
