#include "sim/campaign/checkpoint_interval.hpp"

#include <cmath>

#include "base/portable_math.hpp"

namespace lockstep::sim {

Seconds young_interval(Seconds mtbf, Seconds write) {
  return Seconds(std::sqrt(2 * write.si() * mtbf.si()));
}

Seconds daly_interval(Seconds mtbf, Seconds write) {
  if (write >= 2 * mtbf) return mtbf;
  const double ratio = write / (2 * mtbf);
  return young_interval(mtbf, write) * (1 + std::sqrt(ratio) / 3 + ratio / 9) - write;
}

// With x = τ/M the optimum solves x + ln(1 - x) + δ/M = 0. The left side falls and is concave on (0, 1), so Newton's
// steps from the right of the root come down to it.
Seconds exact_interval(Seconds mtbf, Seconds write) {
  const double share = write / mtbf;
  double x = 1 - portable_exp(-1 - share) / 2;  // there the left side is negative: ln(1 - x) < -1 - share
  if (x == 1) return mtbf;                      // but for less than can be told
  for (;;) {
    const double next = x + (x + portable_log1p(-x) + share) * (1 - x) / x;
    if (!(next < x)) break;  // but for rounding it always is
    x = next;
  }
  return mtbf * x;
}

}  // namespace lockstep::sim
