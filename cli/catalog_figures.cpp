#include "cli/catalog_figures.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/display_text.hpp"

namespace lockstep::cli {
namespace {

constexpr std::array provenance_keys = {std::string_view("name"), std::string_view("source"),
                                        std::string_view("sources"), std::string_view("notes")};

std::string scalar_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return number_text(value.get<double>());
  return value.dump();
}

void collect(const Json& value, const std::string& path, std::vector<Figure>& found) {
  if (!value.is_structured()) {
    found.push_back({path, scalar_text(value)});
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      collect(value[i], std::string(path).append("[").append(std::to_string(i)).append("]"), found);
    }
  } else {
    for (const auto& [key, part] : value.items()) collect(part, std::string(path).append(".").append(key), found);
  }
}

constexpr std::array device_columns = {FigureColumn{"compute", "compute", Align::right},
                                       FigureColumn{"memory", "memory", Align::right},
                                       FigureColumn{"memory bandwidth", "memory_bandwidth", Align::right},
                                       FigureColumn{"scale-up link", "scaleup_link.bandwidth", Align::right},
                                       FigureColumn{"host link", "host_link.bandwidth", Align::right},
                                       FigureColumn{"W", "tdp_w", Align::right},
                                       FigureColumn{"USD", "unit_cost_usd", Align::right},
                                       FigureColumn{"year", "release_year", Align::right}};
constexpr std::array node_columns = {FigureColumn{"devices", "devices", Align::right},
                                     FigureColumn{"device", "device", Align::left},
                                     FigureColumn{"interconnect", "interconnect", Align::left},
                                     FigureColumn{"link", "link.bandwidth", Align::right},
                                     FigureColumn{"link latency", "link.latency", Align::right},
                                     FigureColumn{"NICs", "nics", Align::right},
                                     FigureColumn{"NIC link", "nic_link.bandwidth", Align::right}};
constexpr std::array fabric_columns = {FigureColumn{"bandwidth", "bandwidth", Align::right},
                                       FigureColumn{"latency", "latency", Align::right},
                                       FigureColumn{"topology", "topology", Align::left},
                                       FigureColumn{"oversubscription", "oversubscription", Align::right}};
constexpr std::array cluster_columns = {
    FigureColumn{"accelerators", "accelerators", Align::right}, FigureColumn{"nodes", "nodes", Align::right},
    FigureColumn{"node", "node", Align::left}, FigureColumn{"fabric", "fabric", Align::left}};
constexpr std::array model_columns = {
    FigureColumn{"parameters", "parameters", Align::right}, FigureColumn{"active", "active_parameters", Align::right},
    FigureColumn{"layers", "layers", Align::right},         FigureColumn{"width", "hidden_dim", Align::right},
    FigureColumn{"heads", "heads", Align::right},           FigureColumn{"KV heads", "kv_heads", Align::right},
    FigureColumn{"experts", "experts", Align::right},       FigureColumn{"type", "type", Align::left}};
constexpr std::array grid_columns = {FigureColumn{"g CO2/kWh", "carbon_intensity_g_per_kwh", Align::right},
                                     FigureColumn{"PUE", "pue", Align::right},
                                     FigureColumn{"WUE L/kWh", "wue_l_per_kwh", Align::right},
                                     FigureColumn{"renewable %", "renewable_pct", Align::right},
                                     FigureColumn{"mainly from", "primary_source", Align::left}};
constexpr std::array cooling_columns = {FigureColumn{"PUE", "pue", Align::right},
                                        FigureColumn{"WUE L/kWh", "wue_l_per_kwh", Align::right}};

struct KindColumns {
  std::string_view kind;
  std::span<const FigureColumn> columns;
};
constexpr std::array kind_columns = {
    KindColumns{"device", device_columns},   KindColumns{"node", node_columns},   KindColumns{"fabric", fabric_columns},
    KindColumns{"cluster", cluster_columns}, KindColumns{"model", model_columns}, KindColumns{"grid", grid_columns},
    KindColumns{"cooling", cooling_columns},
};

}  // namespace

std::vector<Figure> figures(const CatalogEntry& entry) {
  std::vector<Figure> found;
  for (const auto& [key, value] : entry.value().items()) {
    if (std::find(provenance_keys.begin(), provenance_keys.end(), key) == provenance_keys.end()) {
      collect(value, key, found);
    }
  }
  return found;
}

std::optional<std::string> figure_text(const CatalogEntry& entry, std::string_view path) {
  for (Figure& figure : figures(entry)) {
    if (figure.path == path) return std::move(figure.text);
  }
  return std::nullopt;
}

std::optional<std::string> source_of(const CatalogEntry& entry, std::string_view path) {
  const auto sources = entry.value().find("sources");
  if (sources == entry.value().end()) return std::nullopt;
  for (const auto& [figure, source] : sources->items()) {
    if (path == figure || path.starts_with(figure + '.')) return source.get<std::string>();
  }
  return std::nullopt;
}

std::span<const FigureColumn> telling_columns(std::string_view kind) {
  for (const KindColumns& candidate : kind_columns) {
    if (candidate.kind == kind) return candidate.columns;
  }
  return {};
}

}  // namespace lockstep::cli
