#pragma once

namespace lockstep::standard_normal {

// The normal distribution of mean 0 and standard deviation 1, at any point, infinite ones included.
double density(double z);
double below(double z);
double above(double z);
// The point that a draw is below (or above) with probability p, 0 < p < 1.
double quantile_below(double p);
double quantile_above(double p);

}  // namespace lockstep::standard_normal
