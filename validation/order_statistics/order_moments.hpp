#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/distribution.hpp"

// When the k fastest of n are done: moments of the k-th smallest of n independent draws of one law, X_(k:n), for any
// law and any n. David and Nagaraja 2003, "Order statistics".
namespace lockstep::validation {

// Requires 1 <= k <= n.
struct OrderRank {
  std::uint32_t k = 1;  // 1 is the fastest, n the slowest
  std::uint32_t n = 1;
};

// A continuous law by its quantiles, from both ends so that neither tail loses digits.
struct QuantileFunction {
  std::function<double(double)> below;  // of 0 < p < 1: what a draw is below with probability p
  std::function<double(double)> above;  // what it is above
};

struct OrderMoments {
  double mean = 0;
  std::optional<double> variance = {};  // absent where the integral diverges
};

// ∫ Q(u) u^(k-1) (1-u)^(n-k) du / B(k, n-k+1): by the trapezoidal rule over the log-odds of u, where the weight is a
// bell with tails that fall exponentially, so that halving the step doubles the digits. About 1e-13 of the law's scale.
// Absent where the integral diverges. Laws must be smooth.
std::optional<OrderMoments> order_moments(const QuantileFunction& law, const OrderRank& rank);

// The same of any distribution; of one with finitely many values it is a sum over them.
std::optional<OrderMoments> order_moments(const Distribution& law, const OrderRank& rank);

// E[X_(n:n)], what a barrier waits for. Requires that the law has a mean.
double expected_maximum(const Distribution& law, std::uint32_t n);

}  // namespace lockstep::validation
