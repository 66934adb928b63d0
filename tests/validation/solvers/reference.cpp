#include "tests/validation/solvers/reference.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "base/text_file.hpp"

namespace lockstep::validation {
namespace {

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

std::string numbers_differ(double actual, double expected, double relative, const std::string& path) {
  if (std::abs(actual - expected) <= relative * std::abs(expected)) return "";
  return path + ": " + std::to_string(actual) + ", not " + std::to_string(expected);
}

void expect_refusal(const std::string& solver, const Json& one) {
  try {
    outputs_of(solver, one["inputs"]);
    ADD_FAILURE() << one["inputs"] << " is not refused";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(one["refused"].get<std::string>()), std::string::npos) << error.what();
  }
}

}  // namespace

std::vector<Json> reference_cases(const std::string& name, const std::string& solver) {
  const std::string file = std::string(LOCKSTEP_TEST_DATA) + "/" + name + ".json";
  const Json document = parse_json(read_text_file(file), file);
  std::vector<Json> cases;
  for (const Json& one : document["cases"]) {
    if (one["solver"] == solver) cases.push_back(one);
  }
  return cases;
}

Json outputs_of(const std::string& solver, const Json& inputs) {
  return (*solve(solver, inputs, {.catalog = catalog()}).json)["outputs"];
}

std::string difference(const Json& actual, const Json& expected, double relative, const std::string& path) {
  if (expected.is_number() && actual.is_number()) {
    return numbers_differ(actual.get<double>(), expected.get<double>(), relative, path);
  }
  if (!expected.is_structured())
    return actual == expected ? "" : path + ": " + actual.dump() + ", not " + expected.dump();
  std::string found;
  for (const auto& [key, value] : expected.items()) {
    const bool is_list = expected.is_array();
    const bool is_there =
        is_list ? actual.is_array() && std::stoul(key) < actual.size() : actual.is_object() && actual.contains(key);
    const std::string inside = std::string(path).append(".").append(key);
    if (!is_there) return inside + " is missing";
    found += difference(is_list ? actual[std::stoul(key)] : actual[key], value, relative, inside);
  }
  return found;
}

void expect_reproduced(const std::string& name, const std::string& solver, double relative) {
  const std::vector<Json> cases = reference_cases(name, solver);
  EXPECT_FALSE(cases.empty());
  for (const Json& one : cases) {
    if (one.contains("refused")) {
      expect_refusal(solver, one);
    } else {
      EXPECT_EQ(difference(outputs_of(solver, one["inputs"]), one["outputs"], relative), "") << one["inputs"];
    }
  }
}

}  // namespace lockstep::validation
