#pragma once

#include <compare>

// Physical quantities with their dimension in the type: `Bytes / Bandwidth` is `Seconds`, equal dimensions divide to a
// plain `double`, and a sum of unlike quantities does not compile. Inside is one double in SI units (s, B, flop).
namespace lockstep {

template <int Time, int Data, int Work>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double in_si) : si_(in_si) {}

  // The value in SI units.
  constexpr double si() const { return si_; }

  constexpr Quantity& operator+=(Quantity other) { return si_ += other.si_, *this; }
  constexpr Quantity& operator-=(Quantity other) { return si_ -= other.si_, *this; }
  constexpr Quantity& operator*=(double factor) { return si_ *= factor, *this; }
  constexpr Quantity& operator/=(double divisor) { return si_ /= divisor, *this; }

  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.si_ + b.si_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.si_ - b.si_); }
  friend constexpr Quantity operator-(Quantity a) { return Quantity(-a.si_); }
  friend constexpr Quantity operator*(Quantity a, double factor) { return Quantity(a.si_ * factor); }
  friend constexpr Quantity operator*(double factor, Quantity a) { return Quantity(factor * a.si_); }
  friend constexpr Quantity operator/(Quantity a, double divisor) { return Quantity(a.si_ / divisor); }
  // clang-tidy takes the 0 in rewritten comparisons for a pointer.
  friend constexpr auto operator<=>(Quantity a, Quantity b) = default;  // NOLINT(modernize-use-nullptr)

 private:
  double si_ = 0;
};

// Dimensionless products and ratios collapse to double, so that they enter formulas without a cast.
template <int Time, int Data, int Work>
constexpr auto quantity_or_number(double in_si) {
  if constexpr (Time == 0 && Data == 0 && Work == 0) {
    return in_si;
  } else {
    return Quantity<Time, Data, Work>(in_si);
  }
}

template <int T1, int D1, int W1, int T2, int D2, int W2>
constexpr auto operator*(Quantity<T1, D1, W1> a, Quantity<T2, D2, W2> b) {
  return quantity_or_number<T1 + T2, D1 + D2, W1 + W2>(a.si() * b.si());
}
template <int T1, int D1, int W1, int T2, int D2, int W2>
constexpr auto operator/(Quantity<T1, D1, W1> a, Quantity<T2, D2, W2> b) {
  return quantity_or_number<T1 - T2, D1 - D2, W1 - W2>(a.si() / b.si());
}
template <int T, int D, int W>
constexpr auto operator/(double a, Quantity<T, D, W> b) {
  return quantity_or_number<-T, -D, -W>(a / b.si());
}

using Seconds = Quantity<1, 0, 0>;
using Bytes = Quantity<0, 1, 0>;
using Flops = Quantity<0, 0, 1>;
using Bandwidth = Quantity<-1, 1, 0>;
using FlopRate = Quantity<-1, 0, 1>;
using Frequency = Quantity<-1, 0, 0>;

// Literals for tests and constants: `10.0_us`, `400.0_Gbit_per_s`. They divide by 1e6 rather than multiply by the
// inexact 1e-6, so that 10.0_us is the double that is nearest to 0.00001 s.
namespace literals {
constexpr Seconds operator""_s(long double v) {
  return Seconds(static_cast<double>(v));
}
constexpr Seconds operator""_ms(long double v) {
  return Seconds(static_cast<double>(v) / 1e3);
}
constexpr Seconds operator""_us(long double v) {
  return Seconds(static_cast<double>(v) / 1e6);
}
constexpr Seconds operator""_ns(long double v) {
  return Seconds(static_cast<double>(v) / 1e9);
}
constexpr Bytes operator""_B(long double v) {
  return Bytes(static_cast<double>(v));
}
constexpr Bytes operator""_MB(long double v) {
  return Bytes(static_cast<double>(v) * 1e6);
}
constexpr Bytes operator""_MiB(long double v) {
  return Bytes(static_cast<double>(v) * 0x1p20);
}
constexpr Bytes operator""_GB(long double v) {
  return Bytes(static_cast<double>(v) * 1e9);
}
constexpr Bytes operator""_GiB(long double v) {
  return Bytes(static_cast<double>(v) * 0x1p30);
}
constexpr Bandwidth operator""_GB_per_s(long double v) {
  return Bandwidth(static_cast<double>(v) * 1e9);
}
constexpr Bandwidth operator""_Gbit_per_s(long double v) {
  return Bandwidth(static_cast<double>(v) * 1e9 / 8);
}
constexpr FlopRate operator""_TFLOP_per_s(long double v) {
  return FlopRate(static_cast<double>(v) * 1e12);
}
}  // namespace literals

}  // namespace lockstep
