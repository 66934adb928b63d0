// Leaving out the steps that repeat changes nothing of what a run tells.
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/child_tasks.hpp"
#include "base/error.hpp"
#include "base/random_stream.hpp"
#include "sim/run_scenario.hpp"

namespace lockstep::sim {
namespace {

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

Scenario read(const Json& document) {
  return read_scenario(document, {.catalog = catalog()});
}

template <class Value>
Value pick(RandomStream& random, std::initializer_list<Value> values) {
  return *(values.begin() + random.below(values.size()));
}

Json random_collective(RandomStream& random) {
  Json workload = {{"kind", "collective"}, {"bytes", "10 MB"}};
  switch (random.below(4)) {
    case 0:
      workload.update({{"operation", "all_reduce"}, {"algorithm", "ring"}, {"channels", pick(random, {1, 2})}});
      workload["reduction_rate"] = pick<const char*>(random, {"40 GB/s", "500 GB/s"});
      break;
    case 1:
      workload.update({{"operation", "all_reduce"}, {"algorithm", pick<const char*>(random, {"in_switch", "tree"})}});
      break;
    case 2:
      workload.update({{"operation", "all_to_all"}, {"algorithm", "pairwise"}, {"message_overhead", "3 us"}});
      break;
    default:
      workload.update({{"operation", "broadcast"}, {"algorithm", "chain"}, {"segments", 8}});
  }
  if (random.below(2) == 0) workload["arrivals"] = {"0 s", "0 s", "30 us", "0 s", "0 s", "0 s", "10 us", "0 s"};
  return workload;
}

Json random_pipeline(RandomStream& random) {
  Json workload = {{"kind", "pipeline"},
                   {"schedule", pick<const char*>(random, {"1f1b", "gpipe", "zb_h1", "chimera"})},
                   {"stages", 4},
                   {"microbatches", 8},
                   {"forward", "1 ms"},
                   {"backward_input", "1 ms"},
                   {"backward_weight", "1 ms"},
                   {"stage_scale", {1, 1, 1.5, 1}}};
  if (random.below(2) == 0) {
    workload["activation"] = "10 MB";
  } else {
    workload["transfer"] = "100 us";
  }
  return workload;
}

Json random_training(RandomStream& random) {
  const int pipeline = pick(random, {1, 2});
  const int tensor = pick(random, {1, 2});
  return {{"kind", "training"},
          {"model", {{"layers", 4}, {"hidden_dim", 64}, {"heads", 8}, {"ffn", 256}, {"vocab", 512}}},
          {"global_batch", 16},
          {"sequence_length", 128},
          {"parallel",
           {{"data", 8 / pipeline / tensor}, {"tensor", tensor}, {"pipeline", pipeline}, {"zero", random.below(4)}}},
          {"overlap",
           {{"gradients", random.below(2) == 0},
            {"parameters", random.below(2) == 0},
            {"compute_slowdown", pick(random, {1.0, 1.3})}}},
          {"buckets", "100 kB"}};
}

Json document(RandomStream& random, const std::string& network) {
  Json document = {{"fleet",
                    {{"topology", pick<const char*>(random, {"switch", "ring"})},
                     {"devices", 8},
                     {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2 us"}}},
                     {"device", {{"compute", "1 TFLOP/s"}}}}},
                   {"engine", {{"network", network}, {"eager", random.below(4) == 0}}}};
  const auto kind = random.below(3);
  document["workload"] = kind == 0   ? random_collective(random)
                         : kind == 1 ? random_pipeline(random)
                                     : random_training(random);
  // Switches reduce where there are any.
  if (document["workload"].value("algorithm", "") == "in_switch") document["fleet"]["topology"] = "switch";
  return document;
}

std::string seconds(double time) {
  return Json(time).dump() + " s";
}

// Some last, some end, and in some everything is drawn.
Json random_perturbation(RandomStream& random, double step) {
  const std::string from = seconds(2 * random.uniform() * step);
  const std::string until = seconds((2 + 3 * random.uniform()) * step);
  switch (random.below(8)) {
    case 0:
      return {{"kind", "slow_devices"}, {"devices", {3}}, {"factor", 1.7}};
    case 1:
      return {{"kind", "slow_devices"}, {"devices", {1, 2}}, {"factor", 0.6}, {"from", from}, {"until", until}};
    case 2:
      return {{"kind", "slow_links"}, {"links", {"d1"}}, {"factor", 3}, {"from", from}, {"until", until}};
    case 3:
      return {{"kind", "stall"},
              {"every", {{"distribution", "exponential"}, {"mean", seconds(step / 3)}}},
              {"lasts", seconds(step / 10)},
              {"until", until}};
    case 4:
      return {{"kind", "background_traffic"}, {"links", {"d2"}}, {"flows", 2}, {"from", from}, {"until", until}};
    case 5:
      return {{"kind", "background_traffic"}, {"links", {"d5"}}, {"rate", "20 GB/s"}};
    case 6:
      return {{"kind", "compute_jitter"},
              {"each", "device"},
              {"factor", {{"distribution", "uniform"}, {"low", 0.8}, {"high", 1.5}}}};
    default:
      break;
  }
  Json again = {{"kind", "slow_devices"},
                {"devices", {0}},
                {"factor", 2},
                {"every", seconds(0.7 * step)},
                {"lasts", seconds(0.2 * step)}};
  if (random.below(2) == 0) again["until"] = until;
  return again;
}

Json as_json(const Timeline& timeline) {
  const auto numbers = [](const auto& all) {
    Json list = Json::array();
    for (const auto& one : all) list.push_back(one.si());
    return list;
  };
  const JobTimeline& job = timeline.jobs.front();
  return {{"end", timeline.end.si()},
          {"job_end", job.end.si()},
          {"rank_end", numbers(job.rank_end)},
          {"step_ends", numbers(job.step_ends)},
          {"bytes_of_phase", numbers(job.bytes_of_phase)},
          {"message_bytes", timeline.message_bytes.si()},
          {"link_bytes", numbers(timeline.link_bytes)},
          {"busy", numbers(timeline.busy)}};
}

// SimGrid simulates once a process.
std::vector<Json> run_all(const std::vector<Json>& documents) {
  std::vector<ChildTask> tasks;
  for (const Json& document : documents) {
    tasks.emplace_back([&document] {
      const Scenario scenario = read(document);
      const Timeline timeline = run_scenario(scenario);
      return Json{{"results", results_of(scenario, timeline)}, {"timeline", as_json(timeline)}}.dump();
    });
  }
  std::vector<Json> all;
  for (const ChildAnswer& answer : run_in_children(tasks, 2)) all.push_back(Json::parse(answer.bytes()));
  return all;
}

void expect_same(const Json& one, const Json& other, double time, const std::string& where) {
  if (one.is_number_float()) {
    EXPECT_NEAR(one.get<double>(), other.get<double>(), 1e-9 * (std::abs(one.get<double>()) + time)) << where;
  } else if (one.is_structured()) {
    ASSERT_EQ(one.size(), other.size()) << where;
    auto mine = one.begin();
    for (const auto& [key, value] : other.items()) expect_same(*mine++, value, time, where + "." + key);
  } else {
    EXPECT_EQ(one, other) << where;
  }
}

double path_length(const Json& results) {
  double sum = 0;
  for (const Json& part : results["critical_path"]["sums_s"]) sum += part.get<double>();
  return sum;
}

// How many steps were simulated.
std::uint64_t expect_same_runs(Json shortened, Json whole) {
  const double time = whole["results"]["time_s"].get<double>();
  const auto simulated = shortened["results"]["steps"]["simulated"].get<std::uint64_t>();
  const auto count = whole["results"]["steps"]["count"].get<std::uint64_t>();
  EXPECT_EQ(whole["results"]["steps"]["simulated"], count);
  if (whole["results"].contains("critical_path")) {
    EXPECT_NEAR(path_length(shortened["results"]), path_length(whole["results"]), 1e-9 * time);
  }
  for (Json* run : {&shortened, &whole}) {
    (*run)["results"]["steps"].erase("simulated");
    // Of paths that are equally long, roundings choose.
    for (const char* key : {"scenario", "critical_path", "folding"}) (*run)["results"].erase(key);
  }
  expect_same(shortened, whole, time, "");
  return simulated;
}

void expect_steady_steps(const std::string& network, std::uint64_t seed, int scenarios) {
  RandomStream random(seed, "tests/steady_steps");
  std::vector<Json> once;
  for (int i = 0; i < scenarios; ++i) once.push_back(document(random, network));
  // Roughly, and quickly.
  std::vector<Json> without_contention = once;
  for (Json& one : without_contention) one["engine"]["network"] = "contention_free";
  const std::vector<Json> undisturbed = run_all(without_contention);
  std::vector<Json> documents;
  for (std::size_t i = 0; i < once.size(); ++i) {
    Json several = once[i];
    const auto step = undisturbed[i]["results"]["time_s"].get<double>();
    for (auto left = random.below(4); left > 0; --left) {
      several["perturbations"].push_back(random_perturbation(random, step));
    }
    for (const bool every_step : {false, true}) {
      several["run"] = {{"steps", 7}, {"seed", i}, {"every_step", every_step}};
      documents.push_back(several);
    }
  }
  const std::vector<Json> runs = run_all(documents);
  std::array<int, 3> seen = {};  // how often one step, some and all were simulated
  for (std::size_t i = 0; i < documents.size(); i += 2) {
    SCOPED_TRACE(documents[i].dump());
    const std::uint64_t simulated = expect_same_runs(runs[i], runs[i + 1]);
    ++seen[simulated == 1 ? 0 : simulated < 7 ? 1 : 2];
  }
  for (const int times : seen) EXPECT_GE(times, scenarios / 20);
}

TEST(SteadySteps, AreThoseOfEveryStepWithoutContention) {
  expect_steady_steps("contention_free", 1, 100);
}

TEST(SteadySteps, AreThoseOfEveryStepUnderFluidSharing) {
  expect_steady_steps("fluid", 2, 20);
}

}  // namespace
}  // namespace lockstep::sim
