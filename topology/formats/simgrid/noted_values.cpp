#include "topology/formats/simgrid/noted_values.hpp"

#include "base/error.hpp"
#include "topology/formats/import_text.hpp"

namespace lockstep::topology::simgrid {
namespace {

NoteReader reader_of(const Note& note) {
  return {note.value, note.element.where()};
}

double number_from(std::string_view text, const std::string& where) {
  const auto value = number_in(text);
  if (!value) throw InputError({.where = where, .problem = "\"" + std::string(text) + "\" is not a number"});
  return *value;
}

}  // namespace

NotesOf::NotesOf(const Element& element) : element_(element) {
  for (const Element& child : element.children()) {
    if (child.tag() != "prop" || !child.text("id").starts_with("lockstep.")) continue;
    notes_.emplace(child.required("id"), Note{child, child.required("value")});
  }
}

std::optional<Note> NotesOf::take(const std::string& id) {
  const auto found = notes_.find(id);
  if (found == notes_.end()) return std::nullopt;
  Note note = std::move(found->second);
  notes_.erase(found);
  return note;
}

Note NotesOf::required(const std::string& id) {
  auto note = take(id);
  if (!note) element_.fail("the property '" + id + "' is missing", plain_platform);
  return *std::move(note);
}

void NotesOf::reject_unknown() const {
  if (!notes_.empty()) notes_.begin()->second.element.fail("there is no such property of a fleet", plain_platform);
}

double number_noted(const Note& note) {
  return number_from(note.value, note.element.where());
}

RoutingSpec routing_in(const Note& noted) {
  NoteReader note = reader_of(noted);
  RoutingSpec spec;
  const auto kind = note.take("kind");
  if (kind) spec.kind = routing_kind_from(*kind, note.where());
  spec.dimensions = note.take_list("dimensions");
  spec.wrap = note.take_flags("wrap");
  if (const auto cross = note.take("cross_rail")) spec.cross_rail = cross_rail_from(*cross, note.where());
  if (const auto fabric = note.take("fabric")) spec.fabric = routing_kind_from(*fabric, note.where());
  spec.fabric_dimensions = note.take_list("fabric_dimensions");
  spec.fabric_wrap = note.take_flags("fabric_wrap");
  spec.seed = note.take_count("seed", UINT64_MAX).value_or(0);
  note.reject_unknown();
  return spec;
}

DeviceModel model_in(const Note& noted) {
  NoteReader note = reader_of(noted);
  DeviceModel model;
  if (const auto value = note.take("compute")) model.compute = FlopRate(number_from(*value, note.where()));
  if (const auto value = note.take("memory")) model.memory = Bytes(number_from(*value, note.where()));
  if (const auto value = note.take("memory_bandwidth"))
    model.memory_bandwidth = Bandwidth(number_from(*value, note.where()));
  note.reject_unknown();
  return model;
}

Vertex vertex_in(const Note& noted, std::string name, std::size_t models) {
  NoteReader note = reader_of(noted);
  Vertex vertex{.name = std::move(name)};
  const auto small = [&](const char* key) -> std::optional<std::uint32_t> {
    const auto number = note.take_count(key, UINT32_MAX);
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
  };
  if (const auto kind = note.take("kind")) vertex.kind = vertex_kind_from(*kind, note.where());
  vertex.place = {small("node"), small("rack"), small("pod")};
  vertex.level = static_cast<std::uint8_t>(note.take_count("level", UINT8_MAX).value_or(0));
  if (const auto rail = note.take_count("rail", UINT16_MAX)) vertex.rail = static_cast<std::uint16_t>(*rail);
  vertex.model = DeviceModelId(note.take_count("model", models - 1).value_or(0));
  note.reject_unknown();
  return vertex;
}

}  // namespace lockstep::topology::simgrid
