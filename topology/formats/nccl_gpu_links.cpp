#include "topology/formats/nccl_gpu_links.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "topology/formats/nccl_bandwidths.hpp"

namespace lockstep::topology {
namespace {

class Collector {
 public:
  Collector(const XmlSource& xml, NcclParts& found, NcclVertices& vertices)
      : xml_(xml), found_(found), vertices_(vertices) {}

  NcclGpuLinks collect() {
    for (const NcclPart& part : found_.parts) {
      if (part.role != NcclRole::gpu) continue;
      for (const pugi::xml_node link : part.element.child("gpu").children()) collect_link(part, link);
    }
    for (const auto& [ends, bandwidth] : bandwidths_) add_cable(ends.first, ends.second, bandwidth);
    for (auto* bundles : {&links_.with_hosts, &links_.among_gpus}) {
      std::stable_sort(bundles->begin(), bundles->end(),
                       [](const auto& a, const auto& b) { return a.bandwidth > b.bandwidth; });
    }
    return std::move(links_);
  }

 private:
  void collect_link(const NcclPart& gpu, pugi::xml_node link) {
    const std::string_view name = link.name();
    std::optional<VertexId> peer;
    Bandwidth each;
    if (name == "nvlink") {
      each = nccl_nvlink(xml_.count(link.parent(), "sm").value_or(0));
      peer = peer_of(gpu, link);
    } else if (name == "xgmi") {
      each = nccl_xgmi(gfx_name(link.parent().attribute("gcn").value()));
      peer = peer_of(gpu, link);
    } else if (name == "c2c") {
      each = Bandwidth(static_cast<double>(xml_.count(link, "bw").value_or(0)) * 1e6);  // written in MB/s
      peer = vertices_.host_of(gpu);
    } else if (link.type() == pugi::node_element) {
      ++found_.unknown_elements[link.name()];
    }
    const Bandwidth all = static_cast<double>(xml_.count(link, "count").value_or(1)) * each;
    if (peer && all > Bandwidth(0)) bandwidths_[{gpu.vertex, *peer}] += all;
  }

  void add_cable(VertexId gpu, VertexId peer, Bandwidth bandwidth) {
    const bool with_host = vertices_.kind_of(peer) == VertexKind::host;
    auto& bundles = with_host ? links_.with_hosts : links_.among_gpus;
    bundles.push_back({gpu, peer, bandwidth});
    // Only GPUs list their links; a cable that one end alone mentions goes both ways nevertheless.
    if (!bandwidths_.contains({peer, gpu})) bundles.push_back({peer, gpu, bandwidth});
  }

  // Where an NVLink or xGMI link leads. Whatever is neither GPU nor processor counts as an NVSwitch, as in NCCL.
  std::optional<VertexId> peer_of(const NcclPart& gpu, pugi::xml_node link) {
    const std::string_view target_class = link.attribute("tclass").value();
    if (target_class.starts_with("0x068001")) return vertices_.host_of(gpu);  // IBM's bridge to a POWER processor
    if (!is_gpu_class(target_class)) return vertices_.nvswitch();
    const auto target = vertices_.gpu_at(gpu.system, nccl_bus_number(link.attribute("target").value()));
    if (!target) {
      ++links_.to_nowhere;
    } else if (*target == gpu.vertex) {
      ++links_.to_itself;
      return std::nullopt;
    }
    return target;
  }

  const XmlSource& xml_;
  NcclParts& found_;
  NcclVertices& vertices_;
  NcclGpuLinks links_;
  std::map<std::pair<VertexId, VertexId>, Bandwidth> bandwidths_;
};

}  // namespace

NcclGpuLinks collect_nccl_gpu_links(const XmlSource& xml, NcclParts& found, NcclVertices& vertices) {
  return Collector(xml, found, vertices).collect();
}

}  // namespace lockstep::topology
