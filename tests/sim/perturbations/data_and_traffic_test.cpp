// What there is to do, and who else is on the links: perturbations whose effect can be reckoned.
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/child_tasks.hpp"
#include "base/error.hpp"
#include "sim/run_scenario.hpp"
#include "workloads/training/packed_sequences.hpp"

namespace lockstep::sim {
namespace {

const Catalog& catalog() {
  static const Catalog bundled = Catalog::bundled();
  return bundled;
}

Json fleet_of(int devices) {
  return {{"topology", "switch"},
          {"devices", devices},
          {"link", {{"bandwidth", "50 GB/s"}, {"latency", "0 us"}}},
          {"device", {{"compute", "100 TFLOP/s"}}}};
}

Scenario scenario(const Json& workload, const Json& perturbations, const std::string& network = "contention_free",
                  int devices = 4) {
  const Json document = {{"fleet", fleet_of(devices)},
                         {"workload", workload},
                         {"perturbations", perturbations},
                         {"engine", {{"network", network}, {"fold", false}}},  // what is drawn is not folded either
                         {"run", {{"seed", 5}}}};
  return read_scenario(document, {.catalog = catalog()});
}

// SimGrid simulates once a process.
Json results(const Json& workload, const Json& perturbations, const std::string& network = "contention_free") {
  const ChildTask task = [&] {
    const Scenario one = scenario(workload, perturbations, network);
    Json all = results_of(one, run_scenario(one));
    all.erase("scenario");
    all.erase("folding");
    return all.dump();
  };
  return Json::parse(run_in_children(std::span(&task, 1), 1).front().bytes());
}

double time_of(const Json& workload, const Json& perturbations, const std::string& network = "contention_free") {
  return results(workload, perturbations, network)["time_s"].get<double>();
}

Json alone(Json perturbation) {
  return Json::array({std::move(perturbation)});
}

const Json pipeline = {{"kind", "pipeline"}, {"schedule", "1f1b"}, {"stages", 4},
                       {"microbatches", 8},  {"forward", "10 ms"}, {"backward", "20 ms"}};
Json transformer(int data, int tensor) {
  return {{"kind", "training"},
          {"model", {{"layers", 4}, {"hidden_dim", 512}, {"heads", 8}, {"ffn", 2048}, {"vocab", 1000}}},
          {"global_batch", 16},
          {"sequence_length", 4096},
          {"parallel", {{"data", data}, {"tensor", tensor}}}};
}

TEST(MicrobatchJitter, StretchesAllWorkOnAMicrobatch) {
  const double undisturbed = time_of(pipeline, Json::array());
  EXPECT_NEAR(time_of(pipeline, alone({{"kind", "microbatch_jitter"}, {"factor", 2}})), 2 * undisturbed, 1e-12);
  const Json one = alone({{"kind", "microbatch_jitter"}, {"factor", 1}});
  EXPECT_EQ(results(pipeline, one), results(pipeline, Json::array()));
}

// All stages take the same factor for a microbatch, so the work of a stage is the same everywhere.
TEST(MicrobatchJitter, IsTheSameInAllStages) {
  const Json jitter =
      alone({{"kind", "microbatch_jitter"}, {"factor", {{"distribution", "uniform"}, {"low", 0.5}, {"high", 1.5}}}});
  const Json stages = results(pipeline, jitter)["stages"];
  EXPECT_GT(std::abs(stages[0]["busy_s"].get<double>() - 8 * 0.03), 1e-4);
  for (const Json& stage : stages) EXPECT_NEAR(stage["busy_s"].get<double>(), stages[0]["busy_s"].get<double>(), 1e-12);
}

// Tensor ranks work on the same data, and never wait for each other; replicas do.
TEST(MicrobatchJitter, SetsReplicasApartAndNotTensorRanks) {
  const Json jitter =
      alone({{"kind", "microbatch_jitter"}, {"factor", {{"distribution", "uniform"}, {"low", 0.5}, {"high", 1.5}}}});
  EXPECT_NEAR(results(transformer(1, 4), jitter)["breakdown_s"]["straggling"].get<double>(), 0, 1e-12);
  EXPECT_GT(results(transformer(4, 1), jitter)["breakdown_s"]["straggling"].get<double>(), 1e-4);
}

TEST(SequenceLengths, OfOneDocumentEachChangeNothing) {
  const Json whole = alone({{"kind", "sequence_lengths"}, {"length", 1e6}});
  EXPECT_EQ(results(transformer(4, 1), whole), results(transformer(4, 1), Json::array()));
}

// A token meets those before it in its own document: 1 + 2 + … + n of them, n(n + 1)/2.
TEST(SequenceLengths, SquareWithinDocuments) {
  const workloads::PackedSequences packed{.sequences = 1, .tokens = 8, .attention = {}};
  const std::array<std::uint64_t, 2> halves = {4, 4};
  EXPECT_DOUBLE_EQ(workloads::attention_share(packed, halves), 2 * (4 * 5 / 2.) / (8 * 9 / 2.));
  const std::array<std::uint64_t, 3> parts = {5, 2, 1};
  EXPECT_DOUBLE_EQ(workloads::attention_share(packed, parts), (15 + 3 + 1) / 36.);
  const std::array<std::uint64_t, 1> whole = {8};
  EXPECT_DOUBLE_EQ(workloads::attention_share(packed, whole), 1);
}

TEST(SequenceLengths, ShortenAttentionAlone) {
  const double undisturbed = time_of(transformer(4, 1), Json::array());
  const double halves = time_of(transformer(4, 1), alone({{"kind", "sequence_lengths"}, {"length", 2048}}));
  const double tiny = time_of(transformer(4, 1), alone({{"kind", "sequence_lengths"}, {"length", 1}}));
  EXPECT_LT(halves, undisturbed);
  EXPECT_LT(tiny, halves);
  // Half of the attention goes with halves, all of it with single tokens.
  EXPECT_NEAR((undisturbed - halves) / (undisturbed - tiny), 0.5, 1e-3);
}

Json mixture(const Json& routing) {
  return {{"kind", "training"},
          {"model",
           {{"layers", 4},
            {"hidden_dim", 512},
            {"heads", 8},
            {"ffn", 2048},
            {"vocab", 1000},
            {"experts", 8},
            {"active_experts_per_token", 2},
            {"ffn_per_expert", 1024}}},
          {"global_batch", 16},
          {"sequence_length", 1024},
          {"routing", routing},
          {"parallel", {{"data", 4}, {"expert", 4}}}};
}
Json hot_experts(double factor) {
  return {{"kind", "hot_experts"}, {"factor", factor}};
}

TEST(HotExperts, AreTheRoutingOfThatName) {
  for (const char* network : {"contention_free", "fluid"}) {
    Json disturbed = results(mixture("balanced"), alone(hot_experts(1.75)), network);
    Json routed = results(mixture({{"kind", "hot"}, {"factor", 1.75}}), Json::array(), network);
    disturbed.erase("memory");
    routed.erase("memory");
    EXPECT_EQ(disturbed, routed);
    EXPECT_GT(disturbed["time_s"].get<double>(), time_of(mixture("balanced"), Json::array(), network));
  }
  EXPECT_EQ(results(mixture("balanced"), alone(hot_experts(1))), results(mixture("balanced"), Json::array()));
}

TEST(HotExperts, MultiplyAsFarAsThereAreTokens) {
  Json twice = alone(hot_experts(1.25));
  twice.push_back(hot_experts(1.6));
  EXPECT_EQ(time_of(mixture("balanced"), twice), time_of(mixture("balanced"), alone(hot_experts(2))));
  twice.push_back(hot_experts(4));
  EXPECT_EQ(time_of(mixture("balanced"), twice), time_of(mixture("balanced"), alone(hot_experts(4))));
}

TEST(HotExperts, AreRefusedWhereThereAreNone) {
  EXPECT_THROW(scenario(transformer(4, 1), alone(hot_experts(2))), InputError);
  EXPECT_THROW(scenario(mixture("random"), alone(hot_experts(2))), InputError);
  EXPECT_THROW(scenario(mixture("balanced"), alone(hot_experts(0.5))), InputError);
  EXPECT_THROW(scenario(mixture("balanced"), alone(hot_experts(4.5))), InputError);
}

const Json message = {{"kind", "collective"},
                      {"operation", "send"},
                      {"messages", {{{"from", 0}, {"to", 1}, {"bytes", "50 GB"}, {"at", "0 s"}}}}};
Json traffic(Json fields) {
  fields["kind"] = "background_traffic";
  fields["links"] = {"d0->s0"};
  return Json::array({fields});
}

class TrafficOn : public testing::TestWithParam<const char*> {};
TEST_P(TrafficOn, TakesItsRate) {
  EXPECT_NEAR(time_of(message, traffic({{"rate", "10 GB/s"}}), GetParam()), 1.25, 1e-9);
  EXPECT_NEAR(time_of(message, traffic({{"rate", "25 GB/s"}, {"from", "0.5 s"}}), GetParam()), 1.5, 1e-9);
  EXPECT_NEAR(time_of(message, traffic({{"rate", "25 GB/s"}, {"until", "0.5 s"}}), GetParam()), 1.25, 1e-9);
}
TEST_P(TrafficOn, EndsWithTheJob) {
  const Json flow = traffic({{"rate", "25 GB/s"}, {"every", "10 s"}, {"lasts", "1 s"}});
  EXPECT_LT(time_of(message, flow, GetParam()), 20);
}
// It is quiet for 0.1 s, takes half for 0.1 s, and so on. Each such round carries 0.15 of the message, and what six of
// them leave passes before it comes again.
TEST_P(TrafficOn, ComesAndGoes) {
  const Json flow = traffic({{"flows", 1}, {"every", "0.1 s"}, {"lasts", "0.1 s"}});
  EXPECT_NEAR(time_of(message, flow, GetParam()), 1.3, 1e-9);
  const Json rate = traffic({{"rate", "25 GB/s"}, {"every", "0.1 s"}, {"lasts", "0.1 s"}});
  EXPECT_NEAR(time_of(message, rate, GetParam()), 1.3, 1e-9);
}
TEST_P(TrafficOn, OfFlowsAddsUpFlowByFlow) {
  Json flows = traffic({{"flows", 2}});
  flows.push_back(traffic({{"flows", 1}, {"until", "2 s"}})[0]);
  // A quarter until 2 s, a third from then on.
  EXPECT_NEAR(time_of(message, flows, GetParam()), 2 + 0.5 * 3, 1e-9);
}
INSTANTIATE_TEST_SUITE_P(EveryNetwork, TrafficOn, testing::Values("fluid", "ports", "contention_free"));

// Max-min fairness: one of three flows gets a third.
TEST(BackgroundTraffic, OfFlowsSharesFairly) {
  EXPECT_NEAR(time_of(message, traffic({{"flows", 2}}), "fluid"), 3, 1e-9);
  EXPECT_NEAR(time_of(message, traffic({{"flows", 1}, {"from", "0.5 s"}}), "fluid"), 1.5, 1e-9);
}

TEST(BackgroundTraffic, MayTakeARoute) {
  Json flow = traffic({{"flows", 1}});
  flow[0].erase("links");
  flow[0]["between"] = Json::array({Json::array({"d0", "d2"})});
  EXPECT_NEAR(time_of(message, flow, "fluid"), 2, 1e-9);
  flow[0]["between"] = Json::array({Json::array({"d2", "d3"})});
  EXPECT_NEAR(time_of(message, flow, "fluid"), 1, 1e-9);
}

// Where nothing is shared, nothing that takes longer makes a run shorter.
TEST(Perturbations, OfDataAndTrafficNeverHelpByTakingMore) {
  const Json drawn = {{"distribution", "lognormal"}, {"mean", 1}, {"sigma", 0.5}};
  double before = 0;
  for (const double factor : {0.5, 1.0, 1.5, 4.0}) {
    Json jitters = alone({{"kind", "microbatch_jitter"}, {"factor", drawn}});
    jitters.push_back({{"kind", "microbatch_jitter"}, {"factor", factor}});
    const double time = time_of(transformer(2, 2), jitters);
    EXPECT_GT(time, before);
    before = time;
  }
  before = 0;
  for (const int flows : {1, 2, 8, 40}) {
    const double time = time_of(transformer(2, 2), traffic({{"flows", flows}}));
    EXPECT_GE(time, before);
    before = time;
  }
}

// Of drawn times and targets: one more perturbation draws from streams of its own.
TEST(Perturbations, OfDataAndTrafficLeaveTheDrawsOfOthers) {
  const Json lengths = {{"kind", "sequence_lengths"},
                        {"length", {{"distribution", "lognormal"}, {"mean", 1000}, {"sigma", 1}}}};
  const Json flows = {{"kind", "background_traffic"},
                      {"fraction", 0.5},
                      {"flows", 3},
                      {"every", {{"distribution", "exponential"}, {"mean", "100 us"}}},
                      {"lasts", {{"distribution", "exponential"}, {"mean", "100 us"}}}};
  const Json factor_one = {{"kind", "microbatch_jitter"}, {"factor", 1}};
  const Json both = {lengths, flows};
  EXPECT_EQ(results(transformer(2, 2), both), results(transformer(2, 2), {flows, factor_one, lengths}));
  EXPECT_NE(time_of(transformer(2, 2), both), time_of(transformer(2, 2), alone(lengths)));
  EXPECT_NE(time_of(transformer(2, 2), both), time_of(transformer(2, 2), alone(flows)));
}

TEST(Perturbations, OfDataAndTrafficRefuseWhatMakesNoSense) {
  for (const Json& fields : std::vector<Json>{{{"rate", "60 GB/s"}},
                                              {{"rate", "0 B/s"}},
                                              {{"flows", 0}},
                                              {{"rate", "1 GB/s"}, {"flows", 1}},
                                              Json::object()}) {
    EXPECT_THROW(scenario(message, traffic(fields)), InputError) << fields.dump();
  }
  EXPECT_THROW(scenario(message, alone({{"kind", "microbatch_jitter"}, {"factor", 2}})), InputError);
  EXPECT_THROW(scenario(pipeline, alone({{"kind", "sequence_lengths"}, {"length", 100}})), InputError);
  EXPECT_THROW(scenario(transformer(4, 1), alone({{"kind", "sequence_lengths"}, {"length", 0.2}})), InputError);
}

// Two rings on four devices each, in the order in which devices are named.
double slower_of_two(const Json& first, const Json& second) {
  Json document = {{"fleet",
                    {{"topology", "fat_tree"},
                     {"down", {4, 2}},
                     {"oversubscription", {4}},
                     {"link", {{"bandwidth", "50 GB/s"}, {"latency", "0 us"}}}}},
                   {"workloads", Json::array()}};
  for (const Json& devices : {first, second}) {
    document["workloads"].push_back({{"kind", "collective"},
                                     {"operation", "all_reduce"},
                                     {"algorithm", "ring"},
                                     {"bytes", "1 GB"},
                                     {"devices", devices}});
  }
  const ChildTask task = [&] {
    const Scenario both = read_scenario(document, {.catalog = catalog()});
    return Json(run_scenario(both).end.si()).dump();
  };
  return Json::parse(run_in_children(std::span(&task, 1), 1).front().bytes()).get<double>();
}

// Beside each other they have leaves of their own. Across, half of the hops of each ring go through the one uplink that
// four devices share: two flows each way at a time, as fast as one device.
TEST(DeviceChoice, PlacesJobsBesideEachOtherOrAcross) {
  const double ring = 2 * 3 * 0.25e9 / 50e9;
  EXPECT_NEAR(slower_of_two("0-3", "4-7"), ring, 1e-9);
  EXPECT_NEAR(slower_of_two({"0-3"}, {4, 5, "6-7"}), ring, 1e-9);
  const Json even = {{"every", 2}};
  const Json odd = {{"every", 2}, {"from", 1}};
  EXPECT_NEAR(slower_of_two(even, odd), 2 * ring, 1e-9);
}

TEST(DeviceChoice, GoesByPlaces) {
  Json document = {
      {"fleet",
       {{"node", "DGX_H100"}, {"nodes", 4}, {"fabric", {{"topology", "rail_optimized"}, {"link", "InfiniBand_NDR"}}}}},
      {"workload", {{"kind", "collective"}, {"operation", "all_reduce"}, {"algorithm", "ring"}, {"bytes", "1 MB"}}}};
  document["workload"]["devices"] = {{"nodes", {1, 3}}};
  const Scenario read = read_scenario(document, {.catalog = catalog()});
  const std::vector<topology::VertexId> placement = read.jobs().front().placement;
  ASSERT_EQ(placement.size(), 16);
  EXPECT_EQ(placement.front(), read.fleet().devices()[8]);
  EXPECT_EQ(placement.back(), read.fleet().devices()[31]);
  for (const Json& wrong : std::vector<Json>{
           {{"nodes", {9}}}, {{"nodes", {0}}, {"racks", {0}}}, "3-1", "0-99", Json::array(), {0, "0-2"}}) {
    document["workload"]["devices"] = wrong;
    EXPECT_THROW(read_scenario(document, {.catalog = catalog()}), InputError) << wrong.dump();
  }
}

}  // namespace
}  // namespace lockstep::sim
