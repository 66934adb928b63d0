#include "base/distributions/parameters.hpp"

#include "base/json_fields.hpp"

namespace lockstep {

double DistributionParameters::value(const std::string& key) const {
  return dimension_ == Dimension::time ? fields_->required<Seconds>(key).si() : non_negative_number(key);
}

double DistributionParameters::positive_value(const std::string& key) const {
  const double read = value(key);
  if (read <= 0) fields_->fail(key, "must be above 0");
  return read;
}

std::optional<double> DistributionParameters::maybe_value(const std::string& key) const {
  return fields_->has(key) ? std::optional(value(key)) : std::nullopt;
}

std::vector<double> DistributionParameters::values(const std::string& key) const {
  std::vector<double> read;
  if (dimension_ == Dimension::time) {
    for (const Seconds time : fields_->required<std::vector<Seconds>>(key)) read.push_back(time.si());
    return read;
  }
  read = fields_->required<std::vector<double>>(key);
  for (const double factor : read) {
    if (factor < 0) fields_->fail(key, "none may be negative");
  }
  return read;
}

double DistributionParameters::rate(const std::string& key) const {
  if (dimension_ == Dimension::factor) return positive_number(key);
  const double per_second = fields_->required<Frequency>(key).si();
  if (per_second <= 0) fields_->fail(key, "must be above 0");
  return per_second;
}

double DistributionParameters::number(const std::string& key) const {
  return fields_->required<double>(key);
}

double DistributionParameters::positive_number(const std::string& key) const {
  const double read = number(key);
  if (read <= 0) fields_->fail(key, "must be above 0");
  return read;
}

double DistributionParameters::non_negative_number(const std::string& key) const {
  const double read = number(key);
  if (read < 0) fields_->fail(key, "must not be negative");
  return read;
}

bool DistributionParameters::states_first(const std::string& first, const std::string& second) const {
  const bool has_first = fields_->has(first);
  const bool has_second = fields_->has(second);
  if (has_first && has_second) {
    fields_->fail("", "'" + first + "' and '" + second + "' say the same twice", "give one of them");
  }
  if (!has_first && !has_second) {
    fields_->fail("", "one of '" + first + "' and '" + second + "' is needed", "give one of them");
  }
  return has_first;
}

}  // namespace lockstep
