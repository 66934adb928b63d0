#include "tests/sim/symmetry/random_scenarios.hpp"

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

#include "base/random_stream.hpp"

namespace lockstep::sim {
namespace {

template <class Value>
Value pick(RandomStream& random, std::initializer_list<Value> values) {
  return *(values.begin() + random.below(values.size()));
}

Json random_fleet(RandomStream& random) {
  const Json link = {{"bandwidth", "50 GB/s"}, {"latency", pick<const char*>(random, {"0 s", "1 us", "10 us"})}};
  const Json device = {{"compute", "100 TFLOP/s"}};
  switch (random.below(6)) {
    case 0:
      return {{"topology", "torus"},
              {"dimensions", {2 + random.below(3), 2 + random.below(3)}},
              {"link", link},
              {"device", device}};
    case 1:
      return {{"topology", "fat_tree"}, {"radix", 4}, {"levels", 2}, {"link", link}, {"device", device}};
    case 2:
      return {{"topology", "ring"}, {"devices", 2 + random.below(12)}, {"link", link}, {"device", device}};
    case 3:
      return {{"topology", "full_mesh"}, {"devices", 2 + random.below(9)}, {"link", link}, {"device", device}};
    case 4:
      return {{"topology", "hypercube"}, {"devices", 8}, {"link", link}, {"device", device}};
    default:
      return {{"topology", "star"}, {"devices", 2 + random.below(12)}, {"link", link}, {"device", device}};
  }
}

Json random_collective(RandomStream& random) {
  Json workload = {
      {"kind", "collective"},
      {"operation", pick<const char*>(random, {"all_reduce", "all_reduce", "reduce_scatter", "all_gather", "all_to_all",
                                               "broadcast", "reduce"})},
      {"algorithm", pick<const char*>(random, {"ring", "ring", "ring", "recursive_doubling", "tree",
                                               "recursive_doubling", "halving_doubling", "direct", "pairwise",
                                               "pairwise", "bruck", "double_tree", "bucket", "bucket_all_ports"})},
      {"bytes", pick<const char*>(random, {"64 MiB", "1 MB", "1000 B"})}};
  if (workload["algorithm"] == "ring" && random.below(2) == 0) {
    workload["channels"] = 1 + random.below(3);
    workload["direction"] = pick<const char*>(random, {"forward", "backward", "alternating"});
  }
  if (workload["algorithm"] == "ring" && random.below(3) == 0) workload["segments"] = 1 + random.below(3);
  if (random.below(4) == 0) workload["element"] = "4 B";
  if (random.below(4) == 0) workload["reduction_rate"] = "100 GB/s";
  return workload;
}

Json random_perturbations(RandomStream& random) {
  Json list = Json::array();
  if (random.below(5) == 0) list.push_back({{"kind", "slow_devices"}, {"devices", {random.below(2)}}, {"factor", 1.5}});
  if (random.below(6) == 0) {
    list.push_back({{"kind", "slow_links"}, {"fraction", 0.2}, {"factor", 2}, {"from", "10 us"}, {"until", "1 ms"}});
  }
  return list;
}

}  // namespace

Json random_collective_run(std::uint64_t seed) {
  RandomStream random(seed, "tests/folding");
  return {{"fleet", random_fleet(random)},
          {"workload", random_collective(random)},
          {"perturbations", random_perturbations(random)},
          {"engine",
           {{"network", random.below(3) > 0 ? "fluid" : "contention_free"},
            {"fidelity", random.below(4) > 0 ? "message" : "flow"},
            {"eager", random.below(4) == 0}}},
          {"run", {{"seed", seed}}}};
}

namespace {

Json random_model(RandomStream& random, int layers) {
  Json model = {{"layers", layers}, {"hidden_dim", 64}, {"heads", 8}, {"kv_heads", 4}, {"ffn", 256}, {"vocab", 512}};
  model["tied_embeddings"] = random.below(2) == 0;
  return model;
}

// On a star, or on nodes with rails.
Json fleet_for(RandomStream& random, int ranks) {
  if (ranks % 4 != 0 || random.below(2) == 0) {
    return {{"topology", "star"},
            {"devices", ranks},
            {"link", {{"bandwidth", "50 GB/s"}, {"latency", "1 us"}}},
            {"device", {{"compute", "100 TFLOP/s"}}}};
  }
  return {{"node",
           {{"devices", 4},
            {"device", {{"compute", "100 TFLOP/s"}}},
            {"link", {{"bandwidth", "400 GB/s"}, {"latency", "1 us"}}},
            {"nics", 4},
            {"nic_link", {{"bandwidth", "60 GB/s"}, {"latency", "0 s"}}}}},
          {"nodes", ranks / 4},
          {"fabric", {{"topology", "rail_optimized"}, {"link", {{"bandwidth", "50 GB/s"}, {"latency", "2 us"}}}}}};
}

}  // namespace

Json random_training_run(std::uint64_t seed) {
  RandomStream random(seed, "tests/folded_training");
  const int pipeline = pick(random, {1, 1, 2, 3, 4});
  const int tensor = pick(random, {1, 2, 4});
  const int data = pick(random, {1, 2, 3, 4});
  const int context = pick(random, {1, 1, 2});
  std::string schedule = pick<const char*>(
      random, {"1f1b", "gpipe", "zb_h1", "zb_h2", "interleaved_1f1b", "zb_v", "dualpipe", "chimera", "dualpipe_v"});
  const int virtual_stages = schedule == "interleaved_1f1b" || schedule == "zb_v" || schedule == "dualpipe_v" ? 2 : 1;
  Json model = random_model(random, pipeline * virtual_stages * pick(random, {1, 2}));
  Json parallel = {{"data", data}, {"tensor", tensor}, {"pipeline", pipeline}, {"context", context}};
  parallel["sequence_parallel"] = tensor > 1 && random.below(2) == 0;
  parallel["zero"] = random.below(4);
  if (random.below(3) == 0) {
    model["experts"] = 12;
    model["active_experts_per_token"] = 2;
    model["ffn_per_expert"] = 128;
    parallel["expert"] = pick(random, {1, data, data * context});
  }
  Json job = {
      {"kind", "training"},
      {"model", model},
      {"global_batch", pipeline * pick(random, {2, 4}) * data},
      {"sequence_length", 128},
      {"parallel", parallel},
      {"schedule", schedule},
      {"gradient_norm", random.below(3) == 0},
      {"overlap",
       {{"gradients", random.below(2) == 0}, {"parameters", random.below(2) == 0}, {"tensor", random.below(2) == 0}}},
      {"buckets", pick<const char*>(random, {"50 kB", "100 kB", "25 MiB"})}};
  if (virtual_stages > 1) job["virtual_stages"] = virtual_stages;
  const bool is_fluid = random.below(3) > 0;
  return {{"fleet", fleet_for(random, data * tensor * pipeline * context)},
          {"workload", job},
          {"perturbations", random_perturbations(random)},
          {"engine", {{"network", is_fluid ? "fluid" : "contention_free"}, {"memory", "report"}}},
          {"run", {{"seed", seed}, {"steps", 1 + random.below(2)}}}};
}

}  // namespace lockstep::sim
