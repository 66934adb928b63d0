#include "base/distributions/standard_normal.hpp"

#include <boost/math/distributions/normal.hpp>

namespace lockstep::standard_normal {
namespace {

// In long double for the reason that portable_math.hpp gives.
using Normal = boost::math::normal_distribution<long double>;

}  // namespace

double density(double z) {
  return static_cast<double>(boost::math::pdf(Normal(), z));
}

double below(double z) {
  return static_cast<double>(boost::math::cdf(Normal(), z));
}

double above(double z) {
  return static_cast<double>(boost::math::cdf(boost::math::complement(Normal(), z)));
}

double quantile_below(double p) {
  return static_cast<double>(boost::math::quantile(Normal(), p));
}

double quantile_above(double p) {
  return static_cast<double>(boost::math::quantile(boost::math::complement(Normal(), p)));
}

}  // namespace lockstep::standard_normal
