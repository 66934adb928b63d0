#include "studies/attribution/suspects.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace lockstep::studies {

using topology::ChannelId;
using topology::Fleet;
using topology::VertexId;

namespace {

struct Disturbed {
  std::vector<VertexId> devices;
  std::vector<ChannelId> channels;
  bool has_hot_experts = false;
};

Disturbed disturbed_by(const sim::Scenario& scenario, const sim::Healing& healed) {
  Disturbed found;
  const Fleet& fleet = scenario.fleet();
  const auto conditions = scenario.perturbations().conditions(fleet, scenario.seed(), {.healed = healed});
  if (conditions == nullptr) return found;
  found.has_hot_experts = conditions->expert_heat() > 1;
  for (const VertexId device : fleet.devices()) {
    if (conditions->disturbs(device)) found.devices.push_back(device);
  }
  for (std::uint32_t i = 0; i < fleet.channels().size(); ++i) {
    if (conditions->disturbs(ChannelId(i))) found.channels.emplace_back(i);
  }
  return found;
}

template <class Id>
std::vector<Id> without(const std::vector<Id>& all, const std::vector<Id>& some) {
  std::vector<Id> rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
  return rest;
}

}  // namespace

std::string_view to_text(SuspectKind kind) {
  switch (kind) {
    case SuspectKind::cause:
      return "cause";
    case SuspectKind::stage:
      return "stage";
    case SuspectKind::replica:
      return "replica";
    case SuspectKind::worker:
      return "worker";
    case SuspectKind::node:
      return "node";
    case SuspectKind::device:
      return "device";
    case SuspectKind::link:
      return "link";
  }
  return "";
}

Suspects::Suspects(const sim::Scenario& scenario) {
  const Disturbed disturbed = disturbed_by(scenario, {});
  devices_ = disturbed.devices;
  channels_ = disturbed.channels;
  add_causes(scenario);
  const std::vector<sim::Job> jobs = scenario.jobs();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    add_seats(jobs[i], jobs.size() > 1 ? "workload " + std::to_string(i) + ", " : "");
  }
  add_nodes_and_devices(scenario.fleet());
  add_links(scenario.fleet());
}

void Suspects::add_causes(const sim::Scenario& scenario) {
  const std::vector<std::string> names = scenario.perturbations().names();
  perturbations_ = {names.begin(), names.end()};
  for (const std::string& name : names) {
    sim::Healing others{.perturbations = perturbations_};
    others.perturbations.erase(name);
    Disturbed own = disturbed_by(scenario, others);
    if (own.has_hot_experts) of_nobody_.insert(name);
    add({.kind = SuspectKind::cause,
         .name = name,
         .devices = std::move(own.devices),
         .channels = std::move(own.channels)});
  }
}

void Suspects::add_seats(const sim::Job& job, const std::string& prefix) {
  const Seating seating = seating_of(job);
  if (!seating.is_known) return;
  std::map<std::uint32_t, std::vector<VertexId>> stages;
  std::map<std::uint32_t, std::vector<VertexId>> replicas;
  std::map<Seat, std::vector<VertexId>> workers;
  for (std::size_t rank = 0; rank < seating.of_rank.size(); ++rank) {
    const VertexId device = job.placement[rank];
    if (!std::binary_search(devices_.begin(), devices_.end(), device)) continue;
    const Seat seat = seating.of_rank[rank];
    stages[seat.stage].push_back(device);
    replicas[seat.replica].push_back(device);
    workers[seat].push_back(device);
  }
  if (seating.stages > 1) {
    for (const auto& [stage, devices] : stages) {
      add({.kind = SuspectKind::stage, .name = prefix + "stage " + std::to_string(stage), .devices = devices});
    }
  }
  if (seating.replicas > 1) {
    for (const auto& [replica, devices] : replicas) {
      add({.kind = SuspectKind::replica, .name = prefix + "replica " + std::to_string(replica), .devices = devices});
    }
  }
  for (const auto& [seat, devices] : workers) {
    const std::string name =
        prefix + "replica " + std::to_string(seat.replica) + ", stage " + std::to_string(seat.stage);
    add({.kind = SuspectKind::worker, .name = name, .devices = devices, .seat = seat});
  }
}

void Suspects::add_nodes_and_devices(const Fleet& fleet) {
  std::map<std::uint32_t, std::vector<VertexId>> nodes;
  for (const VertexId device : devices_) {
    if (const auto node = fleet.vertex(device).place.node) nodes[*node].push_back(device);
  }
  for (const auto& [node, devices] : nodes) {
    add({.kind = SuspectKind::node, .name = "node " + std::to_string(node), .devices = devices});
  }
  for (const VertexId device : devices_) {
    add({.kind = SuspectKind::device, .name = fleet.vertex(device).name, .devices = {device}});
  }
}

void Suspects::add_links(const Fleet& fleet) {
  std::map<std::pair<VertexId, VertexId>, std::set<ChannelId>> cables;
  for (const topology::Link& link : fleet.links()) {
    if (!std::binary_search(channels_.begin(), channels_.end(), link.channel)) continue;
    cables[std::minmax(link.from, link.to)].insert(link.channel);
  }
  for (const auto& [ends, channels] : cables) {
    add({.kind = SuspectKind::link,
         .name = fleet.vertex(ends.first).name + " - " + fleet.vertex(ends.second).name,
         .channels = {channels.begin(), channels.end()}});
  }
}

void Suspects::add(Suspect suspect) {
  if (suspect.devices.empty() && suspect.channels.empty() && !of_nobody_.contains(suspect.name)) return;
  std::sort(suspect.devices.begin(), suspect.devices.end());
  all_.push_back(std::move(suspect));
}

sim::Healing Suspects::healed(const Suspect& suspect) const {
  if (suspect.kind == SuspectKind::cause) return {.perturbations = {suspect.name}};
  return {.devices = suspect.devices, .channels = suspect.channels};
}

sim::Healing Suspects::alone(const Suspect& suspect) const {
  if (suspect.kind != SuspectKind::cause) {
    return {.perturbations = of_nobody_,
            .devices = without(devices_, suspect.devices),
            .channels = without(channels_, suspect.channels)};
  }
  sim::Healing others{.perturbations = perturbations_};
  others.perturbations.erase(suspect.name);
  return others;
}

sim::Healing Suspects::all_healed() const {
  return {.perturbations = perturbations_};
}

}  // namespace lockstep::studies
