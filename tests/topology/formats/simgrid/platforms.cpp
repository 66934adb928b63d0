#include "tests/topology/formats/simgrid/platforms.hpp"

#include "base/text_file.hpp"
#include "topology/formats/formats.hpp"

namespace lockstep::topology {

std::vector<std::string> platform_names() {
  return {"full",       "floyd",         "floyd_zones", "dijkstra", "dijkstra_cache", "dijkstra_zones", "clusters",
          "deprecated", "cluster_zones", "torus",       "wifi",     "fat_trees",      "dragonflies",    "bypasses"};
}

std::string platform_path(const std::string& name) {
  return std::string(LOCKSTEP_PLATFORMS) + "/" + name + ".xml";
}

std::string platform_text(const std::string& name) {
  return read_text_file(platform_path(name));
}

Fleet platform(const std::string& name) {
  return import_text(platform_text(name));
}

std::string platform_with(const std::string& contents) {
  return "<platform version=\"4.1\">\n" + contents + "\n</platform>\n";
}

Fleet import_text(const std::string& text) {
  ImportOptions options;
  options.file = "platform.xml";
  return import_fleet(text, "simgrid", options);
}

std::vector<std::string> route_names(const Fleet& fleet, const std::string& from, const std::string& to) {
  std::vector<LinkId> route;
  fleet.append_route(fleet.find_vertex(from).value(), fleet.find_vertex(to).value(), 0, route);
  return channel_names(fleet, route);
}

std::vector<std::string> channel_names(const Fleet& fleet, const std::vector<LinkId>& route) {
  std::vector<std::string> names;
  names.reserve(route.size());
  for (const LinkId link : route) names.push_back(fleet.link_name(link));
  return names;
}

}  // namespace lockstep::topology
