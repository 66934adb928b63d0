#include <ostream>
#include <string_view>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "topology/formats/import_text.hpp"
#include "topology/formats/simgrid/fleet_notes.hpp"
#include "topology/formats/simgrid/simgrid.hpp"

namespace lockstep::topology {
namespace {

constexpr std::size_t most_link_references = 4'000'000;

// Models of SimGrid whose times have no hidden factors: bandwidth shared max-min fairly, latency paid once.
constexpr std::string_view beginning =
    "<?xml version='1.0'?>\n"
    "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
    "<!-- Written by lockstep, which reads the lockstep.… properties back; SimGrid needs none of them. -->\n"
    "<platform version=\"4.1\">\n"
    "  <config id=\"lockstep\">\n"
    "    <prop id=\"network/model\" value=\"CM02\"/>\n"
    "    <prop id=\"network/TCP-gamma\" value=\"0\"/>\n"
    "    <prop id=\"network/bandwidth-factor\" value=\"1\"/>\n"
    "    <prop id=\"network/crosstraffic\" value=\"0\"/>\n"
    "    <prop id=\"network/latency-factor\" value=\"1\"/>\n"
    "    <prop id=\"network/weight-S\" value=\"0\"/>\n"
    "  </config>\n";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool is_blank = c == '\t' || c == '\n' || c == '\r';
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '"') {
      result += "&quot;";
    } else if (is_blank) {
      result += "&#" + std::to_string(static_cast<int>(c)) + ";";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      throw InputError({.problem = "the name '" + std::string(text) + "' holds a character that XML cannot",
                        .suggestion = "rename it before exporting"});
    } else {
      result += c;
    }
  }
  return result;
}

void write_property(std::ostream& out, const std::string& indent, const std::string& id, const std::string& value) {
  out << indent << "<prop id=\"" << escaped(id) << "\" value=\"" << escaped(value) << "\"/>\n";
}

// Zones share their names with hosts and routers.
std::string zone_name(const Fleet& fleet) {
  UniqueNames names;
  for (const Vertex& vertex : fleet.vertices()) names.claim(vertex.name);
  return names.claim(fleet.name().empty() ? "fleet" : fleet.name());
}

void write_vertices(const Fleet& fleet, std::ostream& out) {
  for (const Vertex& vertex : fleet.vertices()) {
    if (vertex.kind != VertexKind::device) {
      out << "    <router id=\"" << escaped(vertex.name) << "\"/>\n";
      continue;
    }
    const auto compute = fleet.device_models()[vertex.model.value()].compute;
    out << "    <host id=\"" << escaped(vertex.name) << "\" speed=\""
        << shortest_text(compute.value_or(simgrid::speed_of_unknown_devices).si()) << "f\">\n";
    write_property(out, "      ", std::string(simgrid::vertex_note), simgrid::note_of_vertex(vertex));
    out << "    </host>\n";
  }
}

// Returns the names that the links have in the file, by channel.
std::vector<std::string> write_links(const Fleet& fleet, std::ostream& out) {
  std::vector<std::vector<LinkId>> links(fleet.channels().size());
  for (std::size_t i = 0; i < fleet.links().size(); ++i) {
    links[fleet.links()[i].channel.value()].emplace_back(i);
  }
  std::vector<std::string> names;
  UniqueNames unique;
  unique.claim("__loopback__");  // SimGrid's own
  for (std::size_t c = 0; c < fleet.channels().size(); ++c) {
    const Channel& channel = fleet.channels()[c];
    const bool is_nameless = links[c].empty() && channel.name.empty();
    names.push_back(unique.claim(is_nameless ? "unused" : fleet.channel_name(ChannelId(c))));
    out << "    <link id=\"" << escaped(names.back()) << "\" bandwidth=\"" << shortest_text(channel.bandwidth.si())
        << "Bps\" latency=\"" << shortest_text(channel.latency.si()) << "s\" sharing_policy=\""
        << (channel.sharing == Sharing::fat_pipe ? "FATPIPE" : "SHARED") << "\">\n";
    for (const auto& [id, value] : simgrid::notes_of_channel(channel, names.back())) {
      write_property(out, "      ", id, value);
    }
    for (const LinkId link : links[c]) {
      const auto [id, value] = simgrid::note_of_link(link, fleet.link(link));
      write_property(out, "      ", id, value);
    }
    out << "    </link>\n";
  }
  return names;
}

// Calls `visit(from, to, route)` for every ordered pair of devices that is connected.
template <class Visitor>
void visit_routes(const Fleet& fleet, const Visitor& visit) {
  std::vector<LinkId> route;
  for (const VertexId from : fleet.devices()) {
    for (const VertexId to : fleet.devices()) {
      route.clear();
      if (from != to && fleet.append_route(from, to, 0, route)) visit(from, to, route);
    }
  }
}

[[noreturn]] void refuse(const Fleet& fleet) {
  throw InputError({.where = fleet.name(),
                    .problem = "a SimGrid platform lists every route, and those between " +
                               std::to_string(fleet.device_count()) + " devices name more than " +
                               std::to_string(most_link_references) + " links",
                    .suggestion = "export a smaller fleet, or one of the formats that list links only"});
}

// Before anything is written, so that no half of a file is left behind.
void check_size(const Fleet& fleet) {
  if (fleet.device_count() * (fleet.device_count() - 1) > 2 * most_link_references) refuse(fleet);
  std::size_t references = 0;
  visit_routes(fleet, [&](VertexId, VertexId, const std::vector<LinkId>& route) {
    references += route.size();
    if (references > most_link_references) refuse(fleet);
  });
}

void write_routes(const Fleet& fleet, const std::vector<std::string>& names, std::ostream& out) {
  std::vector<std::string> escaped_names;
  escaped_names.reserve(names.size());
  for (const std::string& name : names) escaped_names.push_back(escaped(name));
  visit_routes(fleet, [&](VertexId from, VertexId to, const std::vector<LinkId>& route) {
    out << "    <route src=\"" << escaped(fleet.vertex(from).name) << "\" dst=\"" << escaped(fleet.vertex(to).name)
        << "\" symmetrical=\"NO\">";
    for (const LinkId link : route) {
      out << "<link_ctn id=\"" << escaped_names[fleet.link(link).channel.value()] << "\"/>";
    }
    out << "</route>\n";
  });
}

}  // namespace

void export_simgrid_platform(const Fleet& fleet, std::ostream& out) {
  check_size(fleet);
  out << beginning << "  <zone id=\"" << escaped(zone_name(fleet)) << "\" routing=\"Full\">\n";
  for (const auto& [id, value] : simgrid::notes_of_fleet(fleet)) write_property(out, "    ", id, value);
  write_vertices(fleet, out);
  const auto names = write_links(fleet, out);
  write_routes(fleet, names, out);
  out << "  </zone>\n</platform>\n";
}

}  // namespace lockstep::topology
