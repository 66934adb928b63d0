#pragma once

#include <string>

#include "topology/fleet.hpp"

namespace lockstep::topology {

// What a fleet knows besides its vertices and links, as one JSON object: format version, name, routing, device models,
// known bisection, and the channels where they are not one for each link.
// Throws InputError for a fleet with explicit routes, which no graph format holds.
std::string fleet_header(const Fleet& fleet);

// Fills in name, routing, device models, channels and known bisection. Throws InputError for anything that
// `fleet_header` would not have written.
FleetParts parse_fleet_header(const std::string& text, const std::string& file);

// Whether link i draws on channel i alone, for all i.
bool one_channel_a_link(const Fleet& fleet);

const char* to_text(Sharing sharing);
Sharing sharing_from(const std::string& name, const std::string& where);

}  // namespace lockstep::topology
