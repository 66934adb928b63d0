#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#include <cmath>
#include <set>

#include "topology/fleet_graph.hpp"
#include "topology/metrics/balanced_splits.hpp"
#include "topology/metrics/fleet_metrics.hpp"

namespace lockstep::topology {
namespace {

using Amount = std::int64_t;  // bytes per second; whole numbers, so that augmenting ends
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
using FlowGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, FlowVertex, FlowEdge>;

void add_edge(FlowGraph& graph, std::size_t from, std::size_t to, Amount capacity) {
  const auto forward = boost::add_edge(from, to, graph).first;
  const auto backward = boost::add_edge(to, from, graph).first;
  graph[forward].capacity = capacity;
  graph[forward].reverse = backward;
  graph[backward].reverse = forward;
}

struct Cut {
  Amount amount = 0;
  std::set<std::uint32_t> channels;  // that cross it
};

// Maximum flow from all devices of one half to all of the other (Boykov and Kolmogorov 2004, as Boost.Graph has it).
Cut minimum_cut(const Fleet& fleet, const std::vector<bool>& in_first_half, bool from_first_half) {
  const std::size_t count = fleet.vertices().size();
  const std::size_t source = count;
  const std::size_t sink = count + 1;
  FlowGraph graph(count + 2);
  Amount everything = 1;
  for (const Link& link : fleet.links()) {
    const Amount capacity = std::llround(fleet.channel(link.channel).bandwidth.si());
    add_edge(graph, link.from.value(), link.to.value(), capacity);
    everything += capacity;
  }
  for (std::size_t d = 0; d < fleet.device_count(); ++d) {
    const bool sends = in_first_half[d] == from_first_half;
    const std::size_t device = fleet.devices()[d].value();
    add_edge(graph, sends ? source : device, sends ? device : sink, everything);
  }
  Cut cut;
  cut.amount = boost::boykov_kolmogorov_max_flow(
      graph, boost::get(&FlowEdge::capacity, graph), boost::get(&FlowEdge::residual, graph),
      boost::get(&FlowEdge::reverse, graph), boost::get(&FlowVertex::predecessor, graph),
      boost::get(&FlowVertex::color, graph), boost::get(&FlowVertex::distance, graph),
      boost::get(boost::vertex_index, graph), source, sink);
  auto on_source_side = [&](VertexId v) { return graph[v.value()].color == boost::black_color; };
  for (const Link& link : fleet.links()) {
    if (on_source_side(link.from) && !on_source_side(link.to)) cut.channels.insert(link.channel.value());
  }
  return cut;
}

Bisection cut_both_ways(const Fleet& fleet, const std::vector<bool>& in_first_half) {
  const Cut there = minimum_cut(fleet, in_first_half, true);
  const Cut back = minimum_cut(fleet, in_first_half, false);
  Bisection result;
  result.one_way = Bandwidth(double(std::min(there.amount, back.amount)));
  double both = double(there.amount) + double(back.amount);
  // A half-duplex channel that both directions cross carries their sum only once.
  for (const std::uint32_t channel : there.channels) {
    if (back.channels.contains(channel)) both -= fleet.channel(ChannelId(channel)).bandwidth.si();
  }
  result.both_ways = Bandwidth(both);
  return result;
}

}  // namespace

Bandwidth cut_bandwidth(const Fleet& fleet, const std::vector<bool>& in_first_half) {
  return Bandwidth(double(minimum_cut(fleet, in_first_half, true).amount));
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
