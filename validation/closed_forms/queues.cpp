#include "validation/closed_forms/queues.hpp"

#include <cmath>

namespace lockstep::validation {

Frequency blocking_pair_throughput(Frequency first, Frequency second, std::uint32_t buffer) {
  const double slots = buffer;
  const double ratio = first / second;
  // Around ratio 1 both differences vanish; expm1 keeps their quotient, and its limit is the ratio of exponents.
  const double log_ratio = std::log(ratio);
  if (log_ratio == 0) return first * ((slots + 2) / (slots + 3));
  return first * (std::expm1((slots + 2) * log_ratio) / std::expm1((slots + 3) * log_ratio));
}

Seconds open_tandem_sojourn(Frequency arrivals, std::span<const Frequency> stages) {
  Seconds sum;
  for (const Frequency stage : stages) sum += 1.0 / (stage - arrivals);
  return sum;
}

Bracket exponential_forward_phase(std::uint32_t stages, std::uint32_t microbatches, Seconds mean) {
  const double both = std::sqrt(double(microbatches)) + std::sqrt(double(stages));
  return {.lower = (double(microbatches) + stages - 1) * mean, .upper = both * both * mean};
}

}  // namespace lockstep::validation
