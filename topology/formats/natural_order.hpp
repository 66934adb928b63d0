#pragma once

#include <string_view>

namespace lockstep::topology {

// Orders names as people do: digits count as numbers, so that "node2" comes before "node10".
bool natural_less(std::string_view a, std::string_view b);

}  // namespace lockstep::topology
