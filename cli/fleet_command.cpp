#include "cli/fleet_command.hpp"

#include <charconv>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "cli/fleet_report.hpp"
#include "cli/output.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/fleet_spec.hpp"

namespace lockstep::cli {
namespace {

using topology::Fleet;
using topology::VertexId;

// A vertex by name, or a device by number: "n3.d5", "27", "d27".
VertexId find_vertex(const Fleet& fleet, const std::string& name) {
  if (const auto vertex = fleet.find_vertex(name)) return *vertex;
  const std::string digits = name.starts_with("d") ? name.substr(1) : name;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  if (is_number && number < fleet.device_count()) return fleet.devices()[number];
  std::vector<std::string> names;
  constexpr std::size_t most_compared = 10'000;
  for (const auto& vertex : fleet.vertices().first(std::min(fleet.vertices().size(), most_compared))) {
    names.push_back(vertex.name);
  }
  std::string suggestion = suggest_name(name, names);
  if (!suggestion.starts_with("did you mean")) {
    suggestion = "write a vertex such as '" + fleet.vertices().front().name + "', or a device's number from 0 to " +
                 std::to_string(fleet.device_count() - 1);
  }
  throw InputError({.where = "--route", .problem = "the fleet has no vertex '" + name + "'", .suggestion = suggestion});
}

// "100 Gbit/s", "100 Gbit/s, 1 us", or {"bandwidth": …, "latency": …}.
topology::LinkProperties parse_default_link(const std::string& text) {
  const std::string where = "--default-link";
  topology::LinkProperties link = topology::ImportOptions().default_link;
  if (text.find('{') != std::string::npos) {
    const Json json = parse_json(text, where);
    const JsonFields fields(json, where);
    link.bandwidth = fields.required<Bandwidth>("bandwidth");
    link.latency = fields.value_or<Seconds>("latency", link.latency);
    fields.reject_unknown();
  } else {
    const std::size_t comma = text.find(',');
    link.bandwidth = parse_quantity<Bandwidth>(text.substr(0, comma), where);
    if (comma != std::string::npos) link.latency = parse_quantity<Seconds>(text.substr(comma + 1), where);
  }
  topology::check_link(link, where);
  return link;
}

std::string read_standard_input() {
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

FleetAnswer list_everything() {
  FleetAnswer answer;
  answer.text = list_topologies_and_formats();
  answer.json = json_text(names_of_topologies_and_formats());
  return answer;
}

}  // namespace

FleetAnswer answer_fleet(const FleetRequest& request, const Catalog& catalog) {
  if (request.fleet.empty()) return list_everything();
  topology::FleetSources sources{.catalog = catalog, .format = request.format, .settings = request.settings};
  if (!request.default_link.empty()) {
    sources.import.default_link = parse_default_link(request.default_link);
    sources.import.default_link_stated = true;
  }
  const std::string standard_input = request.fleet == "-" ? read_standard_input() : "";
  const Fleet fleet = topology::load_fleet(request.fleet, standard_input, sources);

  FleetAnswer answer;
  answer.warnings.assign(fleet.warnings().begin(), fleet.warnings().end());
  if (!request.export_to.empty()) {
    const auto& format = find_entry(topology::export_formats(), request.export_to[0], "export format", "--export");
    std::ostringstream out;
    format.function(fleet, out);
    answer.file = {request.export_to[1], std::move(out).str()};
  }
  if (!request.route.empty()) {
    const Json route =
        describe_route(fleet, find_vertex(fleet, request.route[0]), find_vertex(fleet, request.route[1]), request.flow);
    answer.text = route_text(route);
    answer.json = json_text(route);
    return answer;
  }
  // Who only exports does not wait for the figures.
  if (answer.file && !request.describe && !request.metrics) return answer;
  const Json description = describe_fleet(fleet, request.metrics);
  answer.text = fleet_text(fleet, description);
  answer.json = json_text(description);
  return answer;
}

}  // namespace lockstep::cli
