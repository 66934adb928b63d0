#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "validation/closed_forms/trees.hpp"

// The worked values of the forms C01 to C36 come from an independent event-by-event simulation in Python.
namespace lockstep::validation {

inline Hockney cost(double alpha, double bandwidth, double gamma = 0) {
  return {Seconds(alpha), pace(Bandwidth(bandwidth)), Pace(gamma)};
}

inline void expect_equal(Seconds actual, double expected) {
  EXPECT_NEAR(actual.si(), expected, 1e-9 * std::abs(expected));
}

inline void expect_equal(const std::vector<Seconds>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) expect_equal(actual[i], expected[i]);
}

inline void expect_bracket(const Bracket& actual, double lower, double upper) {
  expect_equal(actual.lower, lower);
  expect_equal(actual.upper, upper);
}

}  // namespace lockstep::validation
