#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/formats/import_text.hpp"
#include "topology/formats/simgrid/fleet_notes.hpp"
#include "topology/formats/simgrid/listed_router.hpp"
#include "topology/formats/simgrid/noted_values.hpp"
#include "topology/formats/simgrid/platform_numbers.hpp"

namespace lockstep::topology::simgrid {
namespace {

// Reads the parts of a noted platform in the order of the file, which is that of the fleet.
class NotedReader {
 public:
  explicit NotedReader(const Element& zone) : notes_(zone), builder_(notes_.required(std::string(name_note)).value) {
    const Note version = notes_.required(std::string(version_note));
    if (version.value != "1") {
      version.element.fail("the fleet was noted by a later lockstep (version " + version.value + ")",
                           "update lockstep, or remove every property named lockstep.… to read a plain platform");
    }
    read_fleet_notes();
    for (const Element& child : zone.children()) {
      located(child, [&] { read(child); });
    }
    notes_.reject_unknown();
    place_links(zone);
    for (const Element& child : zone.children()) {
      if (is_table_ && child.tag() == "route") routes_.add(child, builder_);
    }
  }

  Fleet take_fleet() {
    if (is_table_) builder_.set_router(routes_.take_router());
    return builder_.build();
  }

 private:
  void read_fleet_notes() {
    const RoutingSpec routing = routing_in(notes_.required("lockstep.routing"));
    is_table_ = routing.kind == RoutingSpec::Kind::table;
    builder_.set_routing(routing);
    if (const auto bisection = notes_.take("lockstep.bisection")) {
      builder_.set_known_bisection(Bandwidth(number_noted(*bisection)),
                                   notes_.required("lockstep.bisection.formula").value);
    }
    auto& models = builder_.parts().device_models;
    while (const auto note = notes_.take("lockstep.model." + std::to_string(models.size()))) {
      DeviceModel model = model_in(*note);
      const auto name = notes_.take("lockstep.model." + std::to_string(models.size()) + ".name");
      if (name) model.name = name->value;
      models.push_back(std::move(model));
    }
    if (models.empty()) models.emplace_back();
  }

  void read(const Element& element) {
    if (element.tag() == "host") return read_host(element);
    if (element.tag() == "router") return read_router(element);
    if (element.tag() == "link") return read_link(element);
    if (element.tag() != "prop" && element.tag() != "route") {
      element.fail("a fleet that lockstep noted down holds no such thing", plain_platform);
    }
  }

  void read_host(const Element& element) {
    NotesOf notes(element);
    const std::size_t models = builder_.parts().device_models.size();
    const Vertex vertex = vertex_in(notes.required(std::string(vertex_note)), element.required("id"), models);
    const DeviceModel& model = builder_.parts().device_models[vertex.model.value()];
    if (vertex.kind != VertexKind::device) element.fail("only devices are hosts", plain_platform);
    if (element.flop_rate("speed", element.required("speed")) != model.compute.value_or(speed_of_unknown_devices)) {
      element.fail("the speed is not that of the host's lockstep.model." + std::to_string(vertex.model.value()),
                   "change both, or remove every property named lockstep.… to read a plain platform");
    }
    notes.reject_unknown();
    builder_.add_vertex(vertex);
  }

  void read_router(const Element& element) {
    const std::string id = std::string(vertex_note) + "." + std::to_string(builder_.vertex_count());
    Vertex vertex = vertex_in(notes_.required(id), element.required("id"), builder_.parts().device_models.size());
    if (vertex.kind == VertexKind::device) element.fail("a router is no device", plain_platform);
    builder_.add_vertex(std::move(vertex));
  }

  void read_link(const Element& element) {
    NotesOf notes(element);
    const std::string link_name = element.required("id");
    const auto name = notes.take(std::string(name_note));
    const auto kind = notes.take("lockstep.kind");
    const std::string policy = element.choice("sharing_policy", {"SHARED", "FATPIPE"});
    const ChannelId channel =
        builder_.add_channel({.bandwidth = element.bandwidth("bandwidth"),
                              .latency = element.seconds("latency"),
                              .kind = kind ? link_kind_from(kind->value, kind->element.where()) : LinkKind::generic,
                              .sharing = policy == "FATPIPE" ? Sharing::fat_pipe : Sharing::shared,
                              .name = name ? name->value : link_name});
    if (!routes_.name_channel(link_name, channel)) element.fail("two links have this id");
    constexpr std::string_view prefix = "lockstep.link.";
    for (const auto& [id, note] : notes.rest()) {
      if (!id.starts_with(prefix)) note.element.fail("there is no such property of a link", plain_platform);
      const auto ends = split(note.value, ",");
      const std::string where = note.element.where();
      if (ends.size() != 2) note.element.fail("the two ends of a link are written \"0,1\"");
      const auto link = whole_number_in(std::string_view(id).substr(prefix.size()), most_links, where);
      const Link read{VertexId(whole_number_in(ends[0], most_vertices, where)),
                      VertexId(whole_number_in(ends[1], most_vertices, where)), channel};
      if (!links_.try_emplace(link, read).second) note.element.fail("two links have this number");
    }
  }

  // Links are numbered through; their order decides ties between routes.
  void place_links(const Element& zone) {
    for (const auto& [number, link] : links_) {
      if (number != builder_.link_count()) {
        zone.fail("there is no property lockstep.link." + std::to_string(builder_.link_count()), plain_platform);
      }
      if (std::max(link.from.value(), link.to.value()) >= builder_.vertex_count()) {
        zone.fail("lockstep.link." + std::to_string(number) + " ends at a vertex that does not exist", plain_platform);
      }
      builder_.add_link_on(link.channel, link.from, link.to);
    }
  }

  NotesOf notes_;
  FleetBuilder builder_;
  bool is_table_ = false;
  std::map<std::uint64_t, Link> links_;
  ListedRouteReader routes_;
};

}  // namespace

bool holds_fleet_notes(const Element& element) {
  if (element.tag() != "zone") return false;
  for (const Element& child : element.children()) {
    if (child.tag() == "prop" && child.text("id") == version_note) return true;
    if (child.tag() != "prop") return false;
  }
  return false;
}

Fleet read_noted_fleet(const Element& zone) {
  return NotedReader(zone).take_fleet();
}

}  // namespace lockstep::topology::simgrid
