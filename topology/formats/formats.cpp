#include "topology/formats/formats.hpp"

#include <array>

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

// What is wrong with a fleet as a whole shows when it is built, where nobody knows the file any more.
Fleet read_as(const Importer& importer, const std::string& text, const ImportOptions& options) {
  try {
    return importer.read(text, options);
  } catch (const InputError& error) {
    InputError::Text told = error.text();
    if (told.where.starts_with(options.file)) throw;
    told.where = told.where.empty() ? options.file : options.file + ": " + told.where;
    throw InputError(told);
  }
}

}  // namespace

std::span<const NamedEntry<Importer>> import_formats() {
  return importers;
}
std::span<const NamedEntry<ExportFunction>> export_formats() {
  return exporters;
}

Fleet import_fleet(const std::string& text, const std::string& format, const ImportOptions& options) {
  if (!format.empty()) {
    return read_as(find_entry(import_formats(), format, "import format", options.file).function, text, options);
  }
  for (const auto& entry : import_formats()) {
    if (entry.function.looks_like(text, options.file)) return read_as(entry.function, text, options);
  }
  std::string names;
  for (const auto& entry : import_formats()) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  throw InputError({.where = options.file,
                    .problem = "this is not in any format that fleets are read from",
                    .suggestion = "name the format with --format; known are: " + names});
}

void warn_of_default_link(FleetBuilder& builder, std::size_t count, const ImportOptions& options) {
  if (count == 0) return;
  builder.warn(std::to_string(count) + (count == 1 ? " link states" : " links state") + " no speed and got " +
               to_text(options.default_link.bandwidth) + ", " + to_text(options.default_link.latency) +
               (options.default_link_stated ? "" : " (choose with --default-link)"));
}

}  // namespace lockstep::topology
