#include <algorithm>
#include <array>
#include <set>

#include "base/error.hpp"
#include "topology/formats/simgrid/element.hpp"
#include "topology/formats/simgrid/platform_numbers.hpp"

namespace lockstep::topology::simgrid {
namespace {

// The vocabulary of SimGrid 3.32's DTD (simgrid.dtd, version 4.1), which its own reader enforces too.
struct Word {
  std::string_view tag;
  std::string_view attributes;
  std::string_view children;
};

constexpr std::string_view zone_children =
    "prop AS zone include link backbone cabinet cluster peer host router host_link storage_type storage trace "
    "trace_connect route zoneRoute ASroute bypassRoute bypassZoneRoute bypassASroute";
constexpr std::string_view cluster_attributes =
    "id prefix suffix radical speed core bw lat sharing_policy topology topo_parameters bb_bw bb_lat bb_sharing_policy "
    "router_id limiter_link loopback_bw loopback_lat";

constexpr std::array vocabulary = {
    Word{"platform", "version", "config random include cluster cabinet peer AS zone trace trace_connect process actor"},
    Word{"AS", "id routing", zone_children},
    Word{"zone", "id routing", zone_children},
    Word{"include", "file", ""},
    Word{"trace", "id file periodicity", ""},
    Word{"trace_connect", "kind trace element", ""},
    Word{"random", "id min max mean std_deviation seed radical generator", ""},
    Word{"storage_type", "id model size content", "model_prop prop"},
    Word{"storage", "id typeId content attach", "prop"},
    Word{"mount", "storageId name", ""},
    Word{"host", "id speed core speed_file availability_file state_file coordinates pstate", "disk prop mount"},
    Word{"disk", "id read_bw write_bw", "prop"},
    Word{"host_link", "id up down", ""},
    Word{"cluster", cluster_attributes, "prop"},
    Word{"cabinet", "id prefix suffix radical speed bw lat", ""},
    Word{"peer", "id speed bw_in bw_out lat coordinates speed_file availability_file state_file", ""},
    Word{"router", "id coordinates", ""},
    Word{"backbone", "id bandwidth latency", ""},
    Word{"link", "id bandwidth bandwidth_file latency latency_file state_file sharing_policy", "prop"},
    Word{"route", "src dst symmetrical", "link_ctn"},
    Word{"zoneRoute", "src dst gw_src gw_dst symmetrical", "link_ctn"},
    Word{"ASroute", "src dst gw_src gw_dst symmetrical", "link_ctn"},
    Word{"bypassRoute", "src dst", "link_ctn"},
    Word{"bypassZoneRoute", "src dst gw_src gw_dst", "link_ctn"},
    Word{"bypassASroute", "src dst gw_src gw_dst", "link_ctn"},
    Word{"link_ctn", "id direction", ""},
    Word{"process", "host function start_time kill_time on_failure", "argument prop"},
    Word{"actor", "host function start_time kill_time on_failure", "argument prop"},
    Word{"argument", "value", ""},
    Word{"config", "id", "prop"},
    Word{"prop", "id value", ""},
    Word{"model_prop", "id value", ""}};

// Zones inside zones deeper than any real platform would exhaust the stack of those who walk them.
constexpr int deepest = 200;

const Word* find_word(std::string_view tag) {
  for (const Word& word : vocabulary) {
    if (word.tag == tag) return &word;
  }
  return nullptr;
}

std::vector<std::string> words(std::string_view text) {
  const auto pieces = split(text, " ");
  return {pieces.begin(), pieces.end()};
}

bool contains(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == name) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

void check_attributes(const Element& element, const Word& word) {
  std::set<std::string_view> seen;
  for (const pugi::xml_attribute attribute : element.node().attributes()) {
    const std::string name = attribute.name();
    if (!contains(word.attributes, name)) {
      element.fail("there is no attribute '" + name + "' here", suggest_name(name, words(word.attributes)));
    }
    if (!seen.insert(attribute.name()).second) element.fail("the attribute '" + name + "' is given twice");
  }
}

// Checks the children of one element; returns those that are elements.
void check_children(const Element& element, const Word& word, const XmlSource& source) {
  for (const pugi::xml_node child : element.node().children()) {
    if (child.type() == pugi::node_element && !contains(word.children, child.name())) {
      Element(child, source)
          .fail("<" + std::string(child.name()) + "> has no place in <" + std::string(word.tag) + ">",
                word.children.empty() ? "" : suggest_name(child.name(), words(word.children)));
    }
    const bool is_text = child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata;
    if (is_text && word.tag != "trace") element.fail("text between the tags means nothing here");
  }
}

// Walks the tree without recursion, so that no nesting can exhaust the stack.
void check_vocabulary(pugi::xml_node root, const XmlSource& source) {
  pugi::xml_node node = root;
  int depth = 0;
  while (node) {
    if (node.type() == pugi::node_element) {
      const Element element(node, source);
      const Word* word = find_word(element.tag());
      if (word == nullptr) element.fail("there is no such tag in SimGrid's platform files");
      check_attributes(element, *word);
      check_children(element, *word, source);
      if (depth > deepest) element.fail("zones are nested deeper than " + std::to_string(deepest) + " levels");
    }
    if (node.first_child()) {
      node = node.first_child();
      ++depth;
      continue;
    }
    while (node && node != root && !node.next_sibling()) {
      node = node.parent();
      --depth;
    }
    if (!node || node == root) return;
    node = node.next_sibling();
  }
}

// SimGrid 3.32 reads versions 4 and 4.1, and refuses older ones because their units differ.
void check_version(const Element& platform) {
  const auto version = platform.text("version");
  if (version == "4.1" || version == "4" || version == "4.0") return;
  platform.fail("version=\"" + std::string(version) + "\" of the platform format is not read, only 4 and 4.1",
                "update the file with SimGrid's tool simgrid_update_xml");
}

}  // namespace

Element checked_platform(const XmlSource& source) {
  const Element platform(source.root(), source);
  if (platform.tag() != "platform") {
    platform.fail("this is not a platform of SimGrid",
                  "a platform is written <platform version=\"4.1\"><zone …>…</zone></platform>");
  }
  for (pugi::xml_node other = source.root().next_sibling(); other; other = other.next_sibling()) {
    Element(other, source).fail("something follows the end of <platform>");
  }
  check_vocabulary(source.root(), source);
  check_version(platform);
  return platform;
}

}  // namespace lockstep::topology::simgrid
