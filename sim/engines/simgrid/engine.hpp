#pragma once

// SimGrid's engine as lockstep needs it: exact, silent, and out of the way of the program's signals.
namespace lockstep::sim {

// False when the process has an engine already.
bool start_engine();

}  // namespace lockstep::sim
