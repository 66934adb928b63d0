#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/distribution.hpp"
#include "base/error.hpp"
#include "base/json_fields.hpp"
#include "base/random_stream.hpp"
#include "base/unit_text.hpp"

// Damaged input is either read or refused with an InputError; anything else fails the test or stops the sanitizers.
namespace lockstep {
namespace {

// Cuts, repeats, swaps and overwrites a few bytes.
std::string damaged(std::string text, RandomStream& stream) {
  using namespace std::string_literals;
  static const std::string pieces = "{}[]\",:/*\\\0\n\xff\xc3 eE+-.0195"s;
  for (std::uint64_t damage = 0; damage <= stream.below(4) && !text.empty(); ++damage) {
    const std::size_t place = stream.below(text.size());
    const std::size_t length = stream.below(std::min<std::size_t>(text.size() - place, 8)) + 1;
    switch (stream.below(4)) {
      case 0:
        text.erase(place, length);
        break;
      case 1:
        text.insert(place, std::string(text, place, length));
        break;
      case 2:
        std::swap(text[place], text[stream.below(text.size())]);
        break;
      default:
        text[place] = pieces[stream.below(pieces.size())];
    }
  }
  return text;
}

template <class Read>
int count_refusals(const std::string& sound, const std::string& name, int attempts, Read read) {
  RandomStream stream(11, name);
  int refused = 0;
  for (int i = 0; i < attempts; ++i) {
    try {
      read(damaged(sound, stream));
    } catch (const InputError& error) {
      EXPECT_FALSE(error.text().problem.empty());
      ++refused;
    }
  }
  return refused;
}

constexpr int attempts = 20'000;

TEST(ReaderFuzz, DamagedJsonIsReadOrRefused) {
  const std::string sound = R"({"name": "a", // comment
    "link": {"bandwidth": "50 GB/s", "latency": 2e-6}, "list": [1, -2.5, true, null, "\u00e9ü"]})";
  const int refused = count_refusals(sound, "json", attempts, [](const std::string& text) { parse_json(text, "a"); });
  EXPECT_GT(refused, attempts / 10);
  EXPECT_LT(refused, attempts);
}

TEST(ReaderFuzz, DamagedQuantitiesAreReadOrRefused) {
  for (const char* sound : {"7.5e-07 s", "125MBps", "400 Gbit/s", "12.25 µs"}) {
    const int refused = count_refusals(sound, sound, attempts, [](const std::string& text) {
      text.ends_with('s') ? parse_quantity<Bandwidth>(text).si() : parse_quantity<Seconds>(text).si();
    });
    EXPECT_GT(refused, attempts / 10);
  }
}

TEST(ReaderFuzz, DamagedDistributionsAreReadOrRefused) {
  for (const std::string sound :
       {R"({"distribution": "normal", "mean": 1.5, "stddev": 0.25, "low": 0.5, "high": 19})",
        R"({"distribution": "lognormal", "mean": 1.5, "stddev": 0.25})",
        R"({"distribution": "pareto", "scale": 1.5, "shape": 2.25})",
        R"({"distribution": "empirical", "values": [1, 2.5, 1e3], "weights": [1, 0.5, 0]})"}) {
    const int refused = count_refusals(sound, sound, attempts, [](const std::string& text) {
      const Json json = parse_json(text, "a");
      const Distribution distribution = read_distribution(JsonFields(json, "a"), Dimension::factor);
      RandomStream stream(1, "draw");
      const double draw = distribution.sample(stream);
      EXPECT_TRUE(draw >= distribution.minimum() && draw <= 1e200) << text;
      EXPECT_GE(distribution.quantile(0.75), distribution.quantile(0.25)) << text;
    });
    EXPECT_LT(refused, attempts);
  }
}

}  // namespace
}  // namespace lockstep
