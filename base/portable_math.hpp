#pragma once

#include <cmath>

// The C library's exp and log of doubles come in variants for processors with and without fused multiply-add, whose
// last digits differ. Those of long doubles have no such variants on x86-64, and rounding their 64 bits to 53 hides
// what little may change between releases. Whatever a simulated result depends on uses these.
namespace lockstep {

inline double portable_exp(double x) {
  return static_cast<double>(std::exp(static_cast<long double>(x)));
}
inline double portable_log(double x) {
  return static_cast<double>(std::log(static_cast<long double>(x)));
}
// exp(x) - 1 and log(1 + x), exact to the last digits near 0.
inline double portable_expm1(double x) {
  return static_cast<double>(std::expm1(static_cast<long double>(x)));
}
inline double portable_log1p(double x) {
  return static_cast<double>(std::log1p(static_cast<long double>(x)));
}

}  // namespace lockstep
