#include "base/distribution.hpp"

#include <gtest/gtest.h>

#include <boost/math/distributions/exponential.hpp>
#include <boost/math/distributions/lognormal.hpp>
#include <boost/math/distributions/pareto.hpp>
#include <boost/math/distributions/weibull.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json_fields.hpp"
#include "base/random_stream.hpp"
#include "base/unit_text.hpp"

namespace lockstep {
namespace {

Distribution read(const std::string& text, Dimension dimension = Dimension::factor) {
  const Json json = parse_json("{\"d\": " + text + "}", "a.json");
  return read_distribution(JsonFields(json, "a.json"), "d", dimension);
}

std::string refusal(const std::string& text, Dimension dimension = Dimension::factor) {
  try {
    return "read with median " + std::to_string(read(text, dimension).quantile(0.5));
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(Distribution, ABareValueIsAConstant) {
  EXPECT_EQ(read("1.5").mean(), 1.5);
  EXPECT_EQ(read("1.5").variance(), 0);
  EXPECT_EQ(read("\"2 ms\"", Dimension::time).quantile(0.5), 2e-3);
  EXPECT_EQ(Distribution::constant(3).maximum(), 3);
}

TEST(Distribution, TimesCarryUnitsAndFactorsDoNot) {
  EXPECT_EQ(read(R"({"distribution": "uniform", "low": "1 ms", "high": "3 ms"})", Dimension::time).mean(), 2e-3);
  EXPECT_EQ(read(R"({"distribution": "exponential", "rate": "200 /s"})", Dimension::time).mean(), 5e-3);
  EXPECT_EQ(read(R"({"distribution": "empirical", "values": ["1 s", "500 ms"]})", Dimension::time).mean(), 0.75);
  EXPECT_EQ(read(R"({"distribution": "lognormal", "median": "3 ms", "sigma": 0.5})", Dimension::time).quantile(0.5),
            3e-3);
  EXPECT_EQ(read(R"({"distribution": "lognormal", "mu": 0, "sigma": 0.5})", Dimension::time).quantile(0.5), 1);
  EXPECT_TRUE(refusal(R"({"distribution": "uniform", "low": 1, "high": 3})", Dimension::time)
                  .starts_with("a.json: d.low: must be text with a number and its unit, not a number (1)"));
  EXPECT_TRUE(refusal(R"({"distribution": "uniform", "low": "1 ms", "high": "3 ms"})")
                  .starts_with("a.json: d.low: must be a plain number, not text"));
  EXPECT_TRUE(refusal("2", Dimension::time).starts_with("a.json: d: must be text with a number and its unit"));
  EXPECT_TRUE(refusal("\"2 ms\"").starts_with("a.json: d: must be a plain number"));
}

TEST(Distribution, EqualStatementsMakeEqualLaws) {
  const auto expect_equal = [](const std::string& one, const std::string& two) {
    for (const double p : {0.01, 0.3, 0.99}) {
      EXPECT_NEAR(read(one).quantile(p) / read(two).quantile(p), 1, 1e-14) << one << " " << two;
    }
  };
  expect_equal(R"({"distribution": "exponential", "mean": 0.25})", R"({"distribution": "exponential", "rate": 4})");
  const std::string lognormal = R"({"distribution": "lognormal", "mu": 0.5, "sigma": 0.25})";
  const double mean = *read(lognormal).mean();
  const double stddev = std::sqrt(*read(lognormal).variance());
  const auto text = [](const std::string& start, double a, const std::string& middle, double b) {
    return R"({"distribution": "lognormal", )" + start + Json(a).dump() + middle + Json(b).dump() + "}";
  };
  expect_equal(lognormal, text("\"median\": ", std::exp(0.5), ", \"sigma\": ", 0.25));
  expect_equal(lognormal, text("\"mean\": ", mean, ", \"sigma\": ", 0.25));
  expect_equal(lognormal, text("\"mean\": ", mean, ", \"stddev\": ", stddev));
}

TEST(Distribution, AgreesWithBoostMath) {
  const auto expect_equal = [](const Distribution& ours, const auto& boosts) {
    EXPECT_NEAR(*ours.mean(), boost::math::mean(boosts), 1e-14 * *ours.mean());
    EXPECT_NEAR(*ours.variance(), boost::math::variance(boosts), 1e-13 * *ours.variance());
    for (const double p : {1e-9, 0.1, 0.5, 0.9, 1 - 1e-9}) {
      const double x = boost::math::quantile(boosts, p);
      EXPECT_NEAR(ours.quantile(p), x, 1e-13 * x);
      EXPECT_NEAR(ours.cdf(x), boost::math::cdf(boosts, x), 1e-14);
    }
  };
  expect_equal(read(R"({"distribution": "exponential", "rate": 3})"), boost::math::exponential(3));
  expect_equal(read(R"({"distribution": "weibull", "scale": 2, "shape": 0.8})"), boost::math::weibull(0.8, 2));
  expect_equal(read(R"({"distribution": "weibull", "scale": 2, "shape": 4.5})"), boost::math::weibull(4.5, 2));
  expect_equal(read(R"({"distribution": "pareto", "scale": 2, "shape": 3.5})"), boost::math::pareto(2, 3.5));
  expect_equal(read(R"({"distribution": "lognormal", "mu": 0.7, "sigma": 0.4})"), boost::math::lognormal(0.7, 0.4));
}

TEST(Distribution, ParetoTailsMayHaveNoMoments) {
  EXPECT_EQ(read(R"({"distribution": "pareto", "scale": 1, "shape": 1})").mean(), std::nullopt);
  EXPECT_EQ(read(R"({"distribution": "pareto", "scale": 1, "shape": 2})").variance(), std::nullopt);
  EXPECT_EQ(read(R"({"distribution": "pareto", "scale": 1, "shape": 2})").mean(), 2);
}

TEST(Distribution, OnlyBoundedLawsHaveAMaximum) {
  EXPECT_EQ(read(R"({"distribution": "uniform", "low": 1, "high": 2})").maximum(), 2);
  EXPECT_EQ(read(R"({"distribution": "bernoulli", "probability": 0.1, "value": 3})").maximum(), 3);
  EXPECT_EQ(read(R"({"distribution": "bernoulli", "probability": 0, "value": 3})").maximum(), 1);
  EXPECT_EQ(read(R"({"distribution": "normal", "mean": 1, "stddev": 1, "high": 2})").maximum(), 2);
  for (const char* text :
       {R"({"distribution": "normal", "mean": 1, "stddev": 1})", R"({"distribution": "exponential", "mean": 1})",
        R"({"distribution": "lognormal", "mu": 1, "sigma": 1})",
        R"({"distribution": "pareto", "scale": 1, "shape": 1})"}) {
    EXPECT_EQ(read(text).maximum(), std::nullopt) << text;
    EXPECT_TRUE(std::isinf(read(text).quantile(1))) << text;
  }
}

TEST(Distribution, NormalIsCutOffAtZeroUnlessToldOtherwise) {
  const Distribution narrow = read(R"({"distribution": "normal", "mean": 10, "stddev": 1})");
  EXPECT_NEAR(*narrow.mean(), 10, 1e-12);
  const Distribution wide = read(R"({"distribution": "normal", "mean": 0, "stddev": 1})");
  EXPECT_EQ(wide.minimum(), 0);
  EXPECT_NEAR(*wide.mean(), std::sqrt(2 / std::acos(-1)), 1e-14);  // the half-normal distribution's
  EXPECT_NEAR(*wide.variance(), 1 - 2 / std::acos(-1), 1e-14);
  EXPECT_EQ(read(R"({"distribution": "normal", "mean": 1, "stddev": 1, "low": 0.5})").minimum(), 0.5);
}

TEST(Distribution, BernoulliOtherwiseChangesNothing) {
  EXPECT_EQ(read(R"({"distribution": "bernoulli", "probability": 0.25, "value": 3})").mean(), 1.5);
  EXPECT_EQ(read(R"({"distribution": "bernoulli", "probability": 0.25, "value": "8 s"})", Dimension::time).mean(), 2);
  EXPECT_EQ(read(R"({"distribution": "bernoulli", "probability": 0.5, "value": 3, "otherwise": 2})").mean(), 2.5);
}

TEST(Distribution, IllegalParametersAreExplained) {
  const auto refuses = [](const std::string& parameters, const std::string& message) {
    EXPECT_EQ(refusal("{\"distribution\": " + parameters + "}"), "a.json: d" + message);
  };
  refuses(R"("uniform", "low": 2, "high": 1)", ".low: must not be above 'high'");
  refuses(R"("uniform", "low": -2, "high": 1)", ".low: must not be negative");
  refuses(R"("uniform", "low": 2)", ": the field 'high' is missing");
  refuses(R"("exponential", "mean": 2, "rate": 1)", ": 'mean' and 'rate' say the same twice; give one of them");
  refuses(R"("exponential")", ": one of 'mean' and 'rate' is needed; give one of them");
  refuses(R"("exponential", "rate": 0)", ".rate: must be above 0");
  refuses(R"("normal", "mean": 1, "stddev": -1)", ".stddev: must not be negative");
  refuses(R"("normal", "mean": 1, "stddev": 1, "low": 3, "high": 2)", ".low: must not be above 'high'");
  const std::string no_share =
      ": less than 1 % of this normal distribution lies between 'low' and 'high'; move them or "
      "the mean; 'low' is 0 where it is not given";
  refuses(R"("normal", "mean": 1, "stddev": 0.1, "low": 2)", no_share);
  refuses(R"("normal", "mean": 1, "stddev": 0, "low": 2)", no_share);
  refuses(R"("lognormal", "mu": 1, "sigma": -1)", ".sigma: must not be negative");
  refuses(R"("lognormal", "mu": 1, "median": 1, "sigma": 1)", ": exactly one of 'mean', 'median' and 'mu' is needed");
  refuses(R"("lognormal", "mean": 0, "sigma": 1)", ".mean: must be above 0");
  refuses(R"("pareto", "scale": 1, "shape": 0)", ".shape: must be above 0");
  refuses(R"("pareto", "scale": 0, "shape": 1)", ".scale: must be above 0");
  refuses(R"("bernoulli", "probability": 1.5, "value": 2)", ".probability: must be between 0 and 1");
  refuses(R"("empirical", "values": [])", ".values: there must be at least one value");
  refuses(R"("empirical", "values": [1, -2])", ".values: none may be negative");
  refuses(R"("empirical", "values": [1, 2], "weights": [1])",
          ".weights: there must be one for each of the 2 values, not 1");
  refuses(R"("empirical", "values": [1, 2], "weights": [0, 0])", ".weights: at least one must be above 0");
  refuses(R"("empirical", "values": [1, 2], "weights": [-1, 2])", ".weights: none may be negative");
  refuses(R"("empirical", "values": [1, 2], "weights": [1e308, 1e308])", ".weights: their sum is out of range");
  refuses(R"("constant", "value": 1, "mean": 2)", ".mean: unknown key; valid names: distribution, value");
  refuses(R"("unifrom", "low": 2, "high": 1)",
          ".distribution: there is no distribution 'unifrom'; did you mean 'uniform'?");
}

TEST(Distribution, TailsBeyondAllNumbersAreRefused) {
  for (const std::string parameters :
       {R"("pareto", "scale": 1, "shape": 0.01)", R"("lognormal", "mu": 0, "sigma": 50)",
        R"("lognormal", "mu": 1e308, "sigma": 1)", R"("lognormal", "mean": 1, "sigma": 60)",
        R"("lognormal", "mean": 1, "sigma": 1e200)", R"("constant", "value": 1e200)",
        R"("exponential", "rate": 1e-320)", R"("uniform", "low": 0, "high": 1e308)",
        R"("normal", "mean": 1e308, "stddev": 1e308)"}) {
    EXPECT_EQ(refusal("{\"distribution\": " + parameters + "}"),
              "a.json: d: the tail of this distribution reaches beyond what can be computed; choose a lighter tail or "
              "smaller parameters");
  }
  EXPECT_EQ(refusal("1e200"), "a.json: d: is larger than anything that can be simulated");
}

TEST(Distribution, AnythingElseIsExplained) {
  EXPECT_EQ(refusal("[1]"),
            "a.json: d: must be a value or a distribution; write for example 1.5 or {\"distribution\": "
            "\"uniform\", \"low\": 1, \"high\": 1.5}");
  EXPECT_EQ(refusal("{}"), "a.json: d: the field 'distribution' is missing");
  const Json json = parse_json("{\"e\": 1}", "");
  EXPECT_THROW(read_distribution(JsonFields(json, ""), "d", Dimension::factor), InputError);
}

TEST(Distribution, TheCatalogueDescribesEachOnce) {
  EXPECT_EQ(names_of(distribution_table()),
            (std::vector<std::string>{"constant", "uniform", "exponential", "shifted_exponential", "normal",
                                      "lognormal", "pareto", "weibull", "bernoulli", "empirical"}));
  for (const auto& entry : distribution_table()) EXPECT_TRUE(entry.description.ends_with(".")) << entry.name;
}

// The bits of the draws are part of what a release promises: equal seeds, equal results.
TEST(Distribution, NeverChangesItsDraws) {
  // Enough draws for the rare branches of the algorithms, tails included.
  const auto sum_of_draws = [](const std::string& text) {
    RandomStream stream(1, "golden");
    const Distribution distribution = read(text);
    double sum = 0;
    for (int i = 0; i < 100'000; ++i) sum += distribution.sample(stream);
    return shortest_text(sum);
  };
  EXPECT_EQ(sum_of_draws(R"({"distribution": "uniform", "low": 1, "high": 2})"), "149863.78598456536");
  EXPECT_EQ(sum_of_draws(R"({"distribution": "exponential", "mean": 1})"), "99535.44277953464");
  EXPECT_EQ(sum_of_draws(R"({"distribution": "normal", "mean": 10, "stddev": 1})"), "999604.1850092115");
  EXPECT_EQ(sum_of_draws(R"({"distribution": "lognormal", "mean": 1, "stddev": 0.3})"), "99868.71312522324");
  EXPECT_EQ(sum_of_draws(R"({"distribution": "pareto", "scale": 1, "shape": 2.5})"), "165919.89217146864");
  EXPECT_EQ(sum_of_draws(R"({"distribution": "empirical", "values": [1, 2, 3, 4, 5, 6, 7, 8]})"), "448724");
}

}  // namespace
}  // namespace lockstep
