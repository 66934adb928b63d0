#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/cluster_formats.hpp"
#include "topology/formats/hostlist.hpp"
#include "topology/formats/import_text.hpp"
#include "topology/formats/switch_tree.hpp"

// Models that topograph simulates clusters from. Newer ones have `switches` by name and `blocks` that name their
// switch; older ones list `switches` that name their `capacity_blocks`.
namespace lockstep::topology {
namespace {

// Far above any model of a real cluster; yaml-cpp is slow on texts made to be.
constexpr std::size_t largest_text = std::size_t{16} << 20;
constexpr std::size_t most_labels = 1000;

class TopographReading {
 public:
  explicit TopographReading(const ImportOptions& options) : options_(options) {
    tree_.name = fleet_name_of(options, "topograph");
  }

  Fleet run(const YAML::Node& root) {
    if (!root.IsMap()) fail(root, "a topograph model is a map with 'switches' and 'blocks'");
    read_switches(root["switches"]);
    read_blocks(root["blocks"]);
    read_blocks(root["capacity_blocks"]);
    if (!switch_of_block_.empty()) {
      fail(root, "the capacity block '" + switch_of_block_.begin()->first + "' is described nowhere");
    }
    if (!domains_.empty()) {
      tree_.warnings.push_back("accelerator domains (" + std::to_string(domains_.size()) +
                               ") became pods; the model does not describe the links inside them");
    }
    add_childless_switches();
    return fleet_of(tree_, options_);
  }

 private:
  void read_switches(const YAML::Node& switches) {
    if (!switches || switches.IsNull()) return;
    if (switches.IsMap()) {
      for (const auto& entry : switches) read_switch(scalar(entry.first), entry.second);
    } else if (switches.IsSequence()) {
      for (const YAML::Node& entry : switches) {
        if (!entry.IsMap()) fail(entry, "a switch is a map with 'name'");
        read_switch(scalar(required(entry, "name")), entry);
      }
    } else {
      fail(switches, "'switches' must be a map or a list");
    }
  }

  void read_switch(const std::string& name, const YAML::Node& body) {
    SwitchTree::Switch entry = {.name = name, .where = where(body)};
    if (body.IsMap()) {
      entry.switches = names_in(body["switches"]);
      for (const std::string& block : names_in(body["capacity_blocks"])) {
        if (!switch_of_block_.try_emplace(block, name).second) {
          fail(body, "the capacity block '" + block + "' is under two switches");
        }
      }
    } else if (!body.IsNull()) {
      fail(body, "the switch '" + name + "' must be a map");
    }
    if (!index_.try_emplace(name, tree_.switches.size()).second) {
      fail(body, "the switch '" + name + "' is described twice");
    }
    tree_.switches.push_back(std::move(entry));
  }

  void read_blocks(const YAML::Node& blocks) {
    if (!blocks || blocks.IsNull()) return;
    if (!blocks.IsSequence()) fail(blocks, "blocks must be a list");
    for (const YAML::Node& block : blocks) {
      if (!block.IsMap()) fail(block, "a block is a map with 'nodes'");
      std::vector<std::string> nodes = names_in(required(block, "nodes"));
      const std::optional<std::string> domain = domain_of(block);
      if (domain) {
        const auto pod = domains_.try_emplace(*domain, static_cast<std::uint32_t>(domains_.size())).first->second;
        for (const std::string& node : nodes) tree_.pod_of.try_emplace(node, pod);
      }
      std::vector<std::string>& target = switch_above(block);
      target.insert(target.end(), nodes.begin(), nodes.end());
    }
  }

  // Where the block's nodes hang: under the switch it names, or the one that names it.
  std::vector<std::string>& switch_above(const YAML::Node& block) {
    std::string name;
    if (block["switch"]) {
      name = scalar(block["switch"]);
    } else if (block["name"]) {
      const auto found = switch_of_block_.find(scalar(block["name"]));
      if (found == switch_of_block_.end()) return tree_.loose_nodes;
      name = found->second;
      switch_of_block_.erase(found);
    } else {
      return tree_.loose_nodes;
    }
    return switch_called(name, where(block)).nodes;
  }

  SwitchTree::Switch& switch_called(const std::string& name, const std::string& described_at) {
    const auto [found, is_new] = index_.try_emplace(name, tree_.switches.size());
    if (is_new) tree_.switches.push_back({.name = name, .where = described_at});
    return tree_.switches[found->second];
  }

  // topograph's own models name leaf switches of empty racks without describing them.
  void add_childless_switches() {
    // The list grows while it is walked, hence the index.
    // NOLINTNEXTLINE(modernize-loop-convert)
    for (std::size_t s = 0; s < tree_.switches.size(); ++s) {
      const std::vector<std::string> children = tree_.switches[s].switches;
      for (const std::string& child : children) switch_called(child, tree_.switches[s].where);
    }
  }

  // The nodes that share an NVLink fabric: `nvlink` of a capacity block, or a label or annotation such as
  // "accelerator.topology.test/domain" or "network.topology.nvidia.com/accelerator".
  std::optional<std::string> domain_of(const YAML::Node& block) const {
    if (block["nvlink"]) return scalar(block["nvlink"]);
    for (const char* group : {"annotations", "labels"}) {
      const YAML::Node texts = block[group];
      if (!texts || !texts.IsMap()) continue;
      if (texts.size() > most_labels) fail(texts, "a block has more than " + std::to_string(most_labels) + " " + group);
      for (const auto& text : texts) {
        const std::string key = scalar(text.first);
        if (key.ends_with("/accelerator") || (key.starts_with("accelerator") && key.ends_with("/domain"))) {
          return scalar(text.second);
        }
      }
    }
    return std::nullopt;
  }

  // A list of hostlists.
  std::vector<std::string> names_in(const YAML::Node& list) {
    std::vector<std::string> names;
    if (!list || list.IsNull()) return names;
    if (!list.IsSequence()) fail(list, "this must be a list of names");
    for (const YAML::Node& item : list) {
      for (std::string& name : expand_hostlist(scalar(item), where(item))) names.push_back(std::move(name));
      if (listed_ + names.size() > most_vertices) {
        fail(item, "the model lists more than " + std::to_string(most_vertices) + " names");
      }
    }
    listed_ += names.size();
    return names;
  }

  YAML::Node required(const YAML::Node& map, const char* key) const {
    YAML::Node value = map[key];
    if (!value) fail(map, std::string("the field '") + key + "' is missing");
    return value;
  }

  std::string scalar(const YAML::Node& node) const {
    if (!node.IsScalar()) {
      fail(node, "this must be one text", "put a name that begins with a bracket in quotes: \"[1101-1102]\"");
    }
    return node.Scalar();
  }

  std::string where(const YAML::Node& node) const {
    const YAML::Mark mark = node.Mark();
    return mark.is_null() ? options_.file : at_line(options_.file, static_cast<std::size_t>(mark.line) + 1);
  }

  [[noreturn]] void fail(const YAML::Node& node, const std::string& problem, const std::string& suggestion = "") const {
    throw InputError({.where = where(node), .problem = problem, .suggestion = suggestion});
  }

  const ImportOptions& options_;
  SwitchTree tree_;
  std::unordered_map<std::string, std::size_t> index_;  // of switches
  std::map<std::string, std::string> switch_of_block_;  // of capacity blocks not yet described
  std::unordered_map<std::string, std::uint32_t> domains_;
  std::size_t listed_ = 0;
};

bool is_request(const std::string& text) {
  return first_character(text) == '{' && text.find("\"modelFileName\"") != std::string::npos;
}

bool is_model(const std::string& text) {
  if (first_character(text) == '{' || first_character(text) == '<') return false;
  LineReader lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.starts_with("switches:") || line.starts_with("blocks:") || line.starts_with("capacity_blocks:"))
      return true;
  }
  return false;
}

}  // namespace

bool looks_like_topograph(const std::string& text, const std::string&) {
  return is_request(text) || is_model(text);
}

Fleet read_topograph(const std::string& text, const ImportOptions& options) {
  if (is_request(text)) {
    throw InputError({.where = options.file,
                      .problem = "this is a request to topograph, which only names a model of a cluster",
                      .suggestion = "import the file that its modelFileName names"});
  }
  if (text.size() > largest_text) {
    throw InputError({.where = options.file, .problem = "the model is larger than 16 MiB"});
  }
  try {
    return TopographReading(options).run(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    throw InputError({.where = error.mark.is_null()
                                   ? options.file
                                   : at_line(options.file, static_cast<std::size_t>(error.mark.line) + 1),
                      .problem = "broken YAML: " + error.msg});
  }
}

}  // namespace lockstep::topology
