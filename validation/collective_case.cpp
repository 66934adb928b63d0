#include "validation/collective_case.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "topology/routing/router.hpp"
#include "validation/traffic.hpp"

namespace lockstep::validation {

using topology::Fleet;
using topology::FlowLabel;
using topology::LinkId;
using topology::VertexId;

namespace {

// Routes that were laid one by one.
class LaidRoutes final : public topology::Router {
 public:
  void lay(VertexId from, VertexId to, FlowLabel flow, std::vector<LinkId> links) {
    routes_[{{from, to}, flow}] = std::move(links);
  }
  bool append_route(const Fleet&, VertexId from, VertexId to, FlowLabel flow,
                    std::vector<LinkId>& route) const override {
    if (from == to) return true;
    const auto found = routes_.find({{from, to}, flow});
    if (found == routes_.end()) return false;
    route.insert(route.end(), found->second.begin(), found->second.end());
    return true;
  }

 private:
  std::map<std::pair<std::pair<VertexId, VertexId>, FlowLabel>, std::vector<LinkId>> routes_;
};

// The fleet with a way of its own for every connection: first a link that nobody else uses, with the connection's
// latency and bandwidth, then the links that it still shares, which no longer cost latency.
class ChangedFleet {
 public:
  ChangedFleet(const CollectiveCase& subject, const Traffic& traffic)
      : fleet_(subject.fleet), changes_(subject.changes), traffic_(traffic), parts_(subject.fleet.parts()) {
    parts_.links.clear();
    parts_.known_bisection.reset();
    parts_.routing = {.kind = topology::RoutingSpec::Kind::table};
    for (topology::Channel& channel : parts_.channels) channel.latency = Seconds(0);
  }

  Fleet build() {
    for (const Connection& connection : traffic_.connections()) add(connection);
    parts_.router = routes_;
    return Fleet(std::move(parts_));
  }

 private:
  static bool keeps(LinkChanges::Sharing sharing, std::size_t index, std::size_t count) {
    if (sharing == LinkChanges::Sharing::everywhere) return true;
    return sharing == LinkChanges::Sharing::at_the_ends && (index == 0 || index + 1 == count);
  }

  std::vector<topology::ChannelId> shared_by(const Connection& connection) const {
    std::vector<topology::ChannelId> shared;
    const auto links = traffic_.links(connection);
    for (std::size_t i = 0; i < links.size(); ++i) {
      const bool is_shared = fleet_.channel_of(links[i]).sharing == topology::Sharing::shared;
      if (is_shared && keeps(changes_.sharing, i, links.size())) shared.push_back(fleet_.link(links[i]).channel);
    }
    return shared;
  }

  void add(const Connection& connection) {
    const bool leaves = connection.leaves_node;
    const auto of = [&](const auto& changed, auto own) {
      return changed ? (leaves ? changed->between : changed->inside) : own;
    };
    std::vector<LinkId> route;
    VertexId at = connection.source;
    const auto go = [&](topology::ChannelId channel, bool is_last) {
      const VertexId next = is_last ? connection.target : add_junction();
      route.emplace_back(parts_.links.size());
      parts_.links.push_back({at, next, channel});
      at = next;
    };
    const std::vector<topology::ChannelId> shared = shared_by(connection);
    const Bandwidth bandwidth = of(changes_.bandwidth, connection.bandwidth);
    // What is shared cannot be slower than what the message is to have.
    for (const topology::ChannelId channel : shared) {
      Bandwidth& capacity = parts_.channels[channel.value()].bandwidth;
      capacity = std::max(capacity, bandwidth);
    }
    const topology::ChannelId own(parts_.channels.size());
    parts_.channels.push_back({.bandwidth = bandwidth, .latency = of(changes_.latency, connection.latency)});
    go(own, shared.empty());
    for (std::size_t i = 0; i < shared.size(); ++i) go(shared[i], i + 1 == shared.size());
    routes_->lay(connection.source, connection.target, connection.flow, std::move(route));
  }

  VertexId add_junction() {
    const VertexId junction(parts_.vertices.size());
    parts_.vertices.push_back(
        {.kind = topology::VertexKind::junction, .name = "between " + std::to_string(parts_.vertices.size())});
    return junction;
  }

  const Fleet& fleet_;
  const LinkChanges& changes_;
  const Traffic& traffic_;
  topology::FleetParts parts_;
  std::shared_ptr<LaidRoutes> routes_ = std::make_shared<LaidRoutes>();
};

std::shared_ptr<const workloads::StepProgram> program_of_case(const CollectiveCase& subject) {
  return workloads::program_of(subject.workload, {subject.fleet, subject.members}, subject.fidelity);
}

}  // namespace

std::shared_ptr<const workloads::StepProgram> steps_of(const CollectiveCase& subject) {
  auto program = program_of_case(subject);
  if (subject.workload.is_send()) return program;
  return program->collective(0).plan;
}

ReadyCase ready(const CollectiveCase& subject) {
  ReadyCase made{.fleet = subject.fleet,
                 .job = {.program = program_of_case(subject),
                         .placement = subject.members,
                         .reduction_rate = subject.workload.reduction_rate,
                         .message_overhead = subject.workload.message_overhead}};
  if (subject.changes.any()) made.fleet = ChangedFleet(subject, Traffic(subject, *steps_of(subject))).build();
  return made;
}

Seconds simulated_time(const CollectiveCase& subject, const Simulator& simulator) {
  const ReadyCase made = ready(subject);
  return simulator(made.fleet, std::span(&made.job, 1), subject.engine).jobs.front().end;
}

}  // namespace lockstep::validation
