#include <algorithm>
#include <array>
#include <set>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/cluster_formats.hpp"
#include "topology/formats/hostlist.hpp"
#include "topology/formats/import_text.hpp"
#include "topology/formats/switch_tree.hpp"

// topology.conf of Slurm, as its manual page topology.conf(5) describes it: one switch (tree plugin) or block (block
// plugin) a line, keys without regard to case, '#' to the end of the line, '\' joins lines.
namespace lockstep::topology {
namespace {

struct ConfigLine {
  std::size_t number = 0;
  std::vector<std::pair<std::string, std::string>> fields = {};  // keys in lower case

  const std::string* find(const std::string& key) const {
    for (const auto& [name, value] : fields) {
      if (name == key) return &value;
    }
    return nullptr;
  }
};

const std::vector<std::string> known_keys = {"SwitchName", "Switches", "Nodes", "LinkSpeed", "BlockName", "BlockSizes"};

class SlurmReading {
 public:
  SlurmReading(const std::string& text, const ImportOptions& options) : text_(text), options_(options) {
    tree_.name = fleet_name_of(options, "slurm");
  }

  Fleet run() {
    LineReader lines(text_);
    std::string joined;
    std::size_t first = 0;
    for (std::string_view line; lines.next(line);) {
      line = trimmed(line.substr(0, line.find('#')));
      if (joined.empty()) first = lines.number();
      if (line.ends_with('\\')) {
        joined += std::string(line.substr(0, line.size() - 1)) + " ";
      } else {
        read_line(first, joined + std::string(line));
        joined.clear();
      }
    }
    if (!joined.empty()) read_line(first, joined);
    if (has_blocks_) join_blocks();
    if (unitless_speeds_ > 0) {
      tree_.warnings.push_back(std::to_string(unitless_speeds_) +
                               " values of LinkSpeed have no unit (Slurm calls theirs arbitrary) and were not used");
    }
    return fleet_of(tree_, options_);
  }

 private:
  void read_line(std::size_t number, const std::string& text) {
    const ConfigLine line = fields_of(number, text);
    if (line.fields.empty() || line.find("blocksizes") != nullptr) return;
    const bool is_block = line.find("blockname") != nullptr;
    const std::string* name = line.find(is_block ? "blockname" : "switchname");
    if (name == nullptr) fail(number, "the line names neither a switch nor a block", "begin it with SwitchName=");
    if (!tree_.switches.empty() && is_block != has_blocks_) {
      fail(number, "switches belong to the tree plugin and blocks to the block plugin: a file describes one of them");
    }
    has_blocks_ = is_block;
    SwitchTree::Switch entry = {.name = *name, .where = at_line(options_.file, number)};
    if (const std::string* nodes = line.find("nodes")) entry.nodes = names_in(*nodes, entry.where);
    if (const std::string* switches = line.find("switches")) entry.switches = names_in(*switches, entry.where);
    if (entry.nodes.empty() && entry.switches.empty()) {
      fail(number, "nothing is below '" + *name + "'", "add Nodes= or Switches=");
    }
    if (const std::string* speed = line.find("linkspeed")) read_speed(*speed, entry);
    tree_.switches.push_back(std::move(entry));
  }

  ConfigLine fields_of(std::size_t number, const std::string& text) const {
    ConfigLine line{.number = number};
    for (std::size_t at = text.find_first_not_of(" \t"); at < text.size(); at = text.find_first_not_of(" \t", at)) {
      const std::size_t equals = text.find('=', at);
      if (equals == std::string::npos) {
        fail(number, "this is not of the form Key=value: " + text.substr(at, 60),
             "write for example SwitchName=s1 Nodes=n[1-8]");
      }
      const std::string key = lower_case(text.substr(at, equals - at));
      require_known(number, text.substr(at, equals - at), key);
      if (line.find(key) != nullptr) fail(number, "the key " + key + " is given twice");
      const bool quoted = equals + 1 < text.size() && text[equals + 1] == '"';
      const std::size_t begin = equals + (quoted ? 2 : 1);
      std::size_t end = text.find_first_of(quoted ? "\"" : " \t", begin);
      if (end == std::string::npos && quoted) fail(number, "a quote is not closed");
      end = std::min(end, text.size());
      if (end == begin) fail(number, "the key " + key + " has no value");
      line.fields.emplace_back(key, text.substr(begin, end - begin));
      at = end + (quoted ? 1 : 0);
    }
    return line;
  }

  void require_known(std::size_t number, const std::string& key, const std::string& lower) const {
    for (const std::string& known : known_keys) {
      if (lower_case(known) == lower) return;
    }
    fail(number, "the key '" + key.substr(0, 60) + "' is unknown", suggest_name(key, known_keys));
  }

  // Repeating a list on many lines must not multiply into more than any machine holds.
  std::vector<std::string> names_in(const std::string& list, const std::string& where) {
    std::vector<std::string> names = expand_hostlist(list, where);
    listed_ += names.size();
    if (listed_ > most_vertices) {
      throw InputError(
          {.where = where, .problem = "the file lists more than " + std::to_string(most_vertices) + " names"});
    }
    return names;
  }

  void read_speed(const std::string& text, SwitchTree::Switch& entry) {
    if (number_in(text)) {
      ++unitless_speeds_;
    } else {
      entry.speed = parse_quantity<Bandwidth>(text, entry.where);
    }
  }

  // Blocks state which nodes are close to each other and nothing of the network between them.
  void join_blocks() {
    if (tree_.switches.size() < 2) return;
    std::set<std::string> names;
    for (const SwitchTree::Switch& block : tree_.switches) {
      names.insert(block.name);
      names.insert(block.nodes.begin(), block.nodes.end());
    }
    SwitchTree::Switch core = {.name = "core"};
    while (names.contains(core.name)) core.name += "_";
    for (const SwitchTree::Switch& block : tree_.switches) core.switches.push_back(block.name);
    tree_.switches.push_back(std::move(core));
    tree_.warnings.emplace_back("the file says nothing of the network between its blocks: one core switch joins them");
  }

  [[noreturn]] void fail(std::size_t line, const std::string& problem, const std::string& suggestion = "") const {
    throw InputError({.where = at_line(options_.file, line), .problem = problem, .suggestion = suggestion});
  }

  const std::string& text_;
  const ImportOptions& options_;
  SwitchTree tree_;
  bool has_blocks_ = false;
  std::size_t listed_ = 0;
  std::size_t unitless_speeds_ = 0;
};

}  // namespace

bool looks_like_slurm(const std::string& text, const std::string&) {
  LineReader lines(text);
  for (std::string_view line; lines.next(line);) {
    line = trimmed(line);
    if (line.empty() || line.starts_with('#')) continue;
    const std::string key = lower_case(line.substr(0, std::min<std::size_t>(line.find('='), 16)));
    return key == "switchname" || key == "blockname" || key == "blocksizes";
  }
  return false;
}

Fleet read_slurm(const std::string& text, const ImportOptions& options) {
  return SlurmReading(text, options).run();
}

}  // namespace lockstep::topology
