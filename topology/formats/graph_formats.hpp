#pragma once

#include "topology/formats/formats.hpp"

// Fleets as plain graphs. What `write_…` writes, `read_…` reads back into an equal fleet; graphs of other programs are
// read with guesses, each of which becomes a warning.
namespace lockstep::topology {

// The JSON of NetworkX's node_link_data.
bool looks_like_node_link(const std::string& text, const std::string& file);
Fleet read_node_link(const std::string& text, const ImportOptions& options);
void write_node_link(const Fleet& fleet, std::ostream& out);

// GraphML, that of the Internet Topology Zoo included.
bool looks_like_graphml(const std::string& text, const std::string& file);
Fleet read_graphml(const std::string& text, const ImportOptions& options);
void write_graphml(const Fleet& fleet, std::ostream& out);

// Graphviz's language, for drawings.
void write_dot(const Fleet& fleet, std::ostream& out);

}  // namespace lockstep::topology
