// What a run says of itself, all of it, whether folded or whole.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/catalog.hpp"
#include "base/child_tasks.hpp"
#include "base/error.hpp"
#include "sim/run_scenario.hpp"
#include "tests/sim/symmetry/random_scenarios.hpp"

namespace lockstep::sim {
namespace {

// In a child, since SimGrid serves one simulation a process.
ChildTask run_of(Json document, bool fold) {
  document["engine"]["fold"] = fold;
  return [document] {
    const Catalog catalog = Catalog::bundled();
    const Scenario scenario = read_scenario(document, {.catalog = catalog});
    return results_of(scenario, run_whole(scenario)).dump();
  };
}

// Where the two differ first; empty if nowhere. Numbers may differ by rounding.
std::string difference(const Json& folded, const Json& whole, const std::string& path = "") {
  if (folded.is_number() && whole.is_number()) {
    const double one = folded.get<double>();
    const double other = whole.get<double>();
    const bool is_equal = std::abs(one - other) <= 1e-9 * std::max(std::abs(other), 1e-6);
    return is_equal ? "" : path + ": " + folded.dump() + " folded, " + whole.dump() + " whole";
  }
  if (folded.type() != whole.type() || folded.size() != whole.size()) return path + " is another";
  if (!folded.is_structured()) return folded == whole ? "" : path + " is another";
  for (const auto& [key, value] : folded.items()) {
    const Json* other = nullptr;
    if (whole.is_array()) other = &whole[std::stoul(key)];
    if (whole.is_object() && whole.contains(key)) other = &whole[key];
    if (other == nullptr) return path + "/" + key + " is new";
    const std::string found = difference(value, *other, path + "/" + key);
    if (!found.empty()) return found;
  }
  return "";
}

// Without what says how it was simulated. Of several ways through a run that took equally long, it may show another.
Json told(const std::string& text) {
  Json results = Json::parse(text);
  results.erase("folding");
  results.erase("engine");
  results["scenario"].erase("engine");
  if (results.contains("critical_path")) {
    double sum = 0;
    for (const Json& part : results["critical_path"]["sums_s"]) sum += part.get<double>();
    results["critical_path"] = sum;
  }
  return results;
}

class FoldedResults : public testing::TestWithParam<int> {};

TEST_P(FoldedResults, AreThoseOfTheWhole) {
  const Catalog catalog = Catalog::bundled();
  std::vector<Json> documents;
  for (auto seed = std::uint64_t{1000} * static_cast<std::uint64_t>(GetParam()); documents.size() < 12; ++seed) {
    Json document = seed % 4 == 0 ? random_collective_run(seed) : random_training_run(seed);
    try {
      read_scenario(document, {.catalog = catalog});
      documents.push_back(std::move(document));
    } catch (const InputError&) {
      continue;
    }
  }
  std::vector<ChildTask> tasks;
  for (const Json& document : documents) {
    tasks.push_back(run_of(document, true));
    tasks.push_back(run_of(document, false));
  }
  const auto answers = run_in_children(tasks, 2);
  std::size_t folded = 0;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::string text = answers[2 * i].bytes();
    EXPECT_EQ(difference(told(text), told(answers[2 * i + 1].bytes())), "") << documents[i].dump();
    if (Json::parse(text)["folding"]["ratio"] > 1) ++folded;
  }
  EXPECT_GT(folded, 2) << "the draws hardly fold";
}

INSTANTIATE_TEST_SUITE_P(Draws, FoldedResults, testing::Range(1, 11));

}  // namespace
}  // namespace lockstep::sim
