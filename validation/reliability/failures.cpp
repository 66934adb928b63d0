#include "validation/reliability/failures.hpp"

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

namespace lockstep::validation {

Seconds mtbf_of(std::span<const Parts> parts) {
  Frequency rate;
  for (const Parts& some : parts) rate += some.count / some.mtbf;
  return 1.0 / rate;
}

Seconds first_failure(std::span<const Parts> parts, double shape) {
  // Hazards add up, each Σ n(Γ(1+1/c)t/M)^c; the gammas cancel against that of the mean.
  double hazard = 0;
  for (const Parts& some : parts) hazard += some.count * std::pow(some.mtbf.si(), -shape);
  return Seconds(std::pow(hazard, -1 / shape));
}

double failure_probability(Seconds mtbf, Seconds time) {
  return -std::expm1(-(time / mtbf));
}

double enough_with_repair(const SparePool& pool, Seconds repair) {
  // 1 - A stays exact where repairs are short: P(at most k of n+k are down) = I_A(n, k+1).
  const double down = repair / (pool.mtbf + repair);
  return boost::math::ibetac(pool.spares + 1.0, double(pool.running), down);
}

double enough_without_repair(const SparePool& pool, Seconds time) {
  return boost::math::gamma_q(pool.spares + 1.0, pool.running * (time / pool.mtbf));
}

}  // namespace lockstep::validation
