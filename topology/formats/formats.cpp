#include "topology/formats/formats.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/cluster_formats.hpp"
#include "topology/formats/graph_formats.hpp"
#include "topology/formats/nccl_topology.hpp"
#include "topology/formats/nvidia_smi_topology.hpp"
#include "topology/formats/simgrid/simgrid.hpp"

namespace lockstep::topology {
namespace {

// Where the format is not named, the first that looks right reads the text.
constexpr std::array importers = {
    NamedEntry<Importer>{"node_link", "the JSON of NetworkX's node_link_data", {read_node_link, looks_like_node_link}},
    NamedEntry<Importer>{
        "graphml", "GraphML, that of the Internet Topology Zoo included", {read_graphml, looks_like_graphml}},
    NamedEntry<Importer>{
        "nccl", "NCCL's or RCCL's topology of a node (XML)", {import_nccl_topology, looks_like_nccl_topology}},
    NamedEntry<Importer>{"nvidia_smi",
                         "the matrix that 'nvidia-smi topo -m' prints",
                         {import_nvidia_smi_topology, looks_like_nvidia_smi_topology}},
    NamedEntry<Importer>{"simgrid",
                         "SimGrid's platform files (XML, version 4.1)",
                         {import_simgrid_platform, looks_like_simgrid_platform}},
    NamedEntry<Importer>{"slurm", "Slurm's topology.conf, tree or block plugin", {read_slurm, looks_like_slurm}},
    NamedEntry<Importer>{
        "ibnetdiscover", "the output of ibnetdiscover", {read_ibnetdiscover, looks_like_ibnetdiscover}},
    NamedEntry<Importer>{"topograph", "a model of topograph, in YAML", {read_topograph, looks_like_topograph}}};
constexpr std::array exporters = {
    NamedEntry<ExportFunction>{"node_link", "the whole fleet as JSON of NetworkX's node_link_data", write_node_link},
    NamedEntry<ExportFunction>{"graphml", "the whole fleet as GraphML", write_graphml},
    NamedEntry<ExportFunction>{"dot", "a drawing for Graphviz", write_dot},
    NamedEntry<ExportFunction>{"simgrid", "a platform file that plain SimGrid loads, with every route listed",
                               export_simgrid_platform}};

constexpr std::uintmax_t largest_file = std::uintmax_t{1} << 30;

}  // namespace

std::span<const NamedEntry<Importer>> import_formats() {
  return importers;
}
std::span<const NamedEntry<ExportFunction>> export_formats() {
  return exporters;
}

Fleet import_fleet(const std::string& text, const std::string& format, const ImportOptions& options) {
  if (!format.empty()) {
    return find_entry(import_formats(), format, "import format", options.file).function.read(text, options);
  }
  for (const auto& entry : import_formats()) {
    if (entry.function.looks_like(text, options.file)) return entry.function.read(text, options);
  }
  std::string names;
  for (const auto& entry : import_formats()) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  throw InputError({.where = options.file,
                    .problem = "this is not in any format that fleets are read from",
                    .suggestion = "name the format with --format; known are: " + names});
}

std::string read_text_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw InputError({.where = path, .problem = "this is a directory, not a file"});
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError({.where = path, .problem = "the file cannot be opened", .suggestion = "check its name"});
  if (std::filesystem::file_size(path, error) > largest_file && !error) {
    throw InputError({.where = path, .problem = "the file is larger than 1 GiB"});
  }
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

void warn_of_default_link(FleetBuilder& builder, std::size_t count, const ImportOptions& options) {
  if (count == 0) return;
  builder.warn(std::to_string(count) + (count == 1 ? " link states" : " links state") + " no speed and got " +
               to_text(options.default_link.bandwidth) + ", " + to_text(options.default_link.latency) +
               (options.default_link_stated ? "" : " (choose with --default-link)"));
}

}  // namespace lockstep::topology
