#pragma once

#include <iosfwd>

#include "sim/traces/chrome_trace.hpp"

namespace lockstep::sim {

void write_trace(const ChromeTrace& trace, std::ostream& out);

}  // namespace lockstep::sim
