#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "topology/fleet_graph.hpp"
#include "topology/metrics/balanced_splits.hpp"
#include "topology/metrics/fleet_metrics.hpp"
#include "topology/routing/core_graph.hpp"

namespace lockstep::topology {
namespace {

using Amount = std::int64_t;  // a whole number of parts of a byte per second, so that augmenting ends
using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
struct FlowVertex {
  boost::default_color_type color = boost::white_color;
  Amount distance = 0;
  Traits::edge_descriptor predecessor = {};
};
struct FlowEdge {
  Amount capacity = 0;
  Amount residual = 0;
  Traits::edge_descriptor reverse = {};
};
// More than all links of a fleet carry together.
constexpr Amount everything = Amount{1} << 61;

using FlowGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, FlowVertex, FlowEdge>;

void add_edge(FlowGraph& graph, std::size_t from, std::size_t to, Amount capacity) {
  const auto forward = boost::add_edge(from, to, graph).first;
  const auto backward = boost::add_edge(to, from, graph).first;
  graph[forward].capacity = capacity;
  graph[forward].reverse = backward;
  graph[backward].reverse = forward;
}

struct Cut {
  Bandwidth amount = {};
  std::set<std::uint32_t> channels;  // that cross it
};

// Bandwidths as whole numbers: times a power of two, so that all of a fleet's together stay below 2^60 and whole bytes
// per second stay exact.
class Scale {
 public:
  explicit Scale(const Fleet& fleet) {
    double sum = 1e-300;
    for (const Link& link : fleet.links()) sum += fleet.channel(link.channel).bandwidth.si();
    exponent_ = 59 - std::ilogb(sum);
  }
  Amount whole(Bandwidth bandwidth) const { return std::llround(std::ldexp(bandwidth.si(), exponent_)); }
  Bandwidth bandwidth(Amount amount) const { return Bandwidth(std::ldexp(double(amount), -exponent_)); }

 private:
  int exponent_ = 0;
};

// What devices can send into, or receive from, the network that joins them: the sums over the stubs of each core
// vertex, so that a star of a hundred thousand devices is a graph of three vertices.
struct Ends {
  std::vector<Amount> from_senders, to_receivers;
};

Ends sum_ends(const Fleet& fleet, const CoreGraph& core, const std::vector<bool>& sends, const Scale& scale) {
  Ends ends{std::vector<Amount>(core.size(), 0), std::vector<Amount>(core.size(), 0)};
  for (std::size_t d = 0; d < fleet.device_count(); ++d) {
    const VertexId device = fleet.devices()[d];
    const CoreGraph::Index home = *core.home(device);
    Amount& end = sends[d] ? ends.from_senders[home] : ends.to_receivers[home];
    if (!core.is_stub(device)) {
      end = everything;
      continue;
    }
    for (const LinkId id : sends[d] ? fleet.graph().out_links(device) : fleet.graph().in_links(device)) {
      end = std::min(everything, end + scale.whole(fleet.channel_of(id).bandwidth));
    }
  }
  return ends;
}

FlowGraph make_flow_graph(const Fleet& fleet, const CoreGraph& core, const std::vector<bool>& sends,
                          const Scale& scale) {
  FlowGraph graph(core.size() + 2);
  const Ends ends = sum_ends(fleet, core, sends, scale);
  for (CoreGraph::Index v = 0; v < core.size(); ++v) {
    for (const CoreGraph::Edge& edge : core.out(v)) {
      add_edge(graph, v, edge.to, scale.whole(fleet.channel_of(edge.link).bandwidth));
    }
    if (ends.from_senders[v] > 0) add_edge(graph, core.size(), v, ends.from_senders[v]);
    if (ends.to_receivers[v] > 0) add_edge(graph, v, core.size() + 1, ends.to_receivers[v]);
  }
  return graph;
}

// Maximum flow from the devices that send to all others (Boykov and Kolmogorov 2004, as Boost.Graph has it).
Cut minimum_cut(const Fleet& fleet, const std::vector<bool>& sends) {
  const CoreGraph core(fleet, {});
  const Scale scale(fleet);
  FlowGraph graph = make_flow_graph(fleet, core, sends, scale);
  Cut cut;
  cut.amount = scale.bandwidth(boost::boykov_kolmogorov_max_flow(
      graph, boost::get(&FlowEdge::capacity, graph), boost::get(&FlowEdge::residual, graph),
      boost::get(&FlowEdge::reverse, graph), boost::get(&FlowVertex::predecessor, graph),
      boost::get(&FlowVertex::color, graph), boost::get(&FlowVertex::distance, graph),
      boost::get(boost::vertex_index, graph), core.size(), core.size() + 1));
  std::vector<bool> on_source_side(fleet.vertices().size());
  for (std::uint32_t v = 0; v < on_source_side.size(); ++v) {
    on_source_side[v] = graph[*core.home(VertexId(v))].color == boost::black_color;
  }
  for (std::size_t d = 0; d < sends.size(); ++d) on_source_side[fleet.devices()[d].value()] = sends[d];
  for (const Link& link : fleet.links()) {
    const bool crosses = on_source_side[link.from.value()] && !on_source_side[link.to.value()];
    if (crosses) cut.channels.insert(link.channel.value());
  }
  return cut;
}

Bisection cut_both_ways(const Fleet& fleet, const std::vector<bool>& in_first_half) {
  std::vector<bool> opposite = in_first_half;
  opposite.flip();
  const Cut there = minimum_cut(fleet, in_first_half);
  const Cut back = minimum_cut(fleet, opposite);
  Bisection result;
  result.one_way = std::min(there.amount, back.amount);
  Bandwidth both = there.amount + back.amount;
  // A half-duplex channel that both directions cross carries their sum only once.
  for (const std::uint32_t channel : there.channels) {
    if (back.channels.contains(channel)) both -= fleet.channel(ChannelId(channel)).bandwidth;
  }
  result.both_ways = both;
  return result;
}

}  // namespace

Bandwidth cut_bandwidth(const Fleet& fleet, const std::vector<bool>& in_first_half) {
  return minimum_cut(fleet, in_first_half).amount;
}

Bisection bisection_by_flow(const Fleet& fleet) {
  Bisection smallest;
  const auto splits = balanced_splits(fleet);
  for (std::size_t s = 0; s < splits.size(); ++s) {
    Bisection cut = cut_both_ways(fleet, splits[s].in_first_half);
    cut.method = "maximum flow, " + splits[s].description;
    if (s == 0 || cut.one_way < smallest.one_way) smallest = cut;
  }
  // Two or three devices have only splits that were all tried.
  smallest.exact = fleet.device_count() <= 3;
  if (splits.size() > 1) smallest.method += ", the smallest of " + std::to_string(splits.size()) + " balanced splits";
  return smallest;
}

Bisection measure_bisection(const Fleet& fleet) {
  if (const auto& known = fleet.known_bisection()) {
    return {.one_way = known->one_way, .both_ways = known->one_way * 2, .method = known->formula, .exact = true};
  }
  return bisection_by_flow(fleet);
}

}  // namespace lockstep::topology
