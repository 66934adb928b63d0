#pragma once

#include <string>
#include <vector>

#include "topology/fleet.hpp"

namespace lockstep::topology {

// The platforms of the folder data/, one or more of every kind of zone.
std::vector<std::string> platform_names();
std::string platform_path(const std::string& name);
std::string platform_text(const std::string& name);
Fleet platform(const std::string& name);

// A platform with these contents; line 2 is where they begin.
std::string platform_with(const std::string& contents);
Fleet import_text(const std::string& text);

// The names of the channels along the route; empty where there is none.
std::vector<std::string> route_names(const Fleet& fleet, const std::string& from, const std::string& to);
std::vector<std::string> channel_names(const Fleet& fleet, const std::vector<LinkId>& route);

}  // namespace lockstep::topology
