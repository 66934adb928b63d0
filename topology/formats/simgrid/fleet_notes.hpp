#pragma once

#include <string>
#include <utility>
#include <vector>

#include "topology/fleet.hpp"
#include "topology/formats/simgrid/element.hpp"

// What SimGrid does not know of a fleet, noted in properties whose names begin "lockstep.", so that a platform that we
// wrote reads back as the same fleet. A note is text such as "kind=switch level=2".
namespace lockstep::topology::simgrid {

// Pairs of a property's name and value.
using Notes = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view version_note = "lockstep.version";
inline constexpr std::string_view name_note = "lockstep.name";
inline constexpr std::string_view vertex_note = "lockstep.vertex";

// SimGrid cannot do without a speed.
inline constexpr FlopRate speed_of_unknown_devices{1e9};

// Of the whole fleet: name, routing, device models, bisection, and the vertices that are routers to SimGrid, whose tag
// takes no properties.
Notes notes_of_fleet(const Fleet& fleet);
std::string note_of_vertex(const Vertex& vertex);
// Of a channel that stands in the file as a link called `link_name`, and of the links on it.
Notes notes_of_channel(const Channel& channel, const std::string& link_name);
std::pair<std::string, std::string> note_of_link(LinkId id, const Link& link);

// Whether the element is a zone that was written with notes.
bool holds_fleet_notes(const Element& element);
// Reads them back. Throws InputError where notes and platform contradict each other.
Fleet read_noted_fleet(const Element& zone);

}  // namespace lockstep::topology::simgrid
