#pragma once

#include "base/quantity.hpp"
#include "validation/order_statistics/order_moments.hpp"

// Expectations of X_(k:n) that have a form of their own. David and Nagaraja 2003; Arnold 1983, "Pareto distributions".
namespace lockstep::validation {

// Σ_{j=from}^{to} 1/j^power, power 1 or 2; nothing where to < from. Requires from >= 1.
double harmonic_sum(std::uint32_t from, std::uint32_t to, int power = 1);

// S01, S09: (H_n - H_{n-k})/μ; its variance is Σ_{j=n-k+1}^{n} 1/j²/μ². S02: D more.
Seconds exponential_order(const OrderRank& rank, Seconds mean, Seconds shift = {});
// S03: a + (b-a)k/(n+1).
Seconds uniform_order(const OrderRank& rank, Seconds low, Seconds high);
// S04: m + s e_{k:n}, by quadrature; not cut off anywhere.
Seconds normal_order(const OrderRank& rank, Seconds mean, Seconds stddev);
// S05: x_m Γ(n+1)Γ(n-k+1-1/a)/(Γ(n-k+1)Γ(n+1-1/a)); infinite where (n-k+1)a ≤ 1.
Seconds pareto_order(const OrderRank& rank, Seconds scale, double shape);
// S06: λΓ(1+1/c) Σ_{j=1}^{n} (-1)^(j+1) C(n,j) j^(-1/c). The digits of that sum cancel: requires n <= 20, and
// order_moments has all others.
Seconds weibull_maximum(std::uint32_t n, Seconds scale, double shape);
// R08, the first failure of n new parts: λΓ(1+1/c)n^(-1/c).
Seconds weibull_minimum(double n, Seconds scale, double shape);

// S08, S10: t(1+(s-1)P(Bin(n,1-p) < k)), where each of n is s times as slow with probability p.
struct TransientStragglers {
  double probability = 0;
  double factor = 1;
};
double straggled_order(const OrderRank& rank, const TransientStragglers& stragglers);

}  // namespace lockstep::validation
