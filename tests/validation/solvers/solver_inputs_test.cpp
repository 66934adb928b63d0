#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/validation/solvers/reference.hpp"

namespace lockstep::validation {
namespace {

std::string refusal(const std::string& solver, const Json& scenario) {
  const Catalog catalog = Catalog::bundled();
  try {
    solve(solver, scenario, {.catalog = catalog, .file = "case.json"});
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing was refused";
}

void expect_mentions(const std::string& text, std::initializer_list<const char*> parts) {
  for (const char* part : parts) EXPECT_NE(text.find(part), std::string::npos) << text << " lacks " << part;
}

TEST(SolverInputs, NameTheNearestSolver) {
  expect_mentions(refusal("relaibility", Json::object()), {"no solver 'relaibility'", "did you mean 'reliability'"});
}

TEST(SolverInputs, RefuseUnknownKeysWhereverTheyStand) {
  expect_mentions(refusal("reliability", {{"cluser", "Mega_100K"}}), {"case.json: cluser", "did you mean 'cluster'"});
  expect_mentions(refusal("reliability", {{"solve", {{"intervall", "3 h"}}}}),
                  {"solve.intervall", "did you mean 'interval'"});
}

TEST(SolverInputs, SayWhatIsMissing) {
  expect_mentions(refusal("checkpoint", {{"model", "Llama3_8B"}}), {"'hardware' is missing", "the device"});
  expect_mentions(refusal("checkpoint", {{"model", "Llama3_8B"}, {"hardwre", "H100"}}), {"did you mean 'hardware'"});
}

TEST(SolverInputs, WantUnitsOrTheNameThatStatesThem) {
  const Json bare = {{"cluster", "Mega_100K"}, {"checkpoint_time", 60}};
  expect_mentions(refusal("reliability", bare), {"text with a number and its unit", "checkpoint_time_s"});
  EXPECT_EQ(outputs_of("reliability", {{"cluster", "Mega_100K"}, {"checkpoint_time_s", 60}}),
            outputs_of("reliability", {{"cluster", "Mega_100K"}, {"checkpoint_time", "1 min"}}));
}

TEST(SolverInputs, RefuseTwoNamesForOneThing) {
  expect_mentions(refusal("reliability", {{"mtbf", "1 h"}, {"mtbf_s", 3600}}), {"already states"});
}

TEST(SolverInputs, CheckRangesKindsAndNamesOfTheCatalog) {
  expect_mentions(refusal("sustainability", {{"cluster", "Mega_100K"}, {"duration_days", 1}, {"mfu", 1.5}}),
                  {"mfu", "at most 1"});
  expect_mentions(refusal("pipeline_bubble", {{"P", 2.5}}), {"a whole number"});
  expect_mentions(refusal("checkpoint", {{"model", "Llama3_8B"}, {"hardware", "H10"}}), {"did you mean 'H100'"});
  expect_mentions(refusal("collective", {{"message_B", 8}, {"bandwidth_Bps", 1}, {"algo", "rng"}}), {"'ring'"});
  expect_mentions(refusal("pipeline_bubble", Json::array()), {"an object"});
  expect_mentions(refusal("sustainability", {{"cluster", "Mega_100K"}, {"duration_days", -1}}), {"not be negative"});
}

// What a training scenario may state as a table or a list, and how many microbatches follow from their size.
TEST(SolverInputs, AreTakenFromATrainingScenario) {
  Json scenario = {
      {"fleet",
       {{"node", "DGX_H100"},
        {"nodes", 32},
        {"fabric", {{"topology", "fat_tree"}, {"link", "Ethernet_100G"}, {"oversubscription", {1, 2, 1.5}}}}}},
      {"workload",
       {{"kind", "training"},
        {"model", "Llama3_70B"},
        {"global_batch", 256},
        {"microbatch", 2},
        {"parallel", {{"data", 8}, {"tensor", 8}, {"pipeline", 4}}},
        {"compute", {{"efficiency", {{"default", 0.4}, {"attention", 0.2}}}}}}}};
  const Json flat = {{"model", "Llama3_70B"},
                     {"cluster", "Research_256"},
                     {"oversubscription_ratio", 3},
                     {"batch_size", 256},
                     {"tp_size", 8},
                     {"pp_size", 4},
                     {"efficiency", 0.4},
                     {"microbatch_count", 16}};
  EXPECT_EQ(outputs_of("distributed", scenario), outputs_of("distributed", flat));
  scenario["workload"]["parallel"].erase("data");
  EXPECT_EQ(outputs_of("distributed", scenario), outputs_of("distributed", flat));
  scenario["fleet"]["fabric"]["oversubscription"] = {1, 0};
  expect_mentions(refusal("distributed", scenario), {"oversubscription", "must be positive"});
}

TEST(SolverInputs, FindThingsByTheNameThatPeopleKnow) {
  EXPECT_EQ(outputs_of("checkpoint", {{"model", "Llama-3.1-8B"}, {"hardware", "NVIDIA H100"}}),
            outputs_of("checkpoint", {{"model", "Llama3_8B"}, {"hardware", "H100"}}));
}

TEST(SolverInputs, TakeFleetsWrittenOutLikeThoseOfTheCatalog) {
  const Json written = {{"node", "DGX_H100"}, {"nodes", 32}, {"fabric", "Ethernet_100G"}};
  EXPECT_EQ(outputs_of("network_roofline", {{"model", "Llama3_70B"}, {"cluster", written}}),
            outputs_of("network_roofline", {{"model", "Llama3_70B"}, {"cluster", "Research_256"}}));
}

// A small model, whose parameters are counted: 2 layers of 4h² + 3·16·8 and two norms, embedding and head apart.
TEST(SolverInputs, CountTheParametersOfModelsThatAreDescribedByLayers) {
  const Json described = {{"layers", 2}, {"hidden_dim", 8}, {"heads", 2}, {"ffn", 16}, {"vocab", 100}, {"context", 64}};
  const double parameters = 2 * (4 * 8 * 8 + 3 * 16 * 8 + 2 * 8) + 2 * 100 * 8 + 8;
  EXPECT_EQ(outputs_of("checkpoint", {{"model", described}, {"hardware", "H100"}})["checkpoint_bytes"],
            14 * parameters);
}

TEST(SolverInputs, AreRepeatedInTheAnswerSoThatItCanBeSolvedAgain) {
  const Catalog catalog = Catalog::bundled();
  const SolverSource source{.catalog = catalog};
  const Json first = *solve("reliability", {{"cluster", "Mega_100K"}, {"checkpoint_time_s", 60}}, source).json;
  EXPECT_EQ(first["inputs"]["checkpoint_time"], "60 s");
  EXPECT_EQ(*solve("reliability", first["inputs"], source).json, first);
}

// Every line of the table can be read by a person and by a program.
TEST(Solvers, AreAllDescribed) {
  for (const auto& entry : solvers()) {
    EXPECT_TRUE(entry.description.ends_with('.')) << entry.name;
    EXPECT_FALSE(entry.function->source.empty()) << entry.name;
    for (const SolverInput& input : entry.function->inputs) EXPECT_FALSE(input.meaning.empty()) << input.name;
    for (const SolverOutput& output : entry.function->outputs) EXPECT_FALSE(output.meaning.empty()) << output.name;
  }
}

}  // namespace
}  // namespace lockstep::validation
