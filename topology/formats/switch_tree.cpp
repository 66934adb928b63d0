#include "topology/formats/switch_tree.hpp"

#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::topology {
namespace {

class TreeBuilding {
 public:
  TreeBuilding(const SwitchTree& tree, const ImportOptions& options)
      : tree_(tree), options_(options), builder_(tree.name) {}

  Fleet run() {
    index_switches();
    find_levels();
    add_nodes();
    add_switches();
    for (std::size_t s = 0; s < tree_.switches.size(); ++s) add_cables(s);
    for (const std::string& warning : tree_.warnings) builder_.warn(warning);
    if (switch_cables_ > 0) {
      builder_.warn("the file does not say how many cables join two switches: each of the " +
                    std::to_string(switch_cables_) + " pairs got one");
    }
    warn_of_default_link(builder_, default_links_, options_);
    builder_.set_routing({.kind = RoutingSpec::Kind::up_down});
    return builder_.build();
  }

 private:
  void index_switches() {
    for (std::size_t s = 0; s < tree_.switches.size(); ++s) {
      const SwitchTree::Switch& line = tree_.switches[s];
      if (!index_.try_emplace(line.name, s).second) fail(line, "the switch '" + line.name + "' is described twice");
    }
    children_.resize(tree_.switches.size());
    parents_.resize(tree_.switches.size());
    for (std::size_t s = 0; s < tree_.switches.size(); ++s) {
      const SwitchTree::Switch& line = tree_.switches[s];
      require_unique(line, line.switches);
      require_unique(line, line.nodes);
      for (const std::string& child : line.switches) {
        const auto found = index_.find(child);
        if (found == index_.end()) {
          fail(line, "the switch '" + child + "' below '" + line.name + "' is described nowhere");
        }
        children_[s].push_back(found->second);
        parents_[found->second].push_back(s);
      }
    }
  }

  // From the leaves upwards; what then has no level is in a cycle or above one.
  void find_levels() {
    level_.assign(tree_.switches.size(), 0);
    std::vector<std::size_t> waiting_for(tree_.switches.size());
    std::vector<std::size_t> ready;
    for (std::size_t s = 0; s < children_.size(); ++s) {
      waiting_for[s] = children_[s].size();
      if (waiting_for[s] == 0) ready.push_back(s);
    }
    while (!ready.empty()) {
      const std::size_t s = ready.back();
      ready.pop_back();
      if (++level_[s] > std::numeric_limits<std::uint8_t>::max()) {
        fail(tree_.switches[s], "the switches are stacked more than 255 levels high");
      }
      for (const std::size_t parent : parents_[s]) {
        level_[parent] = std::max(level_[parent], level_[s]);
        if (--waiting_for[parent] == 0) ready.push_back(parent);
      }
    }
    for (std::size_t s = 0; s < waiting_for.size(); ++s) {
      if (waiting_for[s] > 0) fail_at_cycle(s, waiting_for);
    }
  }

  [[noreturn]] void fail_at_cycle(std::size_t s, const std::vector<std::size_t>& waiting_for) const {
    // Every switch that waits has a child that waits: so many steps down the walk can only be in the cycle.
    for (std::size_t step = 0; step < tree_.switches.size(); ++step) {
      for (const std::size_t child : children_[s]) {
        if (waiting_for[child] > 0) {
          s = child;
          break;
        }
      }
    }
    fail(tree_.switches[s], "the switch '" + tree_.switches[s].name + "' is below itself");
  }

  void add_nodes() {
    std::uint32_t rack = 0;
    for (const SwitchTree::Switch& line : tree_.switches) {
      for (const std::string& node : line.nodes) add_node(node, line, rack);
      if (!line.nodes.empty()) ++rack;
    }
    for (const std::string& node : tree_.loose_nodes) add_node(node, {}, std::nullopt);
    if (!tree_.loose_nodes.empty()) {
      builder_.warn(std::to_string(tree_.loose_nodes.size()) + " nodes are under no switch and cannot be reached");
    }
  }

  // A node that hangs under a second switch is there already.
  void add_node(const std::string& name, const SwitchTree::Switch& line, std::optional<std::uint32_t> rack) {
    if (builder_.find_vertex(name)) return;
    if (index_.contains(name)) fail(line, "'" + name + "' is both a node and a switch");
    Place place = {.node = static_cast<std::uint32_t>(builder_.vertex_count()), .rack = rack};
    const auto pod = tree_.pod_of.find(name);
    if (pod != tree_.pod_of.end()) place.pod = pod->second;
    builder_.add_device(name, {}, place);
  }

  void add_switches() {
    std::uint32_t rack = 0;
    for (std::size_t s = 0; s < tree_.switches.size(); ++s) {
      const SwitchTree::Switch& line = tree_.switches[s];
      Place place;
      if (!line.nodes.empty()) place.rack = rack++;
      switch_vertex_.push_back(builder_.add_switch(line.name, static_cast<std::uint8_t>(level_[s]), place));
    }
  }

  void add_cables(std::size_t s) {
    const SwitchTree::Switch& line = tree_.switches[s];
    LinkProperties cable = options_.default_link;
    cable.kind = LinkKind::network;
    if (line.speed) cable.bandwidth = *line.speed;
    for (const std::string& node : line.nodes)
      builder_.add_cable(*builder_.find_vertex(node), switch_vertex_[s], cable);
    for (const std::size_t child : children_[s]) builder_.add_cable(switch_vertex_[child], switch_vertex_[s], cable);
    switch_cables_ += children_[s].size();
    if (!line.speed) default_links_ += line.nodes.size() + children_[s].size();
  }

  void require_unique(const SwitchTree::Switch& line, const std::vector<std::string>& names) const {
    std::unordered_set<std::string_view> seen;
    for (const std::string& name : names) {
      if (!seen.insert(name).second) fail(line, "'" + name + "' is listed twice below '" + line.name + "'");
    }
  }

  [[noreturn]] void fail(const SwitchTree::Switch& line, const std::string& problem) const {
    throw InputError({.where = line.where.empty() ? options_.file : line.where, .problem = problem});
  }

  const SwitchTree& tree_;
  const ImportOptions& options_;
  FleetBuilder builder_;
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<std::vector<std::size_t>> children_, parents_;
  std::vector<std::uint32_t> level_;
  std::vector<VertexId> switch_vertex_;
  std::size_t switch_cables_ = 0;
  std::size_t default_links_ = 0;
};

}  // namespace

Fleet fleet_of(const SwitchTree& tree, const ImportOptions& options) {
  return TreeBuilding(tree, options).run();
}

}  // namespace lockstep::topology
