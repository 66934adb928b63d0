#include "workloads/collectives/nccl_model.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace lockstep::workloads::nccl {
namespace {

constexpr double giga = 1e9;

template <class Enumerator>
std::size_t index(Enumerator value) {
  return static_cast<std::size_t>(value);
}

// An operation on a machine; formulas are those of ncclTopoTuneModel and ncclTopoGetAlgoTime in the source that
// nccl_constants.hpp names.
class Model {
 public:
  Model(Operation operation, Bytes bytes, const Machine& machine)
      : operation_(operation), bytes_(bytes.si()), machine_(machine) {
    const double inside = machine.bandwidth_inside.si() / giga;
    const double between = machine.bandwidth_between.si() / giga;
    if (machine.nodes == 1) {
      bus_ = inside;
    } else {
      bus_ = machine.nodes == machine.ranks ? between : std::min(inside, between);
    }
    // Between two nodes a tree needs half of a ring's bandwidth, so that what is inside them limits it.
    tree_bus_ = machine.nodes == 2 && machine.ranks > 2 ? inside : bus_;
    channels_ = std::max(1.0, std::round(bus_ / channel_speed[generation()]));
  }

  bool can_use(Protocol protocol) const {
    return protocol != Protocol::ll128 || machine_.nodes == machine_.ranks || machine_.inside == Hardware::nvlink;
  }

  // A ring; of broadcast and reduce it is a chain, whose chunks follow each other closely.
  Seconds ring(Protocol protocol) const {
    const double steps = rounds();
    const double bandwidth = ring_bus(protocol) * machine_.ranks / steps;
    const double between = machine_.nodes > 1 ? (is_all_reduce() ? 2 : 1) * (machine_.nodes - 1.0) : 0;
    const double hop_between = ring_hop[index(Hardware::net)][index(protocol)];
    double hop_inside = ring_hop[index(machine_.inside)][index(protocol)];
    double latency = ring_base[index(protocol)];
    if (is_rooted()) {
      latency += machine_.nodes > 1 ? hop_between : hop_inside;
    } else {
      if (machine_.nodes > 1) {
        hop_inside = std::max(hop_inside, net_overhead * (protocol == Protocol::simple ? 3 : 1));
      }
      latency += (steps - between) * hop_inside + between * hop_between;
    }
    const bool is_tiny = bytes_ / (channels_ * machine_.ranks) < 64;
    if (protocol == Protocol::simple && machine_.nodes > 1 && is_all_reduce() && !is_tiny) latency *= ring_plateau;
    return time(latency, bandwidth);
  }

  // The double tree.
  Seconds tree_of(Protocol protocol) const {
    double bus = std::min(tree_bus_ * tree, channels_ * most_tree[generation()][by_nodes()]);
    if (protocol == Protocol::ll) bus = std::min(bus * tree_ll, most_ll[generation()][by_nodes()]);
    if (protocol == Protocol::ll128) bus *= machine_.nodes == 1 ? tree_ll128_inside : tree_ll128_between;
    const double hop_inside = tree_hop[index(machine_.inside)][index(protocol)];
    const double hop_between = tree_hop[index(Hardware::net)][index(protocol)];
    const double levels = std::bit_width(machine_.nodes) - 1;
    const std::uint32_t in_node = machine_.ranks / machine_.nodes - 1;
    const auto size = static_cast<std::size_t>(std::max(0.0, std::floor(std::log2(std::max(bytes_, 64.0) / 64))));
    const double correction = size < tree_correction.front().size() ? tree_correction[index(protocol)][size] : 1;
    return time(tree_base[index(protocol)] + 2 * (in_node * hop_inside + levels * hop_between), bus / 2 * correction);
  }

  // One switch, with the protocol Simple: an all-reduce keeps both directions busy, and a channel is kept for itself.
  bool can_use_switch() const { return machine_.has_one_switch && nvls[generation()] > 0 && channels_ >= 2; }
  Seconds in_switch() const {
    const double ranks = machine_.ranks;
    const double bus =
        bus_ * nvls[generation()] * (channels_ - 1) / channels_ * (is_all_reduce() ? 2 : (ranks - 1) / ranks);
    return time(nvls_latency, bus * ranks / rounds());
  }

  bool is_all_reduce() const { return operation_ == Operation::all_reduce; }
  bool is_rooted() const { return operation_ == Operation::broadcast || operation_ == Operation::reduce; }

 private:
  std::size_t generation() const { return index(machine_.generation); }
  std::size_t by_nodes() const { return std::min<std::size_t>(machine_.nodes, 3) - 1; }
  double rounds() const {
    if (is_rooted()) return machine_.ranks;
    return (is_all_reduce() ? 2 : 1) * (machine_.ranks - 1.0);
  }
  double ring_bus(Protocol protocol) const {
    switch (protocol) {
      case Protocol::ll:
        return std::min(most_ll[generation()][by_nodes()], bus_ * ring_ll);
      case Protocol::ll128:
        return std::min(bus_ * ring_ll128, channels_ * most_ring_ll128[generation()]);
      default:
        return bus_;
    }
  }
  Seconds time(double microseconds, double bandwidth) const {
    return Seconds(microseconds / 1e6 + bytes_ / (bandwidth * giga));
  }

  Operation operation_;
  double bytes_;
  const Machine& machine_;
  double bus_ = 0, tree_bus_ = 0;  // GB/s
  double channels_ = 1;
};

}  // namespace

std::vector<ExpectedTime> expected_times(Operation operation, Bytes bytes, const Machine& machine) {
  const Model model(operation, bytes, machine);
  const bool is_sharing = operation == Operation::all_gather || operation == Operation::reduce_scatter;
  if (!model.is_all_reduce() && !model.is_rooted() && !is_sharing) return {};
  std::vector<ExpectedTime> times;
  auto add = [&](const char* algorithm, Protocol protocol, Seconds time) {
    times.push_back({algorithm, protocol_names.at(index(protocol)), time});
  };
  for (const Protocol protocol : {Protocol::ll, Protocol::ll128, Protocol::simple}) {
    if (!model.can_use(protocol)) continue;
    if (model.is_all_reduce()) add("double_tree", protocol, model.tree_of(protocol));
    add(model.is_rooted() ? "chain" : "ring", protocol, model.ring(protocol));
  }
  if (!model.is_rooted() && model.can_use_switch()) add("in_switch", Protocol::simple, model.in_switch());
  return times;
}

}  // namespace lockstep::workloads::nccl
