#include <nlohmann/json.hpp>

#include "base/json_value.hpp"
#include "base/unit_text.hpp"
#include "validation/solvers/described_model.hpp"
#include "validation/solvers/solver_inputs.hpp"

// The figures of models, devices and fleets, from names of the catalog or from objects with the same fields.
namespace lockstep::validation {
namespace {

constexpr std::int64_t most_devices = 1'000'000'000;

// One thing, by a name of the catalog, by the name that people know it by ("NVIDIA H100"), or written out.
JsonFields described(const Json& stated, const std::string& kind, const SolverSource& source, const std::string& where,
                     const std::string& path) {
  if (!stated.is_string()) return JsonFields(stated, source.file, path);
  const auto name = stated.get<std::string>();
  for (const std::string& key : source.catalog.names(kind)) {
    const CatalogEntry& entry = source.catalog.find(kind, key, where);
    if (key == name || entry.value().value("name", key) == name) return entry.fields();
  }
  return source.catalog.find(kind, name, where).fields();
}

double positive(const JsonFields& fields, const std::string& key) {
  const auto number = fields.required<double>(key);
  if (!(number > 0)) fields.fail(key, "must be positive");
  return number;
}

template <class AnyQuantity>
AnyQuantity positive_quantity(const JsonFields& fields, const std::string& key) {
  const auto quantity = fields.required<AnyQuantity>(key);
  if (!(quantity > AnyQuantity())) fields.fail(key, "must be positive");
  return quantity;
}

std::optional<std::uint32_t> maybe_count(const JsonFields& fields, const std::string& key) {
  if (!fields.has(key)) return std::nullopt;
  constexpr std::int64_t most = 1'000'000'000;
  return static_cast<std::uint32_t>(fields.count(key, 1, most));
}

void read_shape(const JsonFields& fields, ModelFigures& model) {
  model.layers = maybe_count(fields, "layers");
  model.hidden_dim = maybe_count(fields, "hidden_dim");
  model.heads = maybe_count(fields, "heads");
  model.kv_heads = maybe_count(fields, "kv_heads");
  model.kv_lora_rank = maybe_count(fields, "kv_lora_rank");
  model.qk_rope_head_dim = maybe_count(fields, "qk_rope_head_dim");
  model.experts = maybe_count(fields, "experts").value_or(1);
  model.active_experts_per_token = maybe_count(fields, "active_experts_per_token").value_or(1);
}

ModelFigures model_of(const JsonFields& fields) {
  ModelFigures model;
  const auto type = fields.value_or<std::string>("type", "TransformerWorkload");
  model.is_sparse = type == "SparseTransformerWorkload" || fields.has("active_parameters");
  model.is_transformer = model.is_sparse || type == "TransformerWorkload";
  if (fields.has("parameters")) {
    model.parameters = positive(fields, "parameters");
  } else if (fields.has("model_size")) {
    model.stated_size = fields.required<Bytes>("model_size");
  } else {
    fields.fail("", "a model needs its number of 'parameters', or its 'model_size' in bytes");
  }
  model.active_parameters = fields.has("active_parameters") ? positive(fields, "active_parameters") : model.parameters;
  model.forward = fields.value_or<Flops>("inference_flops", Flops(2 * model.active_parameters));
  read_shape(fields, model);
  return model;
}

std::optional<Bandwidth> link_bandwidth(const JsonFields& fields, const std::string& key, const std::string& figure) {
  if (!fields.has(key)) return std::nullopt;
  return fields.object(key).maybe<Bandwidth>(figure);
}

DeviceFigures device_of(const JsonFields& fields) {
  DeviceFigures device;
  device.peaks.fill(positive_quantity<FlopRate>(fields, "compute"));
  if (fields.has("precision")) {
    const JsonFields own = fields.object("precision");
    for (std::size_t i = 0; i < precision_names.size(); ++i) {
      if (const auto peak = own.maybe<FlopRate>(std::string(precision_names[i]))) device.peaks[i] = *peak;
    }
  }
  device.memory = positive_quantity<Bytes>(fields, "memory");
  device.memory_bandwidth = positive_quantity<Bandwidth>(fields, "memory_bandwidth");
  device.sram = fields.maybe<Bytes>("sram");
  device.sram_bandwidth = fields.maybe<Bandwidth>("sram_bandwidth");
  device.flash_bandwidth = fields.maybe<Bandwidth>("flash_bandwidth");
  device.host_link = link_bandwidth(fields, "host_link", "bandwidth");
  device.storage = link_bandwidth(fields, "storage", "bandwidth");
  device.dispatch_tax = fields.value_or<Seconds>("dispatch_tax", Seconds(0));
  device.tdp_w = fields.maybe<double>("tdp_w");
  device.unit_cost_usd = fields.maybe<double>("unit_cost_usd");
  return device;
}

// A link by the name of a fabric, whose latency is from end to end, or written out with the latency of one link; a
// message crosses `links` of them.
LinkFigures link_of(const Json& stated, double links, const SolverSource& source, const std::string& where,
                    const std::string& path) {
  const JsonFields fields = described(stated, "fabric", source, where, path);
  const bool end_to_end = stated.is_string() || fields.value_or<std::string>("latency_is", "") == "end_to_end";
  return {positive_quantity<Bandwidth>(fields, "bandwidth"),
          (end_to_end ? 1 : links) * fields.value_or<Seconds>("latency", Seconds(0))};
}

// How many links lie between two devices that talk: one where they are joined directly, two through a switch.
double links_between(const std::string& topology) {
  for (const char* direct : {"ring", "line", "full_mesh", "torus", "mesh", "hypercube"}) {
    if (topology == direct) return 1;
  }
  return 2;
}

// All levels together, where a fabric states one ratio a level.
double oversubscription_of(const JsonFields& fields) {
  if (!fields.has("oversubscription")) return 1;
  if (!fields.required_raw("oversubscription").is_array()) return positive(fields, "oversubscription");
  double product = 1;
  for (const double level : fields.required<std::vector<double>>("oversubscription")) {
    if (!(level > 0)) fields.fail("oversubscription", "must be positive, not " + shortest_text(level));
    product *= level;
  }
  return product;
}

FabricFigures fabric_of(const Json& stated, const SolverSource& source, const std::string& where,
                        const std::string& path) {
  FabricFigures fabric;
  const JsonFields fields = described(stated, "fabric", source, where, path);
  fabric.oversubscription = oversubscription_of(fields);
  if (stated.is_object() && fields.has("link")) {
    const double links = links_between(fields.value_or<std::string>("topology", "switch"));
    fabric.link = link_of(fields.required_raw("link"), links, source, fields.where("link"), path + ".link");
  } else {
    fabric.link = link_of(stated, 2, source, where, path);
  }
  return fabric;
}

// NVLink 4 in one direction (NVIDIA H100 datasheet: 900 GB/s both ways), and what mlsysim takes for its latency.
constexpr LinkFigures nvlink4{Bandwidth(450e9), Seconds(500e-9)};

void read_node(const JsonFields& node, FleetFigures& fleet, const SolverSource& source) {
  fleet.devices_per_node = static_cast<std::uint32_t>(node.count("devices", 1, 1024));
  fleet.nics_per_node = static_cast<std::uint32_t>(node.count_or("nics", fleet.devices_per_node, 0, 1024));
  fleet.psus_per_node = static_cast<std::uint32_t>(node.count_or("psus", 0, 0, 1024));
  const double links = links_between(node.value_or<std::string>("interconnect", "switch"));
  fleet.inside =
      node.has("link") ? link_of(node.required_raw("link"), links, source, node.where("link"), "link") : nvlink4;
  const JsonFields device = described(node.required_raw("device"), "device", source, node.where("device"), "device");
  fleet.device = device_of(device);
  fleet.inside_both_directions = 2 * fleet.inside.bandwidth;
  if (const auto quoted = link_bandwidth(device, "scaleup_link", "quoted_bandwidth")) {
    fleet.inside_both_directions = *quoted;
  }
}

// {"topology": …, "devices": 16, "link": …, "device": …}: every device is a node of its own, unless it says otherwise.
void read_flat(const JsonFields& fields, FleetFigures& fleet, const SolverSource& source) {
  const auto devices = static_cast<std::uint32_t>(fields.count("devices", 1, most_devices));
  fleet.devices_per_node = static_cast<std::uint32_t>(fields.count_or("devices_per_node", 1, 1, 1024));
  if (devices % fleet.devices_per_node != 0) {
    fields.fail("devices",
                std::to_string(devices) + " devices do not fill nodes of " + std::to_string(fleet.devices_per_node));
  }
  fleet.nodes = devices / fleet.devices_per_node;
  fleet.nics_per_node = fleet.devices_per_node;
  fleet.device =
      device_of(described(fields.required_raw("device"), "device", source, fields.where("device"), "fleet.device"));
  const double links = links_between(fields.required<std::string>("topology"));
  fleet.fabric.link = link_of(fields.required_raw("link"), links, source, fields.where("link"), "fleet.link");
  fleet.fabric.oversubscription = oversubscription_of(fields);
  fleet.inside = fleet.fabric.link;
  if (fields.has("node_link")) {
    fleet.inside = link_of(fields.required_raw("node_link"), 2, source, fields.where("node_link"), "fleet.node_link");
  }
  fleet.inside_both_directions = 2 * fleet.inside.bandwidth;
}

void read_composed(const JsonFields& fields, FleetFigures& fleet, const SolverSource& source) {
  read_node(described(fields.required_raw("node"), "node", source, fields.where("node"), "fleet.node"), fleet, source);
  fleet.nodes = static_cast<std::uint32_t>(fields.count("nodes", 1, most_devices / fleet.devices_per_node));
  fleet.fabric = fabric_of(fields.required_raw("fabric"), source, fields.where("fabric"), "fleet.fabric");
}

}  // namespace

ModelFigures SolverInputs::model(std::string_view name) const {
  const Json stated = value(entry(name));
  const bool states_its_size = stated.is_object() && (stated.contains("parameters") || stated.contains("model_size"));
  if (stated.is_object() && !states_its_size) {
    const Json holder = {{"model", stated}};
    return figures_of(workloads::read_model(JsonFields(holder, source_->file), "model",
                                            {.catalog = source_->catalog, .directory = source_->directory}));
  }
  return model_of(described(stated, "model", *source_, where(name), std::string(name)));
}

DeviceFigures SolverInputs::hardware(std::string_view name) const {
  return device_of(described(value(entry(name)), "device", *source_, where(name), std::string(name)));
}

FabricFigures SolverInputs::fabric(std::string_view name) const {
  return fabric_of(value(entry(name)), *source_, where(name), std::string(name));
}

FleetFigures SolverInputs::fleet() const {
  FleetFigures fleet;
  const Json stated = value(entry("cluster"));
  const Json* by_name = stated.is_object() && stated.contains("catalog") ? &stated["catalog"] : &stated;
  const JsonFields fields = described(*by_name, "cluster", *source_, where("cluster"), "cluster");
  if (fields.has("node")) {
    read_composed(fields, fleet, *source_);
  } else if (fields.has("topology")) {
    read_flat(fields, fleet, *source_);
  } else {
    fields.fail("", "this does not describe a fleet to a solver",
                "name a cluster of the catalog, or give \"node\" with \"nodes\" and \"fabric\", or \"topology\" with "
                "\"devices\", \"link\" and \"device\"");
  }
  if (stated_in_table("fabric")) fleet.fabric = fabric("fabric");
  if (stated_in_table("oversubscription_ratio")) fleet.fabric.oversubscription = number("oversubscription_ratio");
  return fleet;
}

GridFigures SolverInputs::grid(std::string_view name) const {
  const Json stated = value(entry(name));
  const JsonFields fields = described(stated, "grid", *source_, where(name), std::string(name));
  return {fields.value_or<std::string>("name", "as stated"), fields.required<double>("carbon_intensity_g_per_kwh"),
          fields.value_or<double>("pue", 1), fields.value_or<double>("wue_l_per_kwh", 0)};
}

}  // namespace lockstep::validation
