#include "validation/situation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace lockstep::validation {
namespace {

constexpr double rounding = 1e-12;

Pace reduction_pace(const CollectiveCase& subject) {
  return subject.workload.reduction_rate ? pace(*subject.workload.reduction_rate) : Pace(0);
}

// The number of each value among those that differ by more than rounding, in ascending order.
std::vector<std::uint32_t> classes_of(const std::vector<double>& values) {
  std::vector<std::uint32_t> order(values.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return values[a] < values[b]; });
  std::vector<std::uint32_t> classes(values.size());
  for (std::size_t i = 1; i < order.size(); ++i) {
    const std::uint32_t before = classes[order[i - 1]];
    classes[order[i]] = same(values[order[i - 1]], values[order[i]]) ? before : before + 1;
  }
  return classes;
}

// The latency and bandwidth that most messages of these connections have.
Hockney most_common(const std::vector<const Connection*>& connections, Pace gamma) {
  std::vector<double> latencies;
  std::vector<double> bandwidths;
  bandwidths.reserve(connections.size());
  for (const Connection* one : connections) {
    latencies.push_back(one->latency.si());
    bandwidths.push_back(one->bandwidth.si());
  }
  const auto latency_class = classes_of(latencies);
  const auto bandwidth_class = classes_of(bandwidths);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> messages;
  std::uint64_t most = 0;
  Hockney found{.alpha = Seconds(0), .beta = Pace(0), .gamma = gamma};
  for (std::size_t i = 0; i < connections.size(); ++i) {
    std::uint64_t& count = messages[{latency_class[i], bandwidth_class[i]}];
    count += connections[i]->messages;
    if (count <= most) continue;
    most = count;
    found.alpha = connections[i]->latency;
    found.beta = pace(connections[i]->bandwidth);
  }
  return found;
}

// Plans of flows cut the data into fewer pieces than the messages that they stand for.
std::optional<workloads::CollectiveShape> shape_of(CollectiveCase subject) {
  subject.fidelity = workloads::Fidelity::message;
  const auto steps = steps_of(subject);
  const auto* plan = dynamic_cast<const workloads::CollectivePlan*>(steps.get());
  return plan == nullptr ? std::nullopt : std::optional(plan->shape());
}

std::optional<Nodes> nodes_of(const CollectiveCase& subject) {
  const auto count = static_cast<std::uint32_t>(subject.members.size());
  if (const auto& stated = subject.workload.request.group_size) {
    if (count % *stated != 0) return std::nullopt;
    return Nodes{.members = *stated, .nodes = count / *stated};
  }
  std::map<std::uint32_t, std::uint32_t> members;
  for (const topology::VertexId member : subject.members) {
    const auto& node = subject.fleet.vertex(member).place.node;
    if (!node) return std::nullopt;
    ++members[*node];
  }
  const std::uint32_t each = members.begin()->second;
  for (const auto& [node, inside] : members) {
    if (inside != each) return std::nullopt;
  }
  return Nodes{.members = each, .nodes = static_cast<std::uint32_t>(members.size())};
}

// The sides of the torus or grid that all members together are, without those of one.
std::vector<std::uint32_t> sides_of(const CollectiveCase& subject) {
  const auto& stated = subject.workload.request.dimensions;
  std::vector<std::uint32_t> sides;
  std::size_t points = 1;
  for (const std::uint32_t side : stated.empty() ? subject.fleet.routing().dimensions : stated) {
    if (side > 1) sides.push_back(side);
    points *= side;
  }
  return points == subject.members.size() ? sides : std::vector<std::uint32_t>();
}

}  // namespace

bool same(double a, double b) {
  return std::abs(a - b) <= rounding * std::max(std::abs(a), std::abs(b));
}

const char* to_text(PortModel model) {
  static constexpr std::array names = {"fluid", "contention_free", "ports held for latency and bytes",
                                       "ports held for bytes alone", "ports under LogGP"};
  return names.at(static_cast<std::size_t>(model));
}

PortModel port_model_of(const sim::EngineOptions& engine) {
  if (engine.network == "fluid") return PortModel::fluid;
  if (engine.network == "contention_free") return PortModel::contention_free;
  if (engine.ports.is_loggp()) return PortModel::loggp;
  return engine.ports.holds_latency ? PortModel::blocking : PortModel::hiding_latency;
}

std::string variant_of(const CollectiveCase& subject) {
  return to_text(port_model_of(subject.engine));
}

sim::EngineOptions with_port_model(sim::EngineOptions engine, PortModel model) {
  engine.network = model == PortModel::fluid             ? "fluid"
                   : model == PortModel::contention_free ? "contention_free"
                                                         : "ports";
  if (model != PortModel::loggp) engine.ports = {};
  if (model == PortModel::loggp && !engine.ports.is_loggp()) engine.ports.overhead = Seconds(0);
  engine.ports.holds_latency = model != PortModel::hiding_latency;
  return engine;
}

Situation::Situation(const CollectiveCase& subject)
    : subject_(&subject),
      port_model_(port_model_of(subject.engine)),
      shape_(shape_of(subject)),
      traffic_(subject, *steps_of(subject)),
      nodes_(nodes_of(subject)),
      sides_(sides_of(subject)),
      messages_by_channel_(validation::messages_by_channel(subject, traffic_)) {
  std::vector<const Connection*> all;
  std::vector<const Connection*> inside;
  std::vector<const Connection*> between;
  for (const Connection& connection : traffic_.connections()) {
    all.push_back(&connection);
    (connection.leaves_node ? between : inside).push_back(&connection);
    busiest_ = std::max(busiest_, share(connection));
  }
  const Pace gamma = reduction_pace(subject);
  cost_ = most_common(all, gamma);
  cost_by_reach_ = {most_common(inside, gamma), most_common(between, gamma)};
}

const Crowding& Situation::crowding() const {
  if (!crowding_) crowding_ = crowding_of(*subject_, traffic_);
  return *crowding_;
}

Pace Situation::share(const Connection& connection) const {
  Pace most = pace(connection.bandwidth);
  for (const topology::LinkId link : traffic_.links(connection)) {
    const topology::ChannelId id = fleet().link(link).channel;
    const topology::Channel& channel = fleet().channel(id);
    if (channel.sharing != topology::Sharing::shared) continue;
    most = std::max(most, messages_by_channel_[id.value()] * pace(channel.bandwidth));
  }
  return most;
}

}  // namespace lockstep::validation
