// Means over replicas beside closed forms of expectations: they hold where they apply, and what breaks them has a name.
#include "studies/sampled_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lockstep::studies {
namespace {

using validation::FormCheck;

std::vector<FormCheck> forms_of(const Json& document) {
  static const Catalog catalog = Catalog::bundled();
  const sim::ScenarioSource source{.catalog = catalog};
  const sim::Scenario scenario = sim::read_scenario(document, source);
  EXPECT_TRUE(is_sampled(scenario)) << document.dump();
  return check_sample({document, source}, scenario, 2).checked.forms;
}

const FormCheck& form(const std::vector<FormCheck>& forms, const std::string& id) {
  const auto found = std::find_if(forms.begin(), forms.end(), [&](const FormCheck& one) { return one.form.id == id; });
  EXPECT_NE(found, forms.end()) << id;
  return *found;
}

Json exponential(const Json& mean) {
  return {{"distribution", "exponential"}, {"mean", mean}};
}

Json updates(const std::string& protocol, Json more = Json::object()) {
  Json document = {{"workload",
                    {{"kind", "updates"},
                     {"protocol", protocol},
                     {"workers", 8},
                     {"compute", exponential("1 s")},
                     {"updates", 500}}},
                   {"engine", {{"network", "contention_free"}}},
                   {"run", {{"replicas", 40}, {"seed", 3}}}};
  document["workload"].update(more);
  return document;
}

TEST(SampledCheck, HoldsFormsOfProtocols) {
  for (const auto& [protocol, id, more] :
       std::vector<std::tuple<std::string, std::string, Json>>{{"sync", "S01", Json::object()},
                                                               {"async", "S11", Json::object()},
                                                               {"k_sync", "S09", {{"k", 4}}},
                                                               {"local_sgd", "S17", {{"period", 4}}}}) {
    const std::vector<FormCheck> forms = forms_of(updates(protocol, more));
    const FormCheck& check = form(forms, id);
    EXPECT_TRUE(check.applies) << protocol;
    EXPECT_TRUE(check.holds) << protocol << ": " << check.relative_difference;
    EXPECT_LT(check.tolerance, 0.05) << protocol;
  }
}

TEST(SampledCheck, NamesWhatDisturbsProtocols) {
  Json disturbed = updates("sync");
  disturbed["perturbations"] = {{{"kind", "slow_devices"}, {"devices", {0}}, {"factor", 3}}};
  const std::vector<FormCheck> forms = forms_of(disturbed);
  const FormCheck& check = form(forms, "S01");
  EXPECT_FALSE(check.applies);
  EXPECT_FALSE(check.broken_assumptions.empty());
}

Json training(const Json& jitter) {
  Json perturbation = jitter;
  perturbation["kind"] = "compute_jitter";
  return {{"fleet",
           {{"topology", "switch"},
            {"devices", 8},
            {"link", {{"bandwidth", "50000 GB/s"}, {"latency", "0 us"}}},
            {"device", {{"compute", "100 TFLOP/s"}}}}},
          {"workload",
           {{"kind", "training"},
            {"model", {{"layers", 4}, {"hidden_dim", 512}, {"heads", 8}, {"ffn", 2048}, {"vocab", 1000}}},
            {"global_batch", 8},
            {"sequence_length", 256},
            {"parallel", {{"data", 8}}},
            {"overlap", {{"gradients", false}}}}},
          {"perturbations", Json::array({perturbation})},
          {"engine", {{"network", "contention_free"}}},
          {"run", {{"replicas", 200}, {"seed", 1}}}};
}

TEST(SampledCheck, HoldsTheSlowestOfReplicas) {
  const std::vector<FormCheck> forms = forms_of(training({{"each", "device"}, {"factor", exponential(1)}}));
  EXPECT_TRUE(form(forms, "S01").applies);
  EXPECT_TRUE(form(forms, "S01").holds);
}

TEST(SampledCheck, NamesSumsOfDraws) {
  const std::vector<FormCheck> forms = forms_of(training({{"factor", exponential(1)}}));
  const FormCheck& check = form(forms, "S01");
  EXPECT_FALSE(check.applies);
  const auto& broken = check.broken_assumptions;
  EXPECT_TRUE(
      std::any_of(broken.begin(), broken.end(), [](const auto& one) { return one.assumption == "one_draw_a_step"; }));
}

// R04, and what is no part of it.
TEST(SampledCheck, HoldsRunsWithFailures) {
  Json document = {{"workload",
                    {{"kind", "pipeline"},
                     {"schedule", "1f1b"},
                     {"stages", 2},
                     {"microbatches", 4},
                     {"forward", "1 s"},
                     {"backward", "2 s"}}},
                   {"perturbations",
                    {{{"kind", "failures"},
                      {"mtbf", "1 h"},
                      {"restart", "120 s"},
                      {"checkpoint", {{"interval", "600 s"}, {"write", "60 s"}}}}}},
                   {"engine", {{"network", "contention_free"}}},
                   {"run", {{"steps", 4000}, {"replicas", 200}}}};
  const std::vector<FormCheck> forms = forms_of(document);
  EXPECT_TRUE(form(forms, "R04").applies);
  EXPECT_TRUE(form(forms, "R04").holds) << form(forms, "R04").relative_difference;
  document["perturbations"][0]["checkpoint"]["mode"] = "asynchronous";
  document["perturbations"][0]["checkpoint"]["snapshot"] = "5 s";
  const std::vector<FormCheck> beside = forms_of(document);
  EXPECT_FALSE(form(beside, "R04").applies);
  EXPECT_FALSE(form(beside, "R04").holds);
}

TEST(SampledCheck, LeavesAloneWhatIsNoSample) {
  static const Catalog catalog = Catalog::bundled();
  Json once = updates("sync");
  once["run"]["replicas"] = 1;
  EXPECT_FALSE(is_sampled(sim::read_scenario(once, {.catalog = catalog})));
}

}  // namespace
}  // namespace lockstep::studies
