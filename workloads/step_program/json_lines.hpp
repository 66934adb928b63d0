#pragma once

#include <iosfwd>
#include <memory>
#include <span>
#include <string>

#include "workloads/collectives/algorithms.hpp"
#include "workloads/step_program/step_program.hpp"

// Step programs as JSON lines, one operation a line, so that people can run operations of their own making and look at
// ours. docs/program_format.md describes them.
namespace lockstep::workloads {

// What a program is read for.
struct ProgramGround {
  const topology::Fleet& fleet;
  std::span<const topology::VertexId> devices;  // rank i runs on devices[i]
  Fidelity fidelity = Fidelity::message;        // of its collectives
};

// Reads a program; `file` is its name for messages. Throws InputError with file and line for anything that is wrong:
// what is read can be simulated, unless ranks wait for each other's messages.
std::shared_ptr<const StepProgram> read_program(std::istream& lines, const std::string& file,
                                                const ProgramGround& ground);
// The same from a file.
std::shared_ptr<const StepProgram> read_program_file(const std::string& path, const ProgramGround& ground);

// How collectives are written: as calls of a named collective, or as the messages that their plans send.
enum class CollectiveLines : std::uint8_t { calls, messages };

// Writes a program such that reading it simulates to the same times, and writing what was read gives the same bytes.
// Throws InputError for what lines cannot say: agents, calls of collectives that do not know what they were asked for,
// and as messages those whose plans receive ahead.
void write_program(const StepProgram& program, std::ostream& out, CollectiveLines collectives = CollectiveLines::calls);

}  // namespace lockstep::workloads
