#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/catalog.hpp"
#include "base/error.hpp"
#include "base/unit_text.hpp"

// The data of catalog/: complete, with sources, and equal to what was carried over.
namespace lockstep {
namespace {

template <class Visitor>
void for_each_entry(const Catalog& catalog, const Visitor& visit) {
  for (const std::string& kind : Catalog::kinds()) {
    for (const std::string& name : catalog.names(kind)) visit(catalog.find(kind, name));
  }
}

// The SI value of a text under `key`; none where the key holds words.
std::optional<double> in_si(const std::string& key, const std::string& text) {
  static const std::set<std::string> sizes = {
      "memory",      "sram",      "capacity", "l2_cache", "register_file_per_sm", "shared_memory_per_sm",
      "host_memory", "model_size"};
  static const std::set<std::string> bandwidths = {"bandwidth", "memory_bandwidth", "quoted_bandwidth", "throughput"};
  static const std::set<std::string> times = {"latency", "latency_min", "latency_max", "hop_latency", "dispatch_tax",
                                              "time",    "time_min",    "time_max",    "mttf"};
  static const std::set<std::string> work = {"inference_flops", "training_ops"};
  if (sizes.contains(key)) return parse_quantity<Bytes>(text, key).si();
  if (bandwidths.contains(key)) return parse_quantity<Bandwidth>(text, key).si();
  if (times.contains(key)) return parse_quantity<Seconds>(text, key).si();
  if (work.contains(key)) return parse_quantity<Flops>(text, key).si();
  if (key == "compute" || key == "precision") return parse_quantity<FlopRate>(text, key).si();
  return std::nullopt;
}

// The figure at "a.b" in SI units.
double figure(const CatalogEntry& entry, const std::string& path) {
  const auto dot = path.find('.');
  const Json& outer = entry.value().at(path.substr(0, dot));
  const Json& value = dot == std::string::npos ? outer : outer.at(path.substr(dot + 1));
  if (!value.is_string()) return value.get<double>();
  const std::string key = path.starts_with("precision.") ? "precision" : path.substr(dot + 1);  // npos + 1 is 0
  return in_si(key, value.get<std::string>()).value();
}

// All of the registry, and the H800 and its node, which bundled scenarios need.
TEST(BundledCatalog, HoldsEveryThingOfTheRegistryItWasMadeFrom) {
  const std::map<std::string, std::size_t> expected = {
      {"device", 31},    {"node", 5},        {"fabric", 10},  {"cluster", 11}, {"model", 26},      {"grid", 12},
      {"datacenter", 7}, {"cooling", 6},     {"rack", 5},     {"pod", 1},      {"switch", 6},      {"interconnect", 4},
      {"storage", 8},    {"reliability", 9}, {"recovery", 7}, {"pricing", 14}, {"calibration", 22}};
  const Catalog catalog = Catalog::bundled();
  std::map<std::string, std::size_t> counts;
  for (const std::string& kind : Catalog::kinds()) counts[kind] = catalog.names(kind).size();
  EXPECT_EQ(counts, expected);
}

TEST(BundledCatalog, DescribesEveryKind) {
  const Catalog catalog = Catalog::bundled();
  for (const std::string& kind : Catalog::kinds()) EXPECT_TRUE(catalog.description(kind).ends_with(".")) << kind;
}

TEST(BundledCatalog, SaysOfEveryEntryWhereItComesFrom) {
  for_each_entry(Catalog::bundled(), [](const CatalogEntry& entry) {
    EXPECT_FALSE(entry.fields().required<std::string>("source").empty()) << entry.kind() << ' ' << entry.name();
  });
}

TEST(BundledCatalog, NamesInSourcesOnlyFiguresThatTheEntryHas) {
  for_each_entry(Catalog::bundled(), [](const CatalogEntry& entry) {
    if (!entry.value().contains("sources")) return;
    for (const auto& [path, unused] : entry.value()["sources"].items()) {
      const auto dot = path.find('.');
      const Json& outer = entry.value().at(path.substr(0, dot));
      EXPECT_TRUE(dot == std::string::npos || outer.contains(path.substr(dot + 1))) << entry.name() << ' ' << path;
    }
  });
}

void check_figures(const Json& object, const std::string& entry, const std::string& outer_key) {
  static const std::set<std::string> words = {
      "name", "tier", "source",   "sources",       "notes",      "quoted_as", "device",         "interconnect",
      "node", "type", "fabric",   "topology",      "latency_is", "grid",      "primary_source", "inference_flops_unit",
      "mlp",  "norm", "position", "attention_bias"};
  for (const auto& [key, value] : object.items()) {
    SCOPED_TRACE(testing::Message() << entry << ": " << key);
    EXPECT_FALSE(value.is_null()) << "an unknown figure is left out";
    if (value.is_object() && key != "sources") check_figures(value, entry, key);
    if (!value.is_string()) continue;
    const auto si = in_si(outer_key == "precision" ? outer_key : key, value.get<std::string>());
    EXPECT_NE(si.has_value(), words.contains(key));
    EXPECT_GE(si.value_or(0), 0);
  }
}

TEST(BundledCatalog, WritesEveryTextAsAQuantityOrAKnownWord) {
  for_each_entry(Catalog::bundled(), [](const CatalogEntry& entry) { check_figures(entry.value(), entry.name(), ""); });
}

TEST(BundledCatalog, RefersOnlyToEntriesThatExist) {
  const Catalog catalog = Catalog::bundled();
  std::size_t references = 0;
  for_each_entry(catalog, [&](const CatalogEntry& entry) {
    for (const char* kind : {"device", "node", "fabric", "grid"}) {
      if (!entry.value().contains(kind)) continue;
      EXPECT_NO_THROW(catalog.find(kind, entry.value()[kind].get<std::string>())) << entry.name();
      ++references;
    }
  });
  EXPECT_EQ(references, 5 + 2 * 11 + 7 + 1 + 1);  // nodes, clusters, datacenters, a rack, a pod
}

TEST(BundledCatalog, CountsTheAcceleratorsOfItsClustersRight) {
  const Catalog catalog = Catalog::bundled();
  for (const std::string& name : catalog.names("cluster")) {
    const CatalogEntry& cluster = catalog.find("cluster", name);
    const CatalogEntry& node = catalog.find("node", cluster.value().at("node").get<std::string>());
    EXPECT_EQ(figure(cluster, "accelerators"), figure(cluster, "nodes") * figure(node, "devices")) << name;
  }
}

// Two links of a node, one on each side of its switch, take as long as the registry says of the whole way; the node's
// links are as fast as those of its devices.
TEST(BundledCatalog, BuildsNodesFromTheLinksOfTheirDevices) {
  const Catalog catalog = Catalog::bundled();
  for (const std::string& name : catalog.names("node")) {
    const CatalogEntry& node = catalog.find("node", name);
    const CatalogEntry& device = catalog.find("device", node.value().at("device").get<std::string>());
    EXPECT_EQ(figure(node, "link.bandwidth"), figure(device, "scaleup_link.bandwidth")) << name;
    EXPECT_EQ(2 * figure(node, "link.latency"), figure(device, "scaleup_link.latency")) << name;
    EXPECT_EQ(figure(node, "nic_link.bandwidth"), figure(device, "host_link.bandwidth")) << name;
  }
}

struct Pin {
  const char* kind;
  const char* name;
  const char* path;
  double si;
};
constexpr Pin pins[] = {
    {"device", "H100", "compute", 989e12},
    {"device", "H100", "precision.fp8", 1979e12},
    {"device", "H100", "precision.fp32", 67e12},
    {"device", "H100", "memory", 85899345920},
    {"device", "H100", "memory_bandwidth", 3.35e12},
    {"device", "H100", "scaleup_link.bandwidth", 450e9},
    {"device", "H100", "scaleup_link.quoted_bandwidth", 900e9},
    {"device", "H100", "host_link.bandwidth", 64e9},
    {"device", "H100", "dispatch_tax", 1e-5},
    {"device", "H100", "storage.capacity", 2e12},
    {"device", "H100", "tdp_w", 700},
    {"device", "H100", "unit_cost_usd", 25000},
    {"device", "H100", "embodied_carbon_kg", 164},
    {"device", "H200", "memory", 140660178944},
    {"device", "A100", "host_link.bandwidth", 32e9},
    {"device", "A100", "memory_bandwidth", 2.039e12},
    {"device", "B200", "precision.fp4", 9e15},
    {"device", "GB200_NVL72", "memory", 14843406974976},
    {"device", "GB200_NVL72", "accelerators", 72},
    {"device", "V100", "host_link.bandwidth", 15.75e9},
    {"device", "TPUv5p", "memory", 102005473280},
    {"device", "TPUv5p", "sram", 134217728},
    {"device", "Cerebras_CS3", "memory_bandwidth", 21e15},
    {"device", "IntelSGX", "dispatch_tax", 0.005},
    {"node", "DGX_H100", "host_memory", 2199023255552},
    {"node", "DGX_H100", "psus", 2},
    {"node", "Kempner_H100_4GPU", "nics", 4},
    {"fabric", "Ethernet_100G", "bandwidth", 12.5e9},
    {"fabric", "Ethernet_100G", "latency", 5e-5},
    {"fabric", "InfiniBand_NDR", "bandwidth", 50e9},
    {"fabric", "InfiniBand_HDR", "latency", 7e-6},
    {"cluster", "Research_256", "nodes", 32},
    {"cluster", "Mega_100K", "accelerators", 100000},
    {"model", "Llama3_70B", "parameters", 70.6e9},
    {"model", "Llama3_8B", "inference_flops", 16060000000.0},
    {"model", "Llama3_70B", "model_card.ffn", 28672},
    {"model", "GPT3", "training_ops", 3.14e23},
    {"model", "GPT3", "training_energy_mwh", 1287},
    {"model", "DeepSeek_V3", "heads", 56},
    {"model", "DeepSeek_V3", "model_card.heads", 128},
    {"model", "DLRM", "model_size", 100e9},
    {"model", "MobileNetV2", "parameters", 3504872},
    {"grid", "US_Avg", "carbon_intensity_g_per_kwh", 429},
    {"grid", "China_Avg", "pue", 1.4},
    {"cooling", "Legacy", "pue", 1.58},
    {"rack", "DGX_H100_4Node", "non_accelerator_power_w", 11100},
    {"rack", "AI_High", "power_kw", 100},
    {"pod", "TPUv4_4096", "memory", 140737488355328},
    {"switch", "ASIC_51T2", "throughput", 51.2e12 / 8},
    {"switch", "NDR_Switch", "hop_latency", 6e-7},
    {"switch", "FEC", "latency_max", 2e-7},
    {"interconnect", "NVLink", "energy_j_per_bit", 7.5e-12},
    {"interconnect", "InfiniBand", "latency", 1.5e-6},
    {"storage", "SataSsd", "bandwidth", 550e6},
    {"storage", "GpuIo", "latency", 1.2e-4},
    {"reliability", "gpu", "mttf", 50000.0 * 3600},
    {"reliability", "silent_data_corruption", "rate_per_gpu_hour", 1e-6},
    {"recovery", "checkpoint_write", "bandwidth", 100e9},
    {"recovery", "node_recovery", "time_max", 1800},
    {"pricing", "electricity_cloud", "usd_per_kwh", 0.12},
    {"pricing", "h100_purchase", "usd", 30000},
    {"calibration", "kernel_launch_latency", "time", 1.5e-5},
    {"calibration", "checkpoint_adam", "bytes_per_parameter", 14},
    {"calibration", "default_overlap_efficiency", "value", 0.85},
};

TEST(BundledCatalog, KeepsTheFiguresOfTheRegistry) {
  const Catalog catalog = Catalog::bundled();
  for (const Pin& pin : pins) {
    EXPECT_DOUBLE_EQ(figure(catalog.find(pin.kind, pin.name), pin.path), pin.si)
        << pin.kind << ' ' << pin.name << ' ' << pin.path;
  }
}

TEST(BundledCatalog, LeavesOutWhatTheRegistryDoesNotKnow) {
  const Catalog catalog = Catalog::bundled();
  EXPECT_FALSE(catalog.find("device", "MI300X").value().contains("host_link"));
  EXPECT_FALSE(catalog.find("device", "TPUv4").value().contains("unit_cost_usd"));
  EXPECT_FALSE(catalog.find("model", "Llama2_7B").value().contains("kv_heads"));
  EXPECT_FALSE(catalog.find("grid", "France").value().contains("renewable_pct"));
}

}  // namespace
}  // namespace lockstep
