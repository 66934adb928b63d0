#include "validation/training/group_links.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace lockstep::validation {
namespace {

using topology::VertexId;

// Collects hops of groups, one after the other.
class Measure {
 public:
  Measure(const TrainingCase& subject, Bytes message) : subject_(subject), message_(message) {}

  void add(workloads::RankId from, workloads::RankId to) {
    const Hockney hop = cost_of_route(*subject_.fleet, subject_.members[from.value()], subject_.members[to.value()]);
    if (time(hop) > time(of_group_)) of_group_ = hop;
  }
  void end_group() {
    if (is_first_ || time(of_group_) > time(cost_.slowest)) cost_.slowest = of_group_;
    if (is_first_ || time(of_group_) < time(cost_.fastest)) cost_.fastest = of_group_;
    is_first_ = false;
    of_group_ = {};
  }
  const GroupCost& cost() const { return cost_; }

 private:
  Seconds time(const Hockney& hop) const { return hop.alpha + message_ * hop.beta; }

  const TrainingCase& subject_;
  Bytes message_;
  Hockney of_group_ = {};
  bool is_first_ = true;
  GroupCost cost_;
};

LinkFigures link_between(const topology::Fleet& fleet, VertexId from, VertexId to) {
  const Hockney cost = cost_of_route(fleet, from, to);
  return {1.0 / cost.beta, cost.alpha};
}

}  // namespace

Hockney cost_of_route(const topology::Fleet& fleet, VertexId from, VertexId to) {
  Seconds latency;
  double slowest = std::numeric_limits<double>::infinity();
  for (const topology::LinkId link : fleet.route(from, to)) {
    const topology::Channel& channel = fleet.channel_of(link);
    latency += channel.latency;
    slowest = std::min(slowest, channel.bandwidth.si());
  }
  return {latency, pace(Bandwidth(slowest))};
}

FleetFigures measured_figures(const topology::Fleet& fleet, std::span<const VertexId> devices) {
  FleetFigures figures;
  std::map<std::uint32_t, std::vector<VertexId>> nodes;
  const std::vector<std::uint32_t> node_of = workloads::nodes_of(fleet, {devices.begin(), devices.end()});
  for (std::size_t i = 0; i < devices.size(); ++i) nodes[node_of[i]].push_back(devices[i]);
  const std::vector<VertexId>& first = nodes.begin()->second;
  const bool are_equal =
      std::all_of(nodes.begin(), nodes.end(), [&](const auto& node) { return node.second.size() == first.size(); });
  figures.devices_per_node = are_equal ? static_cast<std::uint32_t>(first.size()) : 1;
  figures.nodes = static_cast<std::uint32_t>(devices.size()) / figures.devices_per_node;
  figures.nics_per_node = figures.devices_per_node;
  if (first.size() > 1) figures.inside = link_between(fleet, first[0], first[1]);
  if (nodes.size() > 1) figures.fabric.link = link_between(fleet, first[0], std::next(nodes.begin())->second.front());
  if (first.size() == 1) figures.inside = figures.fabric.link;
  if (nodes.size() == 1) figures.fabric.link = figures.inside;
  figures.inside_both_directions = 2 * figures.inside.bandwidth;
  const topology::DeviceModel& device = fleet.device_models()[fleet.vertex(devices.front()).model.value()];
  figures.device.peaks.fill(device.compute.value_or(FlopRate(0)));
  figures.device.memory = device.memory.value_or(Bytes(0));
  figures.device.memory_bandwidth = device.memory_bandwidth.value_or(Bandwidth(0));
  return figures;
}

GroupCost ring_cost(const TrainingCase& subject, const workloads::RankLayout& layout, workloads::GroupKind kind,
                    Bytes message) {
  Measure measure(subject, message);
  for (const std::vector<workloads::RankId>& group : layout.groups(kind)) {
    if (group.size() < 2) continue;
    for (std::size_t i = 0; i < group.size(); ++i) measure.add(group[i], group[(i + 1) % group.size()]);
    measure.end_group();
  }
  return measure.cost();
}

GroupCost hop_cost(const TrainingCase& subject, const workloads::RankLayout& layout, Bytes message) {
  Measure measure(subject, message);
  const bool goes_round = subject.spec.execution.plan.virtual_stages > 1;
  for (const std::vector<workloads::RankId>& stages : layout.groups(workloads::GroupKind::pipeline)) {
    if (stages.size() < 2) continue;
    for (std::size_t i = 0; i + (goes_round ? 0 : 1) < stages.size(); ++i) {
      const workloads::RankId next = stages[(i + 1) % stages.size()];
      measure.add(stages[i], next);
      measure.end_group();
      measure.add(next, stages[i]);
      measure.end_group();
    }
  }
  return measure.cost();
}

}  // namespace lockstep::validation
