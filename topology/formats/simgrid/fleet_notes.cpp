#include "topology/formats/simgrid/fleet_notes.hpp"

#include "base/unit_text.hpp"
#include "topology/formats/simgrid/note_text.hpp"

namespace lockstep::topology::simgrid {
namespace {

std::string note_of_routing(const RoutingSpec& spec) {
  NoteWriter note;
  note.add("kind", to_text(spec.kind));
  note.add_list("dimensions", spec.dimensions);
  note.add_list("wrap", spec.wrap);
  note.add("cross_rail", to_text(spec.cross_rail));
  if (spec.fabric) note.add("fabric", to_text(*spec.fabric));
  note.add_list("fabric_dimensions", spec.fabric_dimensions);
  note.add_list("fabric_wrap", spec.fabric_wrap);
  note.add("seed", std::to_string(spec.seed));
  return note.text();
}

std::string note_of_model(const DeviceModel& model) {
  NoteWriter note;
  if (model.compute) note.add("compute", shortest_text(model.compute->si()));
  if (model.memory) note.add("memory", shortest_text(model.memory->si()));
  if (model.memory_bandwidth) note.add("memory_bandwidth", shortest_text(model.memory_bandwidth->si()));
  return note.text();
}

}  // namespace

Notes notes_of_fleet(const Fleet& fleet) {
  Notes notes;
  notes.emplace_back(version_note, "1");
  notes.emplace_back(name_note, fleet.name());
  notes.emplace_back("lockstep.routing", note_of_routing(fleet.routing()));
  if (const auto& known = fleet.known_bisection()) {
    notes.emplace_back("lockstep.bisection", shortest_text(known->one_way.si()));
    notes.emplace_back("lockstep.bisection.formula", known->formula);
  }
  for (std::size_t m = 0; m < fleet.device_models().size(); ++m) {
    const std::string id = "lockstep.model." + std::to_string(m);
    notes.emplace_back(id, note_of_model(fleet.device_models()[m]));
    if (!fleet.device_models()[m].name.empty()) notes.emplace_back(id + ".name", fleet.device_models()[m].name);
  }
  for (std::size_t v = 0; v < fleet.vertices().size(); ++v) {
    const Vertex& vertex = fleet.vertices()[v];
    if (vertex.kind == VertexKind::device) continue;
    notes.emplace_back(std::string(vertex_note) + "." + std::to_string(v), note_of_vertex(vertex));
  }
  return notes;
}

std::string note_of_vertex(const Vertex& vertex) {
  NoteWriter note;
  note.add("kind", to_text(vertex.kind));
  if (vertex.place.node) note.add("node", std::to_string(*vertex.place.node));
  if (vertex.place.rack) note.add("rack", std::to_string(*vertex.place.rack));
  if (vertex.place.pod) note.add("pod", std::to_string(*vertex.place.pod));
  if (vertex.level != 0) note.add("level", std::to_string(vertex.level));
  if (vertex.rail) note.add("rail", std::to_string(*vertex.rail));
  if (vertex.model != DeviceModelId()) note.add("model", std::to_string(vertex.model.value()));
  return note.text();
}

Notes notes_of_channel(const Channel& channel, const std::string& link_name) {
  Notes notes;
  if (channel.name != link_name) notes.emplace_back(name_note, channel.name);
  if (channel.kind != LinkKind::generic) notes.emplace_back("lockstep.kind", to_text(channel.kind));
  return notes;
}

std::pair<std::string, std::string> note_of_link(LinkId id, const Link& link) {
  return {"lockstep.link." + std::to_string(id.value()),
          std::to_string(link.from.value()) + "," + std::to_string(link.to.value())};
}

}  // namespace lockstep::topology::simgrid
