#pragma once

#include <map>
#include <optional>
#include <string>

#include "topology/fleet_elements.hpp"
#include "topology/formats/simgrid/element.hpp"
#include "topology/formats/simgrid/note_text.hpp"

// What the notes of a platform say, read back.
namespace lockstep::topology::simgrid {

inline constexpr const char* plain_platform = "remove every property named lockstep.… to read a plain platform";

struct Note {
  Element element;  // the property
  std::string value;
};

// The lockstep.… properties of one element, each to be taken once.
class NotesOf {
 public:
  explicit NotesOf(const Element& element);
  std::optional<Note> take(const std::string& id);
  // Throws InputError where there is none.
  Note required(const std::string& id);
  void reject_unknown() const;
  // Those that nobody has taken, by id.
  const std::map<std::string, Note>& rest() const { return notes_; }

 private:
  Element element_;
  std::map<std::string, Note> notes_;
};

// All throw InputError at the property.
RoutingSpec routing_in(const Note& note);
DeviceModel model_in(const Note& note);
Vertex vertex_in(const Note& note, std::string name, std::size_t models);
double number_noted(const Note& note);

}  // namespace lockstep::topology::simgrid
