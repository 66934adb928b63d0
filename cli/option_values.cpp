#include "cli/option_values.hpp"

#include <charconv>
#include <cstdint>

#include "base/error.hpp"

namespace lockstep::cli {

std::string checked_seed(const std::string& text) {
  std::int64_t seed = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error == std::errc() && end == text.data() + text.size() && seed >= 0) return text;
  throw InputError({.where = "--seed",
                    .problem = "'" + excerpt(text) + "' is no seed",
                    .suggestion = "a seed is a whole number from 0 to " + std::to_string(INT64_MAX)});
}

unsigned checked_jobs(const std::string& text) {
  constexpr unsigned most = 4096;
  unsigned jobs = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), jobs);
  if (error == std::errc() && end == text.data() + text.size() && jobs > 0 && jobs <= most) return jobs;
  throw InputError({.where = "--jobs",
                    .problem = "'" + excerpt(text) + "' is no number of processes",
                    .suggestion = "a whole number from 1 to " + std::to_string(most) +
                                  "; without it there are as many as processors"});
}

}  // namespace lockstep::cli
