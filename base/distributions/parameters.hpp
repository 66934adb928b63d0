#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/distribution.hpp"

namespace lockstep {

// The parameters of one distribution, read in its dimension: a time is text with a unit and becomes seconds, a factor
// is a plain number. Neither may be negative. Every member throws InputError.
class DistributionParameters {
 public:
  DistributionParameters(const JsonFields& fields, Dimension dimension) : fields_(&fields), dimension_(dimension) {}

  const JsonFields& fields() const { return *fields_; }
  Dimension dimension() const { return dimension_; }

  double value(const std::string& key) const;
  double positive_value(const std::string& key) const;
  std::optional<double> maybe_value(const std::string& key) const;
  std::vector<double> values(const std::string& key) const;
  // Values per unit: "200 /s" of times, a plain number of factors; above 0.
  double rate(const std::string& key) const;
  // Plain numbers whatever the dimension: an exponent, a shape.
  double number(const std::string& key) const;
  double positive_number(const std::string& key) const;
  double non_negative_number(const std::string& key) const;

  // Which of two ways to state the same was chosen: exactly one may be.
  bool states_first(const std::string& first, const std::string& second) const;

 private:
  const JsonFields* fields_;
  Dimension dimension_;
};

}  // namespace lockstep
