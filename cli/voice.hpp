#pragma once

#include <functional>
#include <string>

namespace lockstep::cli {

using Saying = std::function<void(const std::string&)>;

// How a command speaks while it works. What is absent is not said.
struct Voice {
  Saying note = {};    // a line that stays; called from any thread
  Saying status = {};  // the one line of a terminal that changes; cleared by an empty text
};

}  // namespace lockstep::cli
